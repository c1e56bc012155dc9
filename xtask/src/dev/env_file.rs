//! `target/dev/env.json`: where everything is and who may ask, for scripts and tests.

use std::{collections::BTreeMap, fs, io};

use anyhow::Result;
use serde::Serialize;
use stack::{
    Secrets,
    demo::{self, User},
};

use super::{Urls, secrets::write_private, sources::Sources};
use crate::paths;

#[derive(Serialize)]
struct EnvFile<'a> {
    edge_url: &'a str,
    origin_url: &'a str,
    internal_auth_key: &'a str,
    /// The boards of each workspace.
    boards: BTreeMap<&'a str, Vec<&'a str>>,
    users: &'a [User],
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redis_url: Option<&'a str>,
}

/// Writes the file.
pub fn write(urls: &Urls, secrets: &Secrets, sources: &Sources, users: &[User]) -> Result<()> {
    let file = EnvFile {
        edge_url: &urls.edge,
        origin_url: &urls.origin,
        internal_auth_key: &secrets.internal_auth_key,
        boards: demo::boards(demo::today()),
        users,
        database_url: sources.database_url.as_deref(),
        redis_url: sources.redis_url.as_deref(),
    };
    // Whoever waits for the file to appear must never see half of it.
    let unfinished = paths::in_dev("env.json.new");
    write_private(&unfinished, &serde_json::to_string_pretty(&file)?)?;
    fs::rename(unfinished, paths::in_dev("env.json"))?;
    Ok(())
}

/// Removes the file of the last start: it is there only when all that it names answers.
pub fn remove() -> Result<()> {
    match fs::remove_file(paths::in_dev("env.json")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
