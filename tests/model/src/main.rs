//! Checks the configurations and prints what came of it, as tables.
//!
//! `cargo run -p model --release -- [--deep] [--trace]`: the quick set, or the deep one (some ten minutes, several GB of
//! memory); `--trace` prints how each broken rule goes wrong.

use std::process::ExitCode;
use std::time::Duration;

use model::catalogue::{self, Broken};
use model::{Config, check, properties};

/// How long one configuration may take.
const AT_MOST: Duration = Duration::from_mins(5);

fn main() -> ExitCode {
    let asked = |flag: &str| std::env::args().skip(1).any(|argument| argument == flag);
    let (deep, trace) = (asked("--deep"), asked("--trace"));
    let stated = print_stated(if deep { &catalogue::DEEP } else { &catalogue::QUICK });
    let broken = print_broken("broken rule", &catalogue::BROKEN, trace);
    let limits = print_broken("limit", &catalogue::LIMITS, trace);
    if stated && broken && limits { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_stated(configs: &[Config]) -> bool {
    let mut holds = true;
    println!(
        "| configuration | distinct states | transitions | longest way | seconds | every state | counterexamples |"
    );
    println!("|---|--:|--:|--:|--:|---|--:|");
    for config in configs {
        let outcome = check::exhaust(*config, AT_MOST);
        println!(
            "| {} | {} | {} | {} | {:.0} | {} | {} |",
            config.name,
            outcome.unique_states,
            outcome.states,
            outcome.depth,
            outcome.took.as_secs_f64(),
            if outcome.complete && config.max_depth == 0 { "yes" } else { "no" },
            outcome.counterexamples.len(),
        );
        for counterexample in &outcome.counterexamples {
            holds = false;
            println!("\n{}:\n{}", counterexample.property, properties::describe(&counterexample.actions));
        }
    }
    holds
}

fn print_broken(title: &str, all: &[Broken], trace: bool) -> bool {
    let mut found = true;
    println!("\n| {title} | steps | what does not hold | states until found |\n|---|--:|---|--:|");
    for broken in all {
        let outcome = check::refute(broken.config);
        let Some(shortest) = outcome.counterexamples.first() else {
            found = false;
            println!("| {} | none found | | {} |", broken.what, outcome.unique_states);
            continue;
        };
        let (steps, states) = (shortest.actions.len(), outcome.unique_states);
        println!("| {} | {steps} | {} | {states} |", broken.what, shortest.property);
        if trace {
            println!("\n{}", properties::describe(&shortest.actions));
        }
    }
    found
}
