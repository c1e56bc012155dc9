//! A Redis of our own on a free port, to be killed and brought back at will.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{StackDirs, guard, ports::free_port, process::ServerProcess, requirements, scratch::ScratchDir};

const START_DEADLINE: Duration = Duration::from_secs(15);

/// What a Redis still knows after it was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisPersistence {
    /// Nothing: it comes back empty.
    None,
    /// All that it had acknowledged: each command is appended to a file and synchronised.
    AppendOnly,
}

/// A running Redis. Dropping it ends it and removes its files.
#[derive(Debug)]
pub struct Redis {
    process: Option<ServerProcess>,
    port: u16,
    persistence: RedisPersistence,
    data: ScratchDir,
    log: PathBuf,
}

impl Redis {
    /// Starts one on a free port that keeps nothing on disk.
    pub async fn start(dirs: &StackDirs) -> Result<Self> {
        Self::start_with(dirs, RedisPersistence::None).await
    }

    /// Starts one on a free port.
    pub async fn start_with(dirs: &StackDirs, persistence: RedisPersistence) -> Result<Self> {
        let port = free_port()?;
        let data = ScratchDir::new(&dirs.cache.join("run"), "redis")?;
        let mut redis =
            Self { process: None, port, persistence, data, log: dirs.log(&format!("redis-{port}")) };
        redis.launch().await?;
        Ok(redis)
    }

    /// `redis://127.0.0.1:{port}/`: the same across restarts.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The port it listens on: the same across restarts.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills it, as a crash would.
    pub async fn kill(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Ends it in order.
    pub async fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.stop().await,
            None => Ok(()),
        }
    }

    /// Brings it back on the same port, after ending it if it still runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.launch().await
    }

    /// Sends the process a signal: `STOP` makes it hang without closing connections, `CONT` lets it go on.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.process.as_ref().context("Redis does not run")?.signal(name)
    }

    async fn launch(&mut self) -> Result<()> {
        let append_only = match self.persistence {
            RedisPersistence::None => "no",
            RedisPersistence::AppendOnly => "yes",
        };
        fs::create_dir_all(self.data.path())?;
        let port = self.port.to_string();
        let mut command = guard::command(requirements::redis_program()?);
        command
            .args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--daemonize", "no"])
            .args(["--appendonly", append_only, "--appendfsync", "always"])
            .args([Path::new("--dir"), self.data.path()]);
        let mut process = ServerProcess::start("redis-server", command, &self.log, "TERM")?;
        process.ready(START_DEADLINE, || answers(self.port)).await?;
        self.process = Some(process);
        Ok(())
    }
}

/// Whether the Redis there answers a PING (it refuses while it loads its file).
async fn answers(port: u16) -> bool {
    let ping = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut reply = [0; 5];
        stream.read_exact(&mut reply).await?;
        Ok::<_, std::io::Error>(&reply == b"+PONG")
    };
    matches!(tokio::time::timeout(Duration::from_secs(1), ping).await, Ok(Ok(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs() -> StackDirs {
        StackDirs::of_this_checkout("redis-unit-tests")
    }

    async fn ask(redis: &Redis, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).await.expect("Redis listens");
        stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).await.expect("Redis reads");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.expect("Redis answers");
        reply.lines().take_while(|line| *line != "+OK" || command.starts_with("SET")).collect()
    }

    #[tokio::test]
    async fn a_killed_redis_comes_back_empty_on_the_same_port() {
        let mut redis = Redis::start(&dirs()).await.expect("Redis starts");
        let url = redis.url();
        ask(&redis, "SET k v").await;
        redis.kill().await.expect("Redis can be killed");
        assert!(TcpStream::connect(("127.0.0.1", redis.port())).await.is_err());
        redis.restart().await.expect("Redis comes back");
        assert_eq!(redis.url(), url);
        assert_eq!(ask(&redis, "EXISTS k").await, ":0");
    }

    #[tokio::test]
    async fn an_append_only_redis_keeps_what_it_acknowledged() {
        let mut redis = Redis::start_with(&dirs(), RedisPersistence::AppendOnly).await.expect("Redis starts");
        ask(&redis, "SET k v").await;
        redis.kill().await.expect("Redis can be killed");
        redis.restart().await.expect("Redis comes back");
        assert_eq!(ask(&redis, "EXISTS k").await, ":1");
    }

    #[tokio::test]
    async fn a_dropped_redis_is_gone() {
        let redis = Redis::start(&dirs()).await.expect("Redis starts");
        let port = redis.port();
        drop(redis);
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    }
}
