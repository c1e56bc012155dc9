//! `POST /api/cache-settings/warm-cache`: reads what a workspace asks for most before somebody waits for it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use dto::cache_admin::Warmed;

use super::caller_of_body;
use crate::app::App;
use crate::http::errors::Failure;
use crate::http::respond;
use crate::warming;

/// How many list pages are warmed.
const PAGES: usize = 32;

/// Warms the workspace's pages and counts, with the rights of whoever asks.
pub async fn run(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let caller = caller_of_body(&app, request).await?;
    let warmed = warming::warm(&app.cache, &app.popularity, &caller.workspace, &caller.reader, PAGES).await;
    let data = Warmed {
        warmup_time_ms: warmed.took.as_millis() as u64,
        entries_warmed: warmed.entries_warmed,
        boards: warmed.boards.iter().map(ToString::to_string).collect(),
        counts: warmed.counts,
    };
    Ok(respond::success(data))
}
