//! Reads what `cargo test` and vitest print: how many tests there were, and why some failed.

use std::ops::AddAssign;

/// How many lines of failures are shown.
const SHOWN_LINES: usize = 200;

/// How many tests had which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that were not run: marked `#[ignore]`.
    pub skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What the output of one `cargo test` comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The sum over its test programs.
    pub counts: Counts,
    /// What the failed tests printed.
    pub why: String,
}

impl Summary {
    /// Reads the whole output.
    pub fn of(output: &str) -> Self {
        let mut summary = Self::default();
        let mut why = Vec::new();
        let mut in_failures = false;
        for line in output.lines() {
            if let Some(result) = line.strip_prefix("test result: ") {
                summary.counts += counts(result);
                in_failures = false;
            } else if let Some(result) = line.trim_start().strip_prefix("Tests  ") {
                summary.counts += counts(result);
            } else if line == "failures:" {
                in_failures = true;
            } else if in_failures && why.len() < SHOWN_LINES {
                why.push(line);
            }
        }
        summary.why = why.join("\n");
        summary
    }
}

/// Reads `ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`, or vitest's `1 failed | 12 passed | 1 skipped (14)`.
fn counts(result: &str) -> Counts {
    let mut counts = Counts::default();
    let words: Vec<&str> = result.split([' ', ';', '|']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        let Ok(number) = pair[0].parse() else { continue };
        match pair[1] {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" | "skipped" => counts.skipped = number,
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_test_programs_are_added() {
        let output = "\
running 4 tests
test a ... ok
test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
failures:

---- b stdout ----
it is so
test result: FAILED. 30 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.00s
error: 1 target failed:
";
        let summary = Summary::of(output);
        assert_eq!(summary.counts, Counts { passed: 34, failed: 2, skipped: 1 });
        assert_eq!(summary.why, "\n---- b stdout ----\nit is so");
    }

    #[test]
    fn what_vitest_prints_is_counted() {
        let output =
            " Test Files  1 failed | 3 passed (4)\n      Tests  1 failed | 12 passed | 2 skipped (15)\n";
        assert_eq!(Summary::of(output).counts, Counts { passed: 12, failed: 1, skipped: 2 });
    }

    #[test]
    fn output_without_tests_counts_nothing() {
        assert_eq!(Summary::of("error: could not compile"), Summary::default());
    }
}
