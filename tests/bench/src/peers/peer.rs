//! One peer's process.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use stack::ServerProcess;
use tokio::net::TcpStream;
use tokio::process::Command;

/// How long a peer may take to start.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A running peer. Dropping it ends it.
pub struct Peer {
    process: ServerProcess,
    port: u16,
}

impl Peer {
    /// Starts a command that listens on `port`, and waits until it does.
    pub async fn start(
        name: &str,
        command: Command,
        log: &Path,
        stop_signal: &'static str,
        port: u16,
    ) -> Result<Self> {
        let mut process = ServerProcess::start(name, command, log, stop_signal)?;
        let listens = || async { TcpStream::connect(("127.0.0.1", port)).await.is_ok() };
        process.ready(START_LIMIT, listens).await?;
        Ok(Self { process, port })
    }

    /// The number of its first process.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }
}
