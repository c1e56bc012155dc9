//! A Worker written by hand in JavaScript that does the same job (`tests/bench/peers/worker`), in the same runtime.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use stack::{guard, ports, repo};

use crate::served::Served;

/// How long workerd may take to start.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A running one.
pub struct JsWorker {
    child: guard::Child,
    port: u16,
}

impl JsWorker {
    /// Starts it in front of the origin of `served`.
    pub async fn start(served: &Served, compatibility_date: &str) -> Result<Self> {
        let port = ports::free_port()?;
        let log_file = served.dirs.log("js-worker");
        if let Some(folder) = log_file.parent() {
            fs::create_dir_all(folder)?;
        }
        let log = File::create(&log_file)?;
        let launch = json!({
            "port": port,
            "worker": repo::root().join("tests/bench/peers/worker/worker.mjs"),
            "compatibility_date": compatibility_date,
            "persist_dir": super::folder("js-worker")?,
            "vars": {
                "BACKEND_URL": served.origin.url(),
                "SUPABASE_JWT_SECRET": served.secrets.jwt_secret,
                "INTERNAL_AUTH_KEY": served.secrets.internal_auth_key,
            },
        });
        let mut command = guard::command(repo::npm_bin("node"));
        command
            .arg(repo::root().join("tests/bench/peers/worker/run.mjs"))
            .arg(launch.to_string())
            .env("PATH", repo::path_with_npm_bin())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut child = guard::spawn(command)?;
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let written = fs::read_to_string(&log_file).unwrap_or_default();
            if written.contains("\"url\"") {
                return Ok(Self { child, port });
            }
            ensure!(
                child.ended()?.is_none() && Instant::now() < deadline,
                "the peer did not start:\n{written}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The process that has workerd as its child; `None` once it has ended.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
