//! A latency histogram that is counted into without a lock.
//!
//! The library's own histogram takes a write lock for each observation, which every request would wait for. This one is
//! a row of counters: an observation is two relaxed additions. A scrape that runs meanwhile may see one and not
//! the other, as it may with any set of counters.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds, in microseconds, and what the format says of them, in seconds: from a hit in memory to a source's timeout.
const BOUNDS: [(u64, f64); 14] = [
    (250, 0.000_25),
    (500, 0.000_5),
    (1_000, 0.001),
    (2_500, 0.002_5),
    (5_000, 0.005),
    (10_000, 0.01),
    (25_000, 0.025),
    (50_000, 0.05),
    (100_000, 0.1),
    (250_000, 0.25),
    (500_000, 0.5),
    (1_000_000, 1.0),
    (2_500_000, 2.5),
    (5_000_000, 5.0),
];

/// How long things took, in seconds. Clones count into the same histogram.
#[derive(Debug, Clone, Default)]
pub struct Latency(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// One for each bound, and the last for what took longer than all of them.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    /// Five hundred years of latency fit.
    sum_nanos: AtomicU64,
}

impl Latency {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let micros = took.as_micros() as u64;
        let bucket = BOUNDS.iter().take_while(|(bound, _)| micros > *bound).count();
        self.0.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.0.sum_nanos.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl TypedMetric for Latency {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latency {
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        let bounds = BOUNDS.iter().map(|(_, seconds)| *seconds).chain([f64::INFINITY]);
        let counts = self.0.buckets.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.sum_nanos.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_ways_to_say_a_bound_agree() {
        for (micros, seconds) in BOUNDS {
            assert!((Duration::from_micros(micros).as_secs_f64() - seconds).abs() < 1e-12);
        }
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let latency = Latency::default();
        for micros in [0, 250, 251, 5_000_000, 5_000_001] {
            latency.observe(Duration::from_micros(micros));
        }
        let count = |bucket: usize| latency.0.buckets[bucket].load(Ordering::Relaxed);
        assert_eq!((count(0), count(1), count(13), count(14)), (2, 1, 1, 1));
    }
}
