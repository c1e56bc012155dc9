//! The location's figures: counters and a latency histogram that isolates count on their own and that add up.

mod data_point;
pub mod histogram;
mod prometheus;
pub(crate) mod recorder;

use std::collections::BTreeMap;

use dto::worker_status::{MetricsBody, PerformanceMetrics, RequestMetrics, TierMetrics};
use serde::{Deserialize, Serialize};

pub use data_point::DataPoint;
pub use histogram::Histogram;
pub use prometheus::{PROMETHEUS_CONTENT_TYPE, render as render_prometheus};

macro_rules! counters {
    ($($variant:ident = $text:literal, $help:literal;)*) => {
        /// What is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Counter { $(#[doc = $help] $variant,)* }

        impl Counter {
            /// Every counter.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text,)* } }

            /// What it counts, in one line.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

counters!(
    Requests = "requests", "Requests for pages.";
    CacheHits = "cache_hits", "Pages answered by a cache of any tier.";
    CacheMisses = "cache_misses", "Pages answered by the database.";
    Errors = "errors", "Requests for pages answered with a 5xx.";
    MemoryHits = "memory_hits", "Pages answered by the memory of an isolate.";
    KvHits = "kv_hits", "Pages answered by Workers KV.";
    OriginHits = "origin_hits", "Pages answered by a cache of the origin.";
    Stale = "stale", "Pages served stale, while they were refreshed or because the origin failed.";
    Bypasses = "bypasses", "Requests for pages that passed the edge's tiers by, since the ledger could not be reached.";
    Shared = "shared_loads", "Requests for pages that shared another request's load.";
    KvErrors = "kv_errors", "Reads and writes of Workers KV that failed.";
    OriginErrors = "origin_errors", "Loads from the origin that failed.";
    TierRefusals = "tier_refusals", "Questions that the origin did not answer because of this edge's signature: their clocks differ, or their internal keys.";
    SealAlarms = "seal_alarms", "Entries found under a key that is not theirs. Anything but 0 is a fault to look into.";
    Invalidations = "invalidations", "Invalidations acknowledged.";
    Limited = "rate_limited", "Requests for pages refused because a user or a workspace has made too many.";
);

/// Counters and latency, of an isolate since it last told, or of a location.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// By the counters' names, so that Workers of two versions can add up their figures.
    counts: BTreeMap<String, u64>,
    /// How long requests for pages took, in milliseconds.
    #[serde(default)]
    latency: Histogram,
}

impl Figures {
    /// Counts one.
    pub fn count(&mut self, counter: Counter) {
        match self.counts.get_mut(counter.as_str()) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(counter.as_str().to_owned(), 1)),
        }
    }

    /// Records how long a request for a page took.
    pub fn record_latency(&mut self, ms: u64) {
        self.latency.record(ms);
    }

    /// Adds another's figures.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.counts {
            match self.counts.get_mut(name) {
                Some(sum) => *sum = sum.saturating_add(*count),
                None => drop(self.counts.insert(name.clone(), *count)),
            }
        }
        self.latency.add(&other.latency);
    }

    /// A count.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.counts.get(counter.as_str()).copied().unwrap_or_default()
    }

    /// How long requests for pages took.
    #[must_use]
    pub const fn latency(&self) -> &Histogram {
        &self.latency
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.latency.count() == 0
    }

    /// The figures in the shape of the contract.
    #[must_use]
    pub fn to_body(&self) -> MetricsBody {
        let hits = self.get(Counter::CacheHits);
        let misses = self.get(Counter::CacheMisses);
        let hit_rate = if hits + misses == 0 { 0.0 } else { hits as f64 / (hits + misses) as f64 };
        MetricsBody {
            requests: RequestMetrics {
                total: self.get(Counter::Requests),
                cache_hits: hits,
                cache_misses: misses,
                errors: self.get(Counter::Errors),
            },
            performance: PerformanceMetrics {
                avg_response_time_ms: self.latency.mean(),
                p95_response_time_ms: self.latency.quantile(0.95),
                p99_response_time_ms: self.latency.quantile(0.99),
            },
            cache: TierMetrics {
                hit_rate: (hit_rate * 100.0).round() / 100.0,
                kv_hits: self.get(Counter::KvHits) + self.get(Counter::MemoryHits),
                redis_hits: self.get(Counter::OriginHits),
                database_hits: misses,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_isolates_add_up() {
        let mut first = Figures::default();
        let mut second = Figures::default();
        for figures in [&mut first, &mut second] {
            for counter in [Counter::Requests, Counter::CacheHits, Counter::KvHits] {
                figures.count(counter);
            }
            figures.record_latency(12);
        }
        second.count(Counter::Requests);
        second.count(Counter::CacheMisses);
        first.add(&second);
        let body = first.to_body();
        assert_eq!((body.requests.total, body.requests.cache_hits, body.requests.cache_misses), (3, 2, 1));
        assert!((body.cache.hit_rate - 0.67).abs() < 1e-9);
        assert_eq!(body.performance.avg_response_time_ms, 12);
    }

    #[test]
    fn figures_travel_as_json() {
        let mut figures = Figures::default();
        figures.count(Counter::Errors);
        figures.record_latency(5000);
        let json = serde_json::to_string(&figures).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&json).unwrap(), figures);
        let later = r#"{"counts":{"requests":1,"from_a_later_version":2}}"#;
        assert_eq!(serde_json::from_str::<Figures>(later).unwrap().get(Counter::Requests), 1);
    }
}
