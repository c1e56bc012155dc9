//! A latency histogram that can be added to others: log-linear buckets, as in `HdrHistogram`.
//!
//! Up to 32 every value has a bucket of its own; above, each power of two is divided into 16 equal buckets, so that
//! a bucket is at most 1/16 of its values wide and its middle within about 3 % of each of them. Only buckets that
//! hold something are kept: a few dozen numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Buckets in a power of two.
const SUB_BUCKETS: u64 = 16;
/// log2 of [`SUB_BUCKETS`].
const SUB_BITS: u32 = 4;
/// The largest value told apart: an hour. Larger ones count as it.
const MAX_VALUE: u64 = 3_600_000;

/// Counts of values by bucket, and their sum.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    buckets: BTreeMap<u16, u64>,
    sum: u64,
}

impl Histogram {
    /// Records a value.
    pub fn record(&mut self, value: u64) {
        let value = value.min(MAX_VALUE);
        *self.buckets.entry(bucket_of(value)).or_default() += 1;
        self.sum = self.sum.saturating_add(value);
    }

    /// Adds another's values.
    pub fn add(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            let sum = self.buckets.entry(*bucket).or_default();
            *sum = sum.saturating_add(*count);
        }
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// How many values were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.values().sum()
    }

    /// Their sum.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// Their mean, rounded; 0 when there are none.
    #[must_use]
    pub fn mean(&self) -> u64 {
        match self.count() {
            0 => 0,
            count => (self.sum + count / 2) / count,
        }
    }

    /// The value that a share `q` of all values does not exceed; 0 when there are none.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u64 {
        let count = self.count();
        let rank = ((count as f64 * q).ceil() as u64).clamp(1, count.max(1));
        let mut seen = 0;
        for (bucket, in_bucket) in &self.buckets {
            seen += in_bucket;
            if seen >= rank {
                let (low, width) = bounds_of(*bucket);
                return low + (width - 1) / 2;
            }
        }
        0
    }

    /// How many values are at most `limit`, to the precision of a bucket.
    #[must_use]
    pub fn count_up_to(&self, limit: u64) -> u64 {
        self.buckets.range(..=bucket_of(limit.min(MAX_VALUE))).map(|(_, count)| count).sum()
    }
}

fn bucket_of(value: u64) -> u16 {
    if value < 2 * SUB_BUCKETS {
        return value as u16;
    }
    let power = value.ilog2() - SUB_BITS;
    let sub_bucket = (value >> power) - SUB_BUCKETS;
    (u64::from(power + 1) * SUB_BUCKETS + sub_bucket) as u16
}

/// The smallest value of a bucket, and how many values it holds. Any bucket may be given.
fn bounds_of(bucket: u16) -> (u64, u64) {
    let bucket = u64::from(bucket);
    if bucket < 2 * SUB_BUCKETS {
        return (bucket, 1);
    }
    let power = (bucket / SUB_BUCKETS - 1).min(48);
    ((SUB_BUCKETS + bucket % SUB_BUCKETS) << power, 1 << power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_without_gap() {
        let mut next = 0;
        for bucket in 0..=bucket_of(MAX_VALUE) {
            let (low, width) = bounds_of(bucket);
            assert_eq!(low, next, "bucket {bucket}");
            assert_eq!(bucket_of(low), bucket);
            assert_eq!(bucket_of(low + width - 1), bucket);
            next = low + width;
        }
        assert!(next > MAX_VALUE);
    }

    #[test]
    fn quantiles_are_within_five_percent() {
        let mut histogram = Histogram::default();
        for value in 1..=10_000 {
            histogram.record(value);
        }
        for (q, exact) in [(0.5, 5000.0), (0.95, 9500.0), (0.99, 9900.0), (1.0, 10_000.0)] {
            let error = (histogram.quantile(q) as f64 - exact).abs() / exact;
            assert!(error < 0.05, "{q}: {error}");
        }
        assert_eq!(histogram.mean(), 5001);
        assert_eq!(histogram.count(), 10_000);
    }

    #[test]
    fn adding_is_the_same_as_recording_together() {
        let (mut left, mut right, mut both) = <(Histogram, Histogram, Histogram)>::default();
        for value in [0, 1, 31, 32, 33, 1000, u64::MAX] {
            left.record(value);
            right.record(value / 3);
            both.record(value);
            both.record(value / 3);
        }
        left.add(&right);
        assert_eq!(left, both);
    }

    #[test]
    fn nothing_recorded_is_zero() {
        let empty = Histogram::default();
        assert_eq!((empty.mean(), empty.quantile(0.99), empty.count_up_to(10)), (0, 0, 0));
    }
}
