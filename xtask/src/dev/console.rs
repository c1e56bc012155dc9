//! What the console needs on a developer's machine: its files, users to sign in as with one click, and the right to call both tiers.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::Result;
use demo_data::Anchor;
use serde::Serialize;
use serde_json::json;

use super::{Urls, env_file::User, secrets::write_private};
use crate::{build_console, paths};

/// One user, as the console shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    user_id: &'a str,
    workspace_id: Option<&'a str>,
    role: Option<&'a str>,
    token: &'a str,
    label: String,
}

/// Writes the users for the console, and says how the origin is told of it and of them.
pub fn write(users: &[User], today: Anchor) -> Result<Vec<(String, String)>> {
    let names: BTreeMap<&str, &str> = demo_data::workspaces(today).map(|row| (row.id, row.name)).collect();
    let users: Vec<Shown<'_>> = users
        .iter()
        .map(|user| Shown {
            user_id: user.user_id,
            workspace_id: user.workspace_id,
            role: user.role,
            token: &user.token,
            label: label(user, &names),
        })
        .collect();
    let mut boards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for board in demo_data::boards(today) {
        boards.entry(board.workspace_id).or_default().push(board.id);
    }
    let mut columns: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for column in demo_data::columns() {
        columns.entry(column.board_id).or_default().push(json!({"id": column.id, "name": column.name}));
    }
    let file: PathBuf = paths::in_dev("console-users.json");
    let text = json!({"users": users, "boards": boards, "columns": columns, "workspaces": names});
    write_private(&file, &serde_json::to_string_pretty(&text)?)?;
    Ok(vec![
        ("CONSOLE_DIR".to_owned(), build_console::output_dir().display().to_string()),
        ("CONSOLE_DEMO_USERS".to_owned(), file.display().to_string()),
    ])
}

fn label(user: &User, names: &BTreeMap<&str, &str>) -> String {
    let workspace = user.workspace_id.and_then(|id| names.get(id)).copied();
    match (user.role, workspace) {
        (Some("admin"), Some(workspace)) => format!("Admin of {workspace}"),
        (Some("member"), Some(workspace)) => format!("Member of {workspace}"),
        (Some("system_admin"), _) => "System admin".to_owned(),
        _ => "Nobody's member".to_owned(),
    }
}

/// `ALLOWED_ORIGINS` with the console's own: it is served by the origin and reads from the edge, which is another port.
pub fn allowed_origins(configured: Option<String>, urls: &Urls) -> String {
    let console = [urls.origin.clone(), urls.origin.replace("127.0.0.1", "localhost")];
    configured.into_iter().chain(console).collect::<Vec<_>>().join(",")
}
