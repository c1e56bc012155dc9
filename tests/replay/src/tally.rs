//! What was counted.

use std::time::Duration;

use dto::cache_status::{CacheStatus, Source};
use hdrhistogram::Histogram;

/// The longest latency that is told apart, in microseconds.
const LONGEST_US: u64 = 120_000_000;

/// What came of a replay.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Reads that were due.
    pub due: u64,
    /// Reads that were refused.
    pub refused: u64,
    /// Of those that got one, the ones whose generation is behind a move that had been acknowledged for longer than the staleness bound.
    pub old: u64,
    /// Pages that had expired and were served while they were loaded anew.
    pub stale: u64,
    /// By the tier that answered, in the order of [`Source::ALL`].
    pub tiers: Vec<TierTally>,
    /// Of all reads that got a page.
    pub latencies_us: Histogram<u64>,
    /// Moves that were acknowledged, and how long that took.
    pub moves_us: Histogram<u64>,
    /// Moves that were not.
    pub moves_failed: u64,
    /// What was used that costs money.
    pub used: Used,
}

/// One tier's answers.
#[derive(Debug, Clone)]
pub struct TierTally {
    /// Which.
    pub source: Source,
    /// How long its answers took, from when they were due.
    pub latencies_us: Histogram<u64>,
}

/// Use of what Cloudflare asks money for, and of the origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests to the Worker.
    pub worker_requests: u64,
    /// Reads of Workers KV, found or not.
    pub kv_reads: u64,
    /// Of these, the ones that the location had not cached.
    pub kv_cold_reads: u64,
    /// Writes to Workers KV.
    pub kv_writes: u64,
    /// Writes that were refused, one a second to a key being the most.
    pub kv_writes_refused: u64,
    /// Lists of Workers KV, of up to 1,000 keys each.
    pub kv_lists: u64,
    /// Deletes from Workers KV.
    pub kv_deletes: u64,
    /// Requests to the ledgers, which are Durable Objects.
    pub ledger_requests: u64,
    /// Rows that the ledgers wrote.
    pub ledger_rows_written: u64,
    /// Requests to the object that adds up a location's figures; it writes a row for each.
    pub figures_told: u64,
    /// Requests to the origin.
    pub origin_requests: u64,
}

impl Tally {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let histogram = || Histogram::new_with_bounds(1, LONGEST_US, 3);
        let tiers =
            Source::ALL.iter().map(|source| Ok(TierTally { source: *source, latencies_us: histogram()? }));
        Ok(Self {
            due: 0,
            refused: 0,
            old: 0,
            stale: 0,
            tiers: tiers.collect::<anyhow::Result<_>>()?,
            latencies_us: histogram()?,
            moves_us: histogram()?,
            moves_failed: 0,
            used: Used::default(),
        })
    }

    pub(crate) fn read(&mut self, source: Source, status: CacheStatus, took: Duration) {
        let us = took.as_micros() as u64;
        self.stale += u64::from(status == CacheStatus::Stale);
        self.latencies_us.saturating_record(us);
        if let Some(tier) = self.tiers.iter_mut().find(|tier| tier.source == source) {
            tier.latencies_us.saturating_record(us);
        }
    }

    /// Reads that got a page.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.latencies_us.len()
    }

    /// Reads that got no page, those among them that got nothing at all.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.due.saturating_sub(self.reads())
    }

    /// Answers of these tiers among all reads.
    #[must_use]
    pub fn share(&self, of: &[Source]) -> f64 {
        let answers = self.tiers.iter().filter(|tier| of.contains(&tier.source));
        let answers: u64 = answers.map(|tier| tier.latencies_us.len()).sum();
        answers as f64 / self.reads() as f64
    }
}
