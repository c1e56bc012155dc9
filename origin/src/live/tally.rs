//! What is counted in one window.

use std::time::Duration;

use dto::cache_admin::Millis;
use dto::cache_status::{CacheStatus, Source};
use hdrhistogram::Histogram;

use super::figures::{ByTier, LiveFigures};
use crate::cache::answer::{Answer, CacheError};

/// The longest time told apart, in microseconds: a minute, longer than any source may take.
const MAX_MICROS: u64 = 60_000_000;
/// Two significant digits: quantiles are within 1 %.
const DIGITS: u8 = 2;

/// What came of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Memory answered.
    Memory {
        /// With what has expired.
        stale: bool,
    },
    /// Redis answered.
    Redis {
        /// With what has expired.
        stale: bool,
    },
    /// The database answered, and the answer is kept.
    Database,
    /// The database answered because caching is off.
    Bypass,
    /// There was no answer.
    Error,
}

impl Outcome {
    pub(super) fn of(outcome: &Result<Answer, CacheError>) -> Self {
        let Ok(answer) = outcome else { return Self::Error };
        let stale = answer.status == CacheStatus::Stale;
        match answer.source {
            Source::Redis => Self::Redis { stale },
            Source::Database if answer.status == CacheStatus::Bypass => Self::Bypass,
            Source::Database => Self::Database,
            Source::OriginMemory | Source::EdgeMemory | Source::CloudflareKv => Self::Memory { stale },
        }
    }

    pub(super) const fn is_hit(self) -> bool {
        matches!(self, Self::Memory { .. } | Self::Redis { .. })
    }
}

/// The counts of one window.
#[derive(Debug, Default)]
pub(super) struct Tally {
    requests: u64,
    by_tier: ByTier,
    stale: u64,
    bypass: u64,
    errors: u64,
    invalidations: u64,
    /// In microseconds. There is none before something is counted: most windows of most workspaces are empty.
    took: Option<Histogram<u32>>,
}

impl Tally {
    /// Counts one question.
    pub(super) fn count(&mut self, outcome: Outcome, took: Duration) {
        self.requests += 1;
        match outcome {
            Outcome::Memory { stale } => {
                self.by_tier.memory += 1;
                self.stale += u64::from(stale);
            }
            Outcome::Redis { stale } => {
                self.by_tier.redis += 1;
                self.stale += u64::from(stale);
            }
            Outcome::Database => self.by_tier.database += 1,
            Outcome::Bypass => {
                self.by_tier.database += 1;
                self.bypass += 1;
            }
            Outcome::Error => self.errors += 1,
        }
        if self.took.is_none() {
            self.took = Histogram::new_with_bounds(1, MAX_MICROS, DIGITS).ok();
        }
        if let Some(histogram) = &mut self.took {
            histogram.saturating_record(took.as_micros().max(1) as u64);
        }
    }

    /// Counts an invalidation.
    pub(super) fn invalidated(&mut self) {
        self.invalidations += 1;
    }

    /// What is told of the window that ended at `at`.
    pub(super) fn figures(&self, at: String, window: Duration, redis_up: Option<bool>) -> LiveFigures {
        let hits = self.by_tier.memory + self.by_tier.redis;
        let cacheable = hits + self.by_tier.database - self.bypass;
        let quantile =
            |q| self.took.as_ref().map(|histogram| Millis(histogram.value_at_quantile(q) as f64 / 1000.0));
        LiveFigures {
            at,
            window_secs: window.as_secs(),
            requests: self.requests,
            hits,
            hit_rate: (cacheable > 0).then(|| (hits as f64 / cacheable as f64 * 10_000.0).round() / 10_000.0),
            by_tier: self.by_tier,
            stale: self.stale,
            bypass: self.bypass,
            errors: self.errors,
            invalidations: self.invalidations,
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            redis_up,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(2);

    #[test]
    fn a_window_in_which_nothing_was_asked_has_no_rate_and_no_latency() {
        let figures = Tally::default().figures(String::new(), WINDOW, None);
        assert_eq!((figures.requests, figures.hit_rate, figures.p50_ms), (0, None, None));
    }

    #[test]
    fn what_is_not_cached_by_choice_does_not_lower_the_hit_rate() {
        let mut tally = Tally::default();
        let took = Duration::from_millis(1);
        for outcome in [
            Outcome::Memory { stale: false },
            Outcome::Redis { stale: true },
            Outcome::Database,
            Outcome::Bypass,
            Outcome::Error,
        ] {
            tally.count(outcome, took);
        }
        let figures = tally.figures(String::new(), WINDOW, Some(true));
        assert_eq!((figures.requests, figures.hits, figures.hit_rate), (5, 2, Some(0.6667)));
        assert_eq!(figures.by_tier, ByTier { memory: 1, redis: 1, database: 2 });
        assert_eq!((figures.stale, figures.bypass, figures.errors), (1, 1, 1));
    }

    #[test]
    fn quantiles_are_within_a_hundredth() {
        let mut tally = Tally::default();
        for millis in 1..=1000 {
            tally.count(Outcome::Database, Duration::from_millis(millis));
        }
        let figures = tally.figures(String::new(), WINDOW, None);
        let near = |found: Option<Millis>, wanted: f64| (found.unwrap().0 - wanted).abs() <= wanted / 100.0;
        assert!(near(figures.p50_ms, 500.0) && near(figures.p99_ms, 990.0), "{figures:?}");
    }
}
