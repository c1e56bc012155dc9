//! `redis-benchmark GET`: what Redis itself gives on this machine, to its own client, for a value of a page's size.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use stack::guard;
use tokio::io::AsyncReadExt as _;

use crate::sample::Sample;

/// How many requests are made to learn how many fit into the time.
const PROBE: u64 = 5_000;

/// Redis and the key to be read.
#[derive(Debug, Clone)]
pub struct RedisBenchmark {
    /// Where Redis listens.
    pub port: u16,
    /// The key.
    pub key: String,
}

impl RedisBenchmark {
    /// Reads the key over `connections` for about `duration`.
    pub async fn run(&self, connections: usize, duration: Duration) -> Result<Sample> {
        let probe = self.ask(connections, PROBE).await?;
        let requests = (probe.per_second * duration.as_secs_f64()) as u64;
        self.ask(connections, requests.max(PROBE)).await
    }

    async fn ask(&self, connections: usize, requests: u64) -> Result<Sample> {
        let mut command = guard::command("redis-benchmark");
        command
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "--csv"])
            .args(["-c", &connections.to_string(), "-n", &requests.to_string()])
            .args(["GET", &self.key])
            .stdout(std::process::Stdio::piped());
        let mut child = guard::spawn(command)?;
        let mut text = String::new();
        if let Some(mut output) = child.process.stdout.take() {
            output.read_to_string(&mut text).await?;
        }
        child.wait().await?;
        // The last line: the test, requests a second, then in milliseconds: average, least, p50, p95, p99, greatest.
        let line = text.lines().last().context("redis-benchmark printed nothing")?;
        let mut fields = line.rsplit(',').map(|field| field.trim_matches('"').parse::<f64>());
        let mut field =
            || fields.next().and_then(Result::ok).with_context(|| format!("not understood: {line}"));
        let (_greatest, p99, _p95, p50) = (field()?, field()?, field()?, field()?);
        let (_least, _average, per_second) = (field()?, field()?, field()?);
        ensure!(per_second > 0.0, "redis-benchmark got nothing: {text}");
        let latencies_us = vec![Some(p50 * 1000.0), None, None, Some(p99 * 1000.0), None, None];
        Ok(Sample { requests, warm_up_requests: 0, errors: 0, per_second, latencies_us, cpu_us: None })
    }
}
