//! What the console needs on a developer's machine: its files, users to sign in as with one click, and the right to call both tiers.

use anyhow::Result;
use stack::demo::{self, User};

use super::{Urls, secrets::write_private};
use crate::{build_console, paths};

/// Writes the users for the console, and says how the origin is told of it, of them and of the edge.
pub fn write(users: &[User], urls: &Urls) -> Result<Vec<(String, String)>> {
    let file = paths::in_dev("console-users.json");
    write_private(&file, &serde_json::to_string_pretty(&demo::console_users(users, demo::today()))?)?;
    Ok(vec![
        ("CONSOLE_DIR".to_owned(), build_console::output_dir().display().to_string()),
        ("CONSOLE_EDGE_URL".to_owned(), urls.edge.clone()),
        ("CONSOLE_DEMO_USERS".to_owned(), file.display().to_string()),
    ])
}

/// `ALLOWED_ORIGINS` with the console's own: it is served by the origin and reads from the edge, which is another port.
pub fn allowed_origins(configured: Option<String>, urls: &Urls) -> String {
    let console = [urls.origin.clone(), urls.origin.replace("127.0.0.1", "localhost")];
    configured.into_iter().chain(console).collect::<Vec<_>>().join(",")
}
