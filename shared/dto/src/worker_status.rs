//! `GET /health` and `GET /metrics` of the edge Worker. Field order is the contract's.

use serde::Serialize;

/// The name that the Worker reports.
pub const WORKER_NAME: &str = "contact-list-cache";

/// `GET /health`.
#[derive(Debug, Clone, Serialize)]
pub struct WorkerHealth<'a> {
    /// `healthy`, or `degraded` when KV cannot be reached.
    pub status: &'a str,
    /// [`WORKER_NAME`].
    pub worker: &'a str,
    /// The version of the Worker.
    pub version: &'a str,
    /// The location's code: `LAX`.
    pub edge_location: &'a str,
    /// Whether Workers KV answered.
    pub kv_available: bool,
    /// When this was measured.
    pub timestamp: String,
    /// How long it took: `15ms`.
    pub response_time: String,
}

/// `GET /metrics` as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct WorkerMetrics<'a> {
    /// [`WORKER_NAME`].
    pub worker: &'a str,
    /// The location that the figures are of.
    pub edge_location: &'a str,
    /// The figures.
    pub metrics: MetricsBody,
    /// When they were read.
    pub timestamp: String,
}

/// The figures of a location.
#[derive(Debug, Clone, Serialize)]
pub struct MetricsBody {
    /// How many requests, and how they ended.
    pub requests: RequestMetrics,
    /// How long they took.
    pub performance: PerformanceMetrics,
    /// Which tier answered them.
    pub cache: TierMetrics,
}

/// Requests for pages.
#[derive(Debug, Clone, Serialize)]
pub struct RequestMetrics {
    /// All of them.
    pub total: u64,
    /// Answered by a cache of any tier.
    pub cache_hits: u64,
    /// Answered by the source.
    pub cache_misses: u64,
    /// Answered with a 5xx.
    pub errors: u64,
}

/// Latency at the edge, in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct PerformanceMetrics {
    /// The mean.
    pub avg_response_time_ms: u64,
    /// The 95th percentile.
    pub p95_response_time_ms: u64,
    /// The 99th percentile.
    pub p99_response_time_ms: u64,
}

/// Answers by tier.
#[derive(Debug, Clone, Serialize)]
pub struct TierMetrics {
    /// Hits over all answers, 0 to 1, two decimals.
    pub hit_rate: f64,
    /// Answered by the edge: KV, or the isolate's memory in front of it.
    pub kv_hits: u64,
    /// Answered by the origin's caches: Redis, or the process's memory in front of it.
    pub redis_hits: u64,
    /// Answered by the database.
    pub database_hits: u64,
}
