//! What one measurement came to, and what several say of two contenders.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Which percentiles are kept of a measurement.
pub const PERCENTILES: [f64; 6] = [50.0, 75.0, 90.0, 99.0, 99.9, 99.99];

/// One measurement of one contender.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    /// Requests that were answered as they should be.
    pub requests: u64,
    /// Requests that were answered before it counted.
    pub warm_up_requests: u64,
    /// Requests that were not.
    pub errors: u64,
    /// Answered requests in a second.
    pub per_second: f64,
    /// Latencies at [`PERCENTILES`], in microseconds; absent where the tool that measured does not tell them.
    pub latencies_us: Vec<Option<f64>>,
    /// Processor time of the contender for a request, in microseconds, where it was counted. What others do on the machine changes it
    /// far less than the time on the clock.
    pub cpu_us: Option<f64>,
}

impl Sample {
    /// What latencies in nanoseconds come to.
    pub fn of(latencies: &Histogram<u64>, errors: u64, elapsed: Duration) -> Self {
        let at = |percentile| latencies.value_at_percentile(percentile) as f64 / 1000.0;
        Self {
            requests: latencies.len(),
            warm_up_requests: 0,
            errors,
            cpu_us: None,
            per_second: latencies.len() as f64 / elapsed.as_secs_f64(),
            latencies_us: PERCENTILES.map(|percentile| Some(at(percentile))).to_vec(),
        }
    }

    /// The latency at a percentile, in microseconds.
    pub fn latency_us(&self, percentile: f64) -> f64 {
        let index = PERCENTILES.iter().position(|known| (known - percentile).abs() < 1e-9);
        index.and_then(|index| *self.latencies_us.get(index)?).unwrap_or(f64::NAN)
    }
}

/// All measurements of one contender, one a round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Series {
    /// Who.
    pub name: String,
    /// In the order of the rounds.
    pub samples: Vec<Sample>,
}

impl Series {
    /// The median over the rounds of what `of` says of each.
    pub fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        Spread::of(self.samples.iter().map(of).collect()).median
    }

    /// How this one compares with another, round by round: each was measured beside the other, so what disturbed one round
    /// disturbed both.
    pub fn ratio(&self, other: &Self, of: impl Fn(&Sample) -> f64) -> Spread {
        Spread::of(std::iter::zip(&self.samples, &other.samples).map(|(a, b)| of(a) / of(b)).collect())
    }

    /// Requests that failed, in all rounds.
    pub fn errors(&self) -> u64 {
        self.samples.iter().map(|sample| sample.errors).sum()
    }
}

/// The median of some numbers, and how far they lie apart.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// Of these numbers; not a number if there is none.
    pub fn of(mut numbers: Vec<f64>) -> Self {
        numbers.retain(|number| !number.is_nan());
        numbers.sort_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        let median = match numbers.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => numbers[middle],
            _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
        };
        let end = |number: Option<&f64>| number.copied().unwrap_or(f64::NAN);
        Self { median, least: end(numbers.first()), greatest: end(numbers.last()) }
    }

    /// `1.52 × (1.40–1.61)`.
    pub fn as_ratio(&self) -> String {
        format!("{:.2} × ({:.2}–{:.2})", self.median, self.least, self.greatest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rates: &[f64]) -> Series {
        let sample = |rate: &f64| Sample {
            requests: 1,
            warm_up_requests: 0,
            errors: 0,
            per_second: *rate,
            latencies_us: Vec::new(),
            cpu_us: None,
        };
        Series { name: String::new(), samples: rates.iter().map(sample).collect() }
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        // The third round was disturbed for both: of the sums the ratio would be another.
        let (ours, theirs) = (series(&[30.0, 30.0, 3.0]), series(&[20.0, 15.0, 2.0]));
        let ratio = ours.ratio(&theirs, |sample| sample.per_second);
        assert_eq!((ratio.least, ratio.median, ratio.greatest), (1.5, 1.5, 2.0));
    }

    #[test]
    fn the_median_of_an_even_count_lies_between_the_two_in_the_middle() {
        assert!((Spread::of(vec![4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < 1e-9);
        assert!(Spread::of(Vec::new()).median.is_nan());
    }
}
