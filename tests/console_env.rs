//! What an origin is told of the console in these tests: where it is built, where browsers reach the edge, and whom one may sign in as with one click.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use stack::{Secrets, StackDirs, demo, repo};

/// The variables, for an origin of which the file of users is named by its port.
pub fn variables(
    dirs: &StackDirs,
    secrets: &Secrets,
    port: u16,
    edge_url: String,
) -> Result<Vec<(String, String)>> {
    let file = dirs.cache.join("run").join(format!("console-users-{}-{port}.json", std::process::id()));
    fs::create_dir_all(dirs.cache.join("run"))?;
    let users = demo::users(secrets, Duration::from_hours(1))?;
    fs::write(&file, demo::console_users(&users, demo::today()).to_string())?;
    Ok(vec![
        ("CONSOLE_DIR".to_owned(), repo::root().join("web/console/dist").display().to_string()),
        ("CONSOLE_EDGE_URL".to_owned(), edge_url),
        ("CONSOLE_DEMO_USERS".to_owned(), file.display().to_string()),
    ])
}
