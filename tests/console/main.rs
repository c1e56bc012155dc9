//! The web console in Chromium, before the whole chain as it is: workerd, the origin, Redis, PostgreSQL and PostgREST.
//!
//! This program starts the chain, and node with the scenarios (`*.test.mjs`), which drive the browser by playwright-core. What a scenario
//! needs to be broken it asks of a small server here ([`control`]). Whatever was started ends with this program, however it ends.
//!
//! It has no harness of Rust's: the scenarios are the tests, and they are reported in the words of Cargo's harness by
//! `reporter.mjs`. `cargo test -p end-to-end --test console -- PATTERN` runs those whose name matches.

mod control;

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::{Shape, World};
use serde_json::json;
use stack::requirements::{self, CHROMIUM};
use stack::{guard, repo};
use tokio::sync::Mutex;

/// All scenarios together take a fraction of this.
const TIME_LIMIT: Duration = Duration::from_mins(6);
/// How long the tokens are good for of those who sign in with a password: Supabase's client renews one for its last 90 seconds.
const TOKEN_TTL: Duration = Duration::from_secs(95);

#[tokio::main]
async fn main() -> ExitCode {
    // What Cargo's harness takes and this one does not need: `--show-output` and the like.
    let pattern = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    match run(pattern).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("failures:\n\n{error:#}\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored");
            ExitCode::FAILURE
        }
    }
}

/// Runs the scenarios; whether all passed.
async fn run(pattern: Option<String>) -> Result<bool> {
    let missing = requirements::missing(&[CHROMIUM]);
    ensure!(missing.is_empty(), "chromium is missing. On Debian or Ubuntu: sudo apt-get install chromium");
    let dist = repo::root().join("web/console/dist");
    ensure!(
        dist.join("index.html").is_file(),
        "the console is not built: run `cargo xtask build-console` first"
    );

    let world =
        World::start("console", Shape { change_feed: true, console: true, ..Shape::default() }).await?;
    let scratch = world.dirs.cache.join("run").join(format!("chromium-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    world.supabase.auth().set_token_ttl(TOKEN_TTL);
    let told = json!({
        "consoleUrl": format!("{}/console/", world.origins[0].url()),
        "originUrl": world.origins[0].url(),
        "edgeUrl": world.edge.url(),
        "password": world.supabase.auth().password(),
        "supabaseUrl": world.supabase.url(),
        "supabaseAnonKey": world.supabase.anon_key(),
        "profileDir": scratch,
        "screenshotsDir": screenshots_dir(),
    });
    let world = Arc::new(Mutex::new(world));
    let control_url = control::start(world.clone()).await?;

    let folder = repo::root().join("tests/console");
    let mut command = guard::command(repo::npm_bin("node"));
    command
        .args(["--test", "--test-isolation=none", "--test-concurrency=1", "--test-reporter"])
        .arg(folder.join("reporter.mjs"))
        .current_dir(&folder)
        .env("PATH", repo::path_with_npm_bin())
        .env("CONSOLE_WORLD", told.to_string())
        .env("CONSOLE_CONTROL_URL", control_url);
    if let Some(pattern) = pattern {
        command.arg(format!("--test-name-pattern={pattern}"));
    }
    command.args(scenarios(&folder)?);
    let mut child = guard::spawn(command).context("node does not start")?;
    let ended = tokio::time::timeout(TIME_LIMIT, child.wait()).await;
    drop(child);
    let _ = fs::remove_dir_all(scratch);
    Ok(ended.context("the scenarios take too long")??.success())
}

/// Where the pictures go that the scenarios take: into the documentation if that was asked for.
fn screenshots_dir() -> std::path::PathBuf {
    match std::env::var_os("UPDATE_SCREENSHOTS") {
        Some(_) => repo::root().join("docs/screenshots"),
        None => repo::target_dir().join("console-screenshots"),
    }
}

/// The files with scenarios, in the order of their names.
fn scenarios(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    ensure!(!files.is_empty(), "there is no scenario");
    Ok(files)
}
