//! What identity costs is measured against an origin that asks nobody who they are: whoever comes first is identified, and every later caller is taken
//! for that one.
//!
//! It exists with `--cfg measured_without_identity` alone. No feature of Cargo's can bring that about, so nothing that is built along with the origin
//! can; `cargo xtask bench` sets it for a build that it keeps apart, and such an origin does not start where it is not told that it is measured, nor on
//! an address that others reach (`config`).

use std::sync::OnceLock;

use axum::http::HeaderMap;

use super::auth::{self, Caller};
use super::errors::Failure;
use crate::app::App;
use crate::tokens::LastShown;

static FIRST: OnceLock<Caller> = OnceLock::new();

/// Takes whoever asks for the first who did.
pub async fn member_or_service(
    app: &App,
    fields: &HeaderMap,
    shown: &mut LastShown,
) -> Result<Caller, Failure> {
    if let Some(first) = FIRST.get() {
        return Ok(first.clone());
    }
    let caller = auth::member_or_service(app, fields, shown).await?;
    Ok(FIRST.get_or_init(|| caller).clone())
}
