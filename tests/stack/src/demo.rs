//! Who may sign in to a stack with the demo data, and what there is to see: for scripts, for tests, and for the console's one-click
//! sign-in.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use demo_data::{Anchor, demo_users};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Secrets, tokens};

/// The demo user who is a system admin, by a claim of the token.
const SYSTEM_ADMIN: &str = "user_system_admin";

/// A demo user with a token.
#[derive(Serialize)]
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

/// The day that the demo data is anchored on.
#[must_use]
pub fn today() -> Anchor {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Anchor::of_day_containing(now.as_secs().cast_signed())
}

/// The demo users and the system admin, with tokens that are good for `ttl`.
pub fn users(secrets: &Secrets, ttl: Duration) -> Result<Vec<User>> {
    let mut users: Vec<User> = demo_users()
        .iter()
        .map(|user| {
            Ok(User {
                user_id: user.user_id,
                workspace_id: user.membership.map(|(workspace_id, _)| workspace_id),
                role: user.membership.map(|(_, role)| role.as_str()),
                token: tokens::mint(user.user_id, &secrets.jwt_secret, ttl)?,
            })
        })
        .collect::<Result<_>>()?;
    users.push(User {
        user_id: SYSTEM_ADMIN,
        workspace_id: None,
        role: Some("system_admin"),
        token: tokens::mint_system_admin(SYSTEM_ADMIN, &secrets.jwt_secret, ttl)?,
    });
    Ok(users)
}

/// Everybody who may sign in.
pub(crate) fn user_ids() -> impl Iterator<Item = &'static str> {
    demo_users().iter().map(|user| user.user_id).chain([SYSTEM_ADMIN])
}

/// A token of one of them, with claims besides those that it needs.
pub(crate) fn token(user_id: &str, secret: &str, ttl: Duration, claims: &Value) -> Result<String> {
    let mut claims = claims.clone();
    if user_id == SYSTEM_ADMIN {
        claims["app_metadata"] = json!({"role": "system_admin"});
    }
    tokens::mint_with(user_id, secret, ttl, &claims)
}

/// The boards of each workspace.
#[must_use]
pub fn boards(today: Anchor) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut boards: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for board in demo_data::boards(today) {
        boards.entry(board.workspace_id).or_default().push(board.id);
    }
    boards
}

/// What the file of `CONSOLE_DEMO_USERS` holds.
#[must_use]
pub fn console_users(users: &[User], today: Anchor) -> Value {
    let workspaces: BTreeMap<&str, &str> =
        demo_data::workspaces(today).map(|workspace| (workspace.id, workspace.name)).collect();
    let mut columns: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for column in demo_data::columns() {
        columns.entry(column.board_id).or_default().push(json!({"id": column.id, "name": column.name}));
    }
    let users: Vec<Value> = users
        .iter()
        .map(|user| {
            json!({
                "userId": user.user_id,
                "workspaceId": user.workspace_id,
                "role": user.role,
                "token": user.token,
                "label": label(user, &workspaces),
            })
        })
        .collect();
    json!({"users": users, "boards": boards(today), "columns": columns, "workspaces": workspaces})
}

fn label(user: &User, workspaces: &BTreeMap<&str, &str>) -> String {
    let workspace = user.workspace_id.and_then(|id| workspaces.get(id)).copied();
    match (user.role, workspace) {
        (Some("admin"), Some(workspace)) => format!("Admin of {workspace}"),
        (Some("member"), Some(workspace)) => format!("Member of {workspace}"),
        (Some("system_admin"), _) => "System admin".to_owned(),
        _ => "Member of no workspace".to_owned(),
    }
}
