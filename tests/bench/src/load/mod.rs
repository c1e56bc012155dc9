//! The load: raw HTTP/1.1 over kept connections, written once and sent as bytes, so that the client costs the machine as little as
//! it can. It runs on one thread of its own.
//!
//! - [`closed`]: each connection asks again as soon as it is answered. Shows the ceiling; says little about tails, since a server
//!   that stalls is asked less.
//! - [`open`]: requests are due at fixed times whatever the server does, and a latency counts from when its request was due. No
//!   coordinated omission.

pub mod closed;
mod connection;
pub mod open;

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use hdrhistogram::Histogram;

use self::connection::Connection;
use crate::sample::Sample;

/// What is asked of whom.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Whole requests, head and all. All connections together go through them in turn.
    pub requests: Arc<[Bytes]>,
    /// The status that every answer must have.
    pub status: u16,
}

impl Target {
    /// GET requests for these paths at `base` (`http://127.0.0.1:1234`), all with these headers.
    pub fn get(base: &str, paths: &[String], headers: &[(&str, &str)]) -> Result<Self> {
        let addr = address(base)?;
        let headers: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let request = |path: &String| {
            Bytes::from(format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n").into_bytes())
        };
        Ok(Self { addr, requests: paths.iter().map(request).collect(), status: 200 })
    }
}

/// Whose turn it is among the requests of a target: one sequence for all connections, so that a cache that keeps what was asked for
/// last, and less than all of it, never has what is asked next.
#[derive(Clone, Default)]
struct Turn(Rc<Cell<usize>>);

impl Turn {
    fn next<'a>(&self, target: &'a Target) -> &'a [u8] {
        let turn = self.0.get();
        self.0.set((turn + 1) % target.requests.len());
        &target.requests[turn]
    }
}

/// The address in a URL of this machine.
pub fn address(base: &str) -> Result<SocketAddr> {
    let text = base.strip_prefix("http://").context("not an http URL")?;
    let addr: SocketAddr = text.trim_end_matches('/').parse().context("not an address with a port")?;
    // Load is for this machine alone.
    ensure!(addr.ip().is_loopback(), "{addr} is not on the loopback interface");
    Ok(addr)
}

/// Latencies of one connection, in nanoseconds, and what went wrong.
struct Record {
    latencies: Histogram<u64>,
    warm_up_requests: u64,
    errors: u64,
}

impl Record {
    fn new() -> Result<Self> {
        // Up to a minute, to three digits.
        Ok(Self {
            latencies: Histogram::new_with_bounds(1_000, 60_000_000_000, 3)?,
            warm_up_requests: 0,
            errors: 0,
        })
    }

    /// Asks once. How long it took counts from `since`, and not at all if that was before `begin`. After a failure the connection is made anew.
    async fn ask(
        &mut self,
        connection: &mut Connection,
        target: &Target,
        request: &[u8],
        since: Instant,
        begin: Instant,
    ) -> Result<()> {
        let outcome = connection.ask(request, target.status).await;
        let took = since.elapsed();
        if let Err(error) = outcome {
            self.errors += 1;
            ensure!(self.errors < 10, "too many failures; the last: {error:#}");
            *connection = Connection::open(target).await?;
        } else if since >= begin {
            self.latencies.saturating_record(took.as_nanos() as u64);
        } else {
            self.warm_up_requests += 1;
        }
        Ok(())
    }

    fn sum(records: Vec<Self>, elapsed: Duration) -> Result<Sample> {
        let mut all = Self::new()?;
        for record in records {
            all.latencies.add(&record.latencies)?;
            all.warm_up_requests += record.warm_up_requests;
            all.errors += record.errors;
        }
        let sample = Sample::of(&all.latencies, all.errors, elapsed);
        Ok(Sample { warm_up_requests: all.warm_up_requests, ..sample })
    }
}

/// Runs the load on a thread of its own, so that it neither waits for this program's other work nor moves between threads.
async fn on_own_thread<F>(work: impl FnOnce() -> F + Send + 'static) -> Result<Sample>
where
    F: Future<Output = Result<Sample>>,
{
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio::task::LocalSet::new().block_on(&runtime, work())
    })
    .await?
}
