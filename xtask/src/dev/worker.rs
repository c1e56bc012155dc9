//! The Worker in `wrangler dev`: real workerd with Workers KV and Durable Objects, and rebuilt when its source changes.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use stack::{
    Secrets,
    guard::{self, Child},
};

use super::{Urls, secrets::write_private};
use crate::{paths, progress};

/// How long `wrangler dev` may take until the Worker answers.
const START_LIMIT: Duration = Duration::from_secs(90);

/// Writes `.dev.vars`, from which wrangler takes what differs from `wrangler.toml` or is secret.
pub fn write_vars(urls: &Urls, secrets: &Secrets, allowed_origins: &str) -> Result<()> {
    let vars = format!(
        "# Written by `cargo xtask dev`; never committed.\n\
         ALLOWED_ORIGINS=\"{allowed_origins}\"\n\
         BACKEND_URL=\"{}\"\n\
         INTERNAL_AUTH_KEY=\"{}\"\n\
         SUPABASE_JWT_SECRET=\"{}\"\n",
        urls.origin, secrets.internal_auth_key, secrets.jwt_secret
    );
    write_private(&paths::in_root(".dev.vars"), &vars)
}

/// Starts `wrangler dev` with an empty cache and waits until the Worker answers.
pub async fn start(port: u16) -> Result<Child> {
    progress::around("starting the Worker in wrangler dev", launch(port)).await
}

async fn launch(port: u16) -> Result<Child> {
    let log_file = paths::in_dev("logs/wrangler.log");
    let log = progress::create_log(&log_file)?;
    let mut command = guard::command(paths::npm_bin("wrangler"));
    command
        .current_dir(paths::root())
        .args(["dev", "--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--inspector-port", &stack::ports::free_port()?.to_string()])
        .arg("--persist-to")
        .arg(empty_state()?)
        .arg("--show-interactive-dev-session=false")
        .env("PATH", paths::path_with_npm_bin())
        // Nobody sits before it: no questions, no colours, no report of its use.
        .env("CI", "true")
        .env("NO_COLOR", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        // It asks a server for a location to pretend to be in; without the network it takes a default one anyway.
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut child = guard::spawn(command).context("wrangler could not be started")?;
    wait_until_it_answers(&mut child, port, &log_file).await?;
    Ok(child)
}

async fn wait_until_it_answers(child: &mut Child, port: u16, log_file: &Path) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?;
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let answer = client.get(format!("http://127.0.0.1:{port}/health")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        let said = || progress::tail(log_file, 40);
        let ended = child.ended()?;
        ensure!(ended.is_none(), "wrangler dev did not start; it said:\n{}", said());
        ensure!(Instant::now() < deadline, "the Worker did not answer within {START_LIMIT:?}:\n{}", said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A folder for KV and the Durable Objects with nothing in it, so that the first request of a start is a MISS.
fn empty_state() -> Result<std::path::PathBuf> {
    let state = paths::in_dev("edge-state");
    if state.exists() {
        fs::remove_dir_all(&state)?;
    }
    fs::create_dir_all(&state)?;
    Ok(state)
}
