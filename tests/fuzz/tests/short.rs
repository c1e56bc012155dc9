//! A short run of every fuzz target: its seeds, and mutations of them. `cargo xtask fuzz` is the long run, guided by coverage.

use std::time::Instant;

use fuzz::{TARGETS, mutate};

/// Mutations of each target.
const RUNS: u64 = 20_000;

#[test]
fn no_input_breaks_a_law_of_what_reads_it() {
    for target in TARGETS {
        let began = Instant::now();
        let seeds = (target.seeds)();
        let mutations = (0..RUNS).map(|number| mutate::input(&target, &seeds, number));
        for input in seeds.clone().into_iter().chain(mutations) {
            let outcome = std::panic::catch_unwind(|| (target.run)(&input));
            assert!(outcome.is_ok(), "{}: {:?}", target.name, String::from_utf8_lossy(&input));
        }
        println!(
            "{}: {} executions, 0 crashes, {:.1} s",
            target.name,
            RUNS + seeds.len() as u64,
            began.elapsed().as_secs_f64()
        );
    }
}
