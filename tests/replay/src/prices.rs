//! What Cloudflare asks for what is used, beyond what the Workers Paid plan includes, in US dollars.
//!
//! Sources, read in November 2026: "Workers: Pricing" (`developers.cloudflare.com/workers/platform/pricing/`), "Workers KV: Pricing"
//! (`…/kv/platform/pricing/`), "Durable Objects: Pricing" (`…/durable-objects/platform/pricing/`).

use crate::tally::Used;

const MILLION: f64 = 1e6;
/// A million requests to a Worker.
pub const WORKER_REQUESTS: f64 = 0.30;
/// A million milliseconds of processor time of a Worker.
pub const CPU_MS: f64 = 0.02;
/// A million reads of Workers KV, found or not.
pub const KV_READS: f64 = 0.50;
/// A million writes to Workers KV; so many deletes cost the same, and so many lists.
pub const KV_WRITES: f64 = 5.00;
/// A million requests to Durable Objects.
pub const OBJECT_REQUESTS: f64 = 0.15;
/// A million gigabyte-seconds of Durable Objects.
pub const OBJECT_GB_SECONDS: f64 = 12.50;
/// A million rows that Durable Objects write.
pub const OBJECT_ROWS_WRITTEN: f64 = 1.00;
/// What a Durable Object is billed for while it is active, in gigabytes.
const OBJECT_GB: f64 = 0.128;
/// How long a request keeps an object active, in seconds: an assumption.
pub const OBJECT_ACTIVE_SECS: f64 = 0.005;

/// Dollars for a million reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Requests to the Worker.
    pub worker_requests: f64,
    /// Its processor time.
    pub cpu: f64,
    /// Reads of KV.
    pub kv_reads: f64,
    /// Writes, deletes and lists of KV.
    pub kv_writes: f64,
    /// Durable Objects: the ledgers, and what adds up each location's figures.
    pub objects: f64,
}

impl Cost {
    /// Of this use, that so many reads made, at so much processor time a request.
    #[must_use]
    pub fn of(used: &Used, reads: u64, cpu_us: f64) -> Self {
        let per_million = |count: u64| count as f64 / reads as f64;
        let writes = used.kv_writes + used.kv_writes_refused + used.kv_deletes + used.kv_lists;
        let object_requests = used.ledger_requests + used.figures_told;
        let object_secs = per_million(object_requests) * OBJECT_ACTIVE_SECS;
        Self {
            worker_requests: per_million(used.worker_requests) * WORKER_REQUESTS,
            cpu: per_million(used.worker_requests) * cpu_us / 1_000.0 * CPU_MS,
            kv_reads: per_million(used.kv_reads) * KV_READS,
            kv_writes: per_million(writes) * KV_WRITES,
            objects: per_million(object_requests) * OBJECT_REQUESTS
                + object_secs * OBJECT_GB * OBJECT_GB_SECONDS
                + per_million(used.ledger_rows_written + used.figures_told) * OBJECT_ROWS_WRITTEN,
        }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.worker_requests + self.cpu + self.kv_reads + self.kv_writes + self.objects
    }
}

/// Of so many, how many there are for a million reads.
#[must_use]
pub fn for_a_million(count: u64, reads: u64) -> f64 {
    count as f64 * MILLION / reads as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_reads_that_each_write_cost_five_dollars_more() {
        let used = Used { worker_requests: 10, kv_reads: 10, kv_writes: 10, ..Used::default() };
        let cost = Cost::of(&used, 10, 1_000.0);
        assert!((cost.total() - (0.30 + 0.02 + 0.50 + 5.00)).abs() < 1e-9, "{cost:?}");
        let none = Used { kv_writes: 0, ..used };
        assert!((cost.total() - Cost::of(&none, 10, 1_000.0).total() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_ledger_costs_its_requests_its_time_and_its_rows() {
        let used = Used { ledger_requests: 4, ledger_rows_written: 1, ..Used::default() };
        let cost = Cost::of(&used, 4, 0.0);
        let wanted = 0.15 + OBJECT_ACTIVE_SECS * 0.128 * 12.5 + 0.25;
        assert!((cost.objects - wanted).abs() < 1e-9, "{cost:?}");
    }
}
