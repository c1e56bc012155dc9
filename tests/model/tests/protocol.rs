//! The stated protocol holds in every state of every configuration, and each rule is needed: broken, it has a
//! counterexample.

use std::time::Duration;

use model::catalogue::{self, Broken};
use model::{Config, check, properties};

/// Far more than any of them takes.
const AT_MOST: Duration = Duration::from_mins(10);

fn holds(config: Config) {
    let outcome = check::exhaust(config, AT_MOST);
    println!(
        "{}: {} states, {} transitions, {} steps deep, {:.1?}",
        config.name, outcome.unique_states, outcome.states, outcome.depth, outcome.took
    );
    for counterexample in &outcome.counterexamples {
        println!("{}:\n{}", counterexample.property, properties::describe(&counterexample.actions));
    }
    assert!(outcome.counterexamples.is_empty(), "{}: a property does not hold", config.name);
    assert!(outcome.complete, "{}: not everything was looked at", config.name);
    // A check that never saw a page served would prove nothing.
    assert!(outcome.hits || config.max_depth > 0, "{}: nothing was ever served from a tier", config.name);
}

#[test]
fn the_stated_protocol_holds_in_every_state() {
    for config in catalogue::QUICK {
        holds(config);
    }
}

fn has_counterexample(broken: &Broken) {
    let outcome = check::refute(broken.config);
    assert!(!outcome.counterexamples.is_empty(), "no counterexample: {}", broken.what);
    let found = &outcome.counterexamples[0];
    println!(
        "{}: after {} steps ({} states): {}",
        broken.what,
        found.actions.len(),
        outcome.unique_states,
        found.property
    );
}

#[test]
fn every_broken_rule_has_a_counterexample() {
    catalogue::BROKEN.iter().for_each(has_counterexample);
}

#[test]
fn what_is_not_promised_is_not_kept() {
    catalogue::LIMITS.iter().for_each(has_counterexample);
}
