//! `target/dev/env.json`: where everything is and who may ask, for scripts and tests.

use std::{
    collections::BTreeMap,
    fs, io,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use demo_data::{Anchor, demo_users};
use serde::Serialize;
use stack::Secrets;

use super::{
    Urls,
    secrets::{self, write_private},
    sources::Sources,
};
use crate::paths;

/// The demo user who is a system admin, by a claim of the token.
const SYSTEM_ADMIN: &str = "user_system_admin";

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

/// A demo user with a token that is valid for weeks.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file")]
pub struct User {
    /// The `sub` of the token.
    pub user_id: &'static str,
    /// The workspace that the user is a member of, if any.
    pub workspace_id: Option<&'static str>,
    /// The role there; `system_admin` for the one who sees the whole system and is a member of nothing.
    pub role: Option<&'static str>,
    /// For `Authorization: Bearer`.
    pub token: String,
}

/// The demo users and the system admin, each with a token.
pub fn users(secrets: &Secrets) -> Result<Vec<User>> {
    let mut users: Vec<User> = demo_users()
        .iter()
        .map(|user| {
            Ok(User {
                user_id: user.user_id,
                workspace_id: user.membership.map(|(workspace_id, _)| workspace_id),
                role: user.membership.map(|(_, role)| role.as_str()),
                token: secrets::token(secrets, user.user_id)?,
            })
        })
        .collect::<Result<_>>()?;
    users.push(User {
        user_id: SYSTEM_ADMIN,
        workspace_id: None,
        role: Some("system_admin"),
        token: secrets::system_admin_token(secrets, SYSTEM_ADMIN)?,
    });
    Ok(users)
}

/// Writes the file.
pub fn write(urls: &Urls, secrets: &Secrets, sources: &Sources, users: &[User]) -> Result<()> {
    let mut boards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for board in demo_data::boards(today()) {
        boards.entry(board.workspace_id).or_default().push(board.id);
    }
    let file = EnvFile {
        edge_url: &urls.edge,
        origin_url: &urls.origin,
        internal_auth_key: &secrets.internal_auth_key,
        boards,
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

/// The day on which the demo data is anchored.
pub fn today() -> Anchor {
    let now_secs = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Anchor::of_day_containing(now_secs.cast_signed())
}
