//! The secrets of local development: random, made at the first start, kept in `target/dev`.

use std::{env, fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use stack::Secrets;

use super::Stack;
use crate::paths;

/// How long what is signed here is valid: longer than anybody leaves a development server running.
pub const TOKEN_TTL: Duration = Duration::from_hours(30 * 24);

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    internal_auth_key: String,
    supabase_jwt_secret: String,
}

/// Those of the last start, or new ones. A Supabase project of the user's own signs with its own secret.
pub fn load(stack: Stack) -> Result<Secrets> {
    let file = paths::in_dev("secrets.json");
    let kept = fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok());
    let mut secrets = match kept {
        Some(Kept { internal_auth_key, supabase_jwt_secret }) => {
            Secrets { internal_auth_key, jwt_secret: supabase_jwt_secret }
        }
        None => Secrets::generate()?,
    };
    let kept = Kept {
        internal_auth_key: secrets.internal_auth_key.clone(),
        supabase_jwt_secret: secrets.jwt_secret.clone(),
    };
    write_private(&file, &serde_json::to_string_pretty(&kept)?)?;
    if stack == Stack::Real && env::var_os("SUPABASE_URL").is_some() {
        secrets.jwt_secret = env::var("SUPABASE_JWT_SECRET")
            .context("SUPABASE_URL is set, so SUPABASE_JWT_SECRET must be set as well: the demo users' tokens are signed with it")?;
    }
    Ok(secrets)
}

/// Writes a file that only this user can read.
pub fn write_private(file: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut opened = options.open(file).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(opened.write_all(text.as_bytes())?)
}
