//! What became of the checks: a line each as they end, then the table and the sum.

use std::{process::ExitCode, time::Duration};

use super::summary::Counts;
use crate::progress;

/// A check that has ended.
pub struct Check {
    /// What was checked.
    pub name: String,
    /// How long it took.
    pub took: Duration,
    /// The tests in it, if it is made of tests.
    pub counts: Counts,
    /// Why it failed; absent when it passed.
    pub why: Option<String>,
}

impl Check {
    /// One that passed and is not made of tests.
    pub fn passed(name: &str, took: Duration) -> Self {
        Self { name: name.to_owned(), took, counts: Counts::default(), why: None }
    }

    /// One that failed and is not made of tests.
    pub fn failed(name: &str, why: &str) -> Self {
        Self {
            name: name.to_owned(),
            took: Duration::ZERO,
            counts: Counts::default(),
            why: Some(why.to_owned()),
        }
    }

    /// Whether it passed.
    pub fn is_ok(&self) -> bool {
        self.why.is_none()
    }

    /// The tests of it that count in the sum. A check that fails without a failed test is a failure of its own.
    fn counted(&self) -> Counts {
        let own_failure = u64::from(!self.is_ok() && self.counts.failed == 0);
        Counts { failed: self.counts.failed + own_failure, ..self.counts }
    }
}

/// All checks so far.
#[derive(Default)]
pub struct Report {
    checks: Vec<Check>,
}

impl Report {
    /// Adds a check that has just ended, and prints what became of it.
    pub fn add(&mut self, check: Check) {
        match &check.why {
            None => progress::done(&check.name, check.took),
            Some(why) => {
                progress::failed(&check.name, check.took);
                println!("{why}\n");
            }
        }
        self.checks.push(check);
    }

    /// Prints the table and, as the last line, the sum.
    pub fn print(&self) -> ExitCode {
        let total: Duration = self.checks.iter().map(|check| check.took).sum();
        let width = self.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
        println!();
        for check in &self.checks {
            let tests = if check.counts == Counts::default() { String::new() } else { sum(check.counts) };
            let mark = if check.is_ok() { '✓' } else { '✗' };
            println!("{mark} {:width$}  {:>12}  {tests}", check.name, progress::human(check.took));
        }
        println!("  {:width$}  {:>12}", "all checks", progress::human(total));
        let mut counts = Counts::default();
        for check in &self.checks {
            counts += check.counted();
        }
        println!("\n{}", sum(counts));
        if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn sum(counts: Counts) -> String {
    let Counts { passed, failed, skipped } = counts;
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    format!("{passed} passed, {failed} failed{skipped}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_fails_without_tests_is_one_failure() {
        assert_eq!(Check::failed("formatting", "").counted().failed, 1);
        assert_eq!(Check::passed("formatting", Duration::ZERO).counted().failed, 0);
    }

    #[test]
    fn failed_tests_are_not_counted_twice() {
        let counts = Counts { passed: 3, failed: 2, skipped: 1 };
        let check = Check { counts, ..Check::failed("tests", "") };
        assert_eq!(sum(check.counted()), "3 passed, 2 failed, 1 skipped");
    }
}
