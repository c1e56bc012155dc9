//! The promises, under faults, from many seeds.

use simulation::{Variant, Violation, run, sweep};

#[test]
fn no_promise_is_broken_in_300_seeds() {
    let sum = sweep(0, 300, Variant::Coherent).unwrap();
    assert_eq!(sum.seeds, 300);
    assert_eq!(sum.failed, 0, "replay with `cargo xtask simulate --seed S --trace`: {:#?}", sum.failures);
    let missing: Vec<_> = sum.tally.faults.iter().filter(|(_, count)| *count == 0).collect();
    assert!(missing.is_empty(), "never injected: {missing:?}");
    assert!(sum.tally.logs_read > 0, "no page was ever held against the changes since");
    for tier in ["edge_memory", "cloudflare_kv", "origin_memory", "redis", "database"] {
        assert!(sum.tally.answers.get(tier).is_some_and(|count| *count > 0), "{tier} never answered");
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in [1, 2, 3] {
        let (one, other) =
            (run(seed, Variant::Coherent, false).unwrap(), run(seed, Variant::Coherent, false).unwrap());
        assert_eq!(one.digest, other.digest, "seed {seed}");
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn plain_cache_aside_breaks_the_promises_that_the_protocol_keeps() {
    let sum = sweep(0, 10, Variant::CacheAside).unwrap();
    for violation in [Violation::PastTheBound, Violation::OwnWriteUnread] {
        assert!(sum.tally.violations.get(&violation).is_some_and(|count| *count > 0), "{violation:?}");
    }
}
