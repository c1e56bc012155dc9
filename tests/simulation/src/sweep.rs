//! Many seeds, on all cores: one thread a core, one runtime a seed.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::journal::{Tally, Violation};
use crate::run::{Variant, run};

/// How many failing seeds are remembered.
const MAX_FAILED: usize = 20;

/// What came of many runs.
#[derive(Debug, Default)]
pub struct Sweep {
    /// How many runs there were.
    pub seeds: u64,
    /// How many of them had violations.
    pub failed: u64,
    /// Failing seeds, the gravest first, with their violations in words.
    pub failures: Vec<Failure>,
    /// The sum.
    pub tally: Tally,
}

/// A seed whose run had violations. The gravest kind comes first in the order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The gravest violation.
    pub gravest: Violation,
    /// The seed.
    pub seed: u64,
    /// The first violations, in words.
    pub told: Vec<String>,
}

/// Runs so many seeds from `first` on.
///
/// # Errors
/// When a run cannot be started.
pub fn sweep(first: u64, seeds: u64, variant: Variant) -> anyhow::Result<Sweep> {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Sweep::default()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let offset = next.fetch_add(1, Ordering::Relaxed);
                        if offset >= seeds {
                            return anyhow::Ok(());
                        }
                        let seed = first.wrapping_add(offset);
                        let outcome = run(seed, variant, false)?;
                        let mut sum = sum.lock();
                        sum.seeds += 1;
                        sum.tally.add(&outcome.tally);
                        if let Some(gravest) = outcome.tally.violations.keys().next() {
                            sum.failed += 1;
                            sum.failures.push(Failure { gravest: *gravest, seed, told: outcome.told });
                        }
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a run panicked"))))
    })?;
    let mut sum = sum.into_inner();
    sum.failures.sort();
    sum.failures.truncate(MAX_FAILED);
    Ok(sum)
}
