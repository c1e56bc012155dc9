//! Express 4 with ioredis: what users run today (`tests/bench/peers/express`).

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use stack::{guard, ports, repo};

use super::Peer;
use crate::scenario::Commands;
use crate::served::{BOARD, MEMBER, Served, WORKSPACE, headers, path};

/// A running one.
pub struct Express {
    /// Its process.
    pub peer: Peer,
    redis_port: u16,
}

impl Express {
    /// Starts it with so many processes, on the Redis of `served`.
    pub async fn start(served: &Served, processes: usize) -> Result<Self> {
        let port = ports::free_port()?;
        let mut command = guard::command(repo::npm_bin("node"));
        command
            .arg("server.js")
            .current_dir(installed()?)
            .env("NODE_ENV", "production")
            .env("PORT", port.to_string())
            .env("REDIS_PORT", served.redis.port().to_string())
            .env("JWT_SECRET", &served.secrets.jwt_secret)
            .env("PROCESSES", processes.to_string())
            .env("MEMBERS", json!({WORKSPACE: [MEMBER]}).to_string())
            .env("PATH", repo::path_with_npm_bin());
        let log = served.dirs.log(&format!("express-{processes}"));
        let peer = Peer::start("Express", command, &log, "TERM", port).await?;
        // A cluster listens before all of its processes do.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        Ok(Self { peer, redis_port: served.redis.port() })
    }

    /// Puts these pages into Redis as such a service would: as JSON text.
    pub async fn fill(&self, served: &Served, queries: &[String]) -> Result<()> {
        let mut redis = Commands::connect(self.redis_port).await?;
        let bearer = served.bearer(MEMBER)?;
        for (index, query) in queries.iter().enumerate() {
            let mut request = served.http.get(format!("{}{}", served.origin.url(), path(query)));
            for (name, value) in headers(&bearer) {
                request = request.header(name, value);
            }
            let mut answer: Value = request.send().await?.json().await?;
            let data = answer["data"].take();
            ensure!(data["contacts"].is_array(), "no page: {answer}");
            let stored = json!({"contacts": data["contacts"], "pagination": data["pagination"], "storedAt": unix_ms()});
            let key = format!("bench:contacts:{WORKSPACE}:{BOARD}:all:{}:50", index + 1);
            redis.ask(&["SET", &key, &stored.to_string()]).await?;
        }
        Ok(())
    }
}

/// Where `cargo xtask bench` installed it.
fn installed() -> Result<PathBuf> {
    let folder = repo::target_dir().join("bench/express");
    ensure!(
        folder.join("node_modules/express").is_dir(),
        "Express is not installed: run `cargo xtask bench`"
    );
    let server = repo::root().join("tests/bench/peers/express/server.js");
    fs::copy(&server, folder.join("server.js"))
        .with_context(|| format!("{} is missing", server.display()))?;
    Ok(folder)
}

fn unix_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_millis() as u64
}
