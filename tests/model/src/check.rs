//! Running the checker.

use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model as _};

use crate::actions::Action;
use crate::properties::HITS;
use crate::{Config, System};

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Distinct states.
    pub unique_states: usize,
    /// States, counted as often as they were reached.
    pub states: usize,
    /// The longest way that was looked at.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Whether every state within the bounds was looked at.
    pub complete: bool,
    /// Whether the system was seen to hit.
    pub hits: bool,
    /// Properties that do not hold, each with what happened.
    pub counterexamples: Vec<Counterexample>,
}

/// A way to a state in which a property does not hold.
#[derive(Debug)]
pub struct Counterexample {
    /// The property.
    pub property: &'static str,
    /// What happened.
    pub actions: Vec<Action>,
}

/// Looks at every state of a configuration, for at most so long.
#[must_use]
pub fn exhaust(config: Config, at_most: Duration) -> Outcome {
    run(config, 2, at_most)
}

/// How many states a search for a counterexample looks at before it gives up.
const GIVE_UP_AFTER: usize = 40_000_000;

/// Looks for a counterexample, shortest ways first.
#[must_use]
pub fn refute(config: Config) -> Outcome {
    run(config, 1, Duration::MAX)
}

fn run(config: Config, threads: usize, at_most: Duration) -> Outcome {
    let began = Instant::now();
    let builder = System(config).checker().threads(threads).finish_when(HasDiscoveries::AnyFailures);
    // One thread never looks at the time.
    let builder =
        if threads > 1 { builder.timeout(at_most) } else { builder.target_state_count(GIVE_UP_AFTER) };
    let builder = if config.max_depth > 0 { builder.target_max_depth(config.max_depth) } else { builder };
    let checker = builder.spawn_bfs().join();
    let took = began.elapsed();
    let discoveries = checker.discoveries();
    let hits = discoveries.contains_key(HITS);
    let mut counterexamples: Vec<Counterexample> = discoveries
        .into_iter()
        .filter(|(property, _)| *property != HITS)
        .map(|(property, path)| Counterexample { property, actions: path.into_actions() })
        .collect();
    counterexamples.sort_by_key(|counterexample| counterexample.actions.len());
    Outcome {
        unique_states: checker.unique_state_count(),
        states: checker.state_count(),
        depth: checker.max_depth(),
        took,
        complete: counterexamples.is_empty() && took < at_most,
        hits,
        counterexamples,
    }
}
