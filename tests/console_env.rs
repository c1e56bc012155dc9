//! What an origin is told of the console in these tests: where it is built, and whom one may sign in as with one click.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use demo_data::{Anchor, demo_users};
use serde_json::{Value, json};
use stack::{Secrets, StackDirs, repo, tokens};

/// Who may sign in and is a member of nothing, but sees how the whole system does.
const SYSTEM_ADMIN: &str = "user_system_admin";

/// The variables, for an origin of which the file of users is named by its port.
pub fn variables(dirs: &StackDirs, secrets: &Secrets, port: u16) -> Result<Vec<(String, String)>> {
    let file = dirs.cache.join("run").join(format!("console-users-{}-{port}.json", std::process::id()));
    fs::create_dir_all(dirs.cache.join("run"))?;
    fs::write(&file, users(secrets)?.to_string())?;
    Ok(vec![
        ("CONSOLE_DIR".to_owned(), repo::root().join("web/console/dist").display().to_string()),
        ("CONSOLE_DEMO_USERS".to_owned(), file.display().to_string()),
    ])
}

/// As `cargo xtask dev` writes them.
fn users(secrets: &Secrets) -> Result<Value> {
    let now_secs = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let today = Anchor::of_day_containing(now_secs.cast_signed());
    let mut users = demo_users()
        .iter()
        .map(|user| {
            Ok(json!({
                "userId": user.user_id,
                "workspaceId": user.membership.map(|(workspace, _)| workspace),
                "role": user.membership.map(|(_, role)| role.as_str()),
                "token": tokens::mint(user.user_id, &secrets.jwt_secret, Duration::from_hours(1))?,
                "label": user.user_id,
            }))
        })
        .collect::<Result<Vec<_>>>()?;
    users.push(json!({
        "userId": SYSTEM_ADMIN,
        "workspaceId": null,
        "role": "system_admin",
        "token": tokens::mint_system_admin(SYSTEM_ADMIN, &secrets.jwt_secret, Duration::from_hours(1))?,
        "label": SYSTEM_ADMIN,
    }));
    let mut boards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for board in demo_data::boards(today) {
        boards.entry(board.workspace_id).or_default().push(board.id);
    }
    let mut columns: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for column in demo_data::columns() {
        columns.entry(column.board_id).or_default().push(json!({"id": column.id, "name": column.name}));
    }
    let workspaces: BTreeMap<&str, &str> =
        demo_data::workspaces(today).map(|workspace| (workspace.id, workspace.name)).collect();
    Ok(json!({"users": users, "boards": boards, "columns": columns, "workspaces": workspaces}))
}
