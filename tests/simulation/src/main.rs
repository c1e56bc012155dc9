//! `simulation --seeds N`: runs many seeds and prints what happened; `--seed S --trace` replays one.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use simulation::{Failure, Sweep, Tally, Variant, Violation, run, sweep};

/// Run the edge and the origin in a simulated world that fails.
#[derive(Parser)]
#[command(name = "cargo xtask simulate")]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed; alone, the only one.
    #[arg(long)]
    seed: Option<u64>,
    /// Print the event log of one seed.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// What to simulate.
    #[arg(long, value_enum, default_value_t = System::Coherent)]
    system: System,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum System {
    /// Ours.
    Coherent,
    /// Plain cache-aside that deletes on an invalidation.
    CacheAside,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let variant = match options.system {
        System::Coherent => Variant::Coherent,
        System::CacheAside => Variant::CacheAside,
    };
    let violations = match options.seed {
        Some(seed) if options.trace || options.seeds == 1 => replay(seed, variant, options.trace)?,
        first => {
            let began = Instant::now();
            let sum = sweep(first.unwrap_or_default(), options.seeds, variant)?;
            print_sum(&sum);
            println!("took {:.1} s", began.elapsed().as_secs_f64());
            sum.tally.violation_count()
        }
    };
    Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay(seed: u64, variant: Variant, is_traced: bool) -> anyhow::Result<u64> {
    let outcome = run(seed, variant, is_traced)?;
    print_tally(&outcome.tally);
    for line in &outcome.told {
        println!("{line}");
    }
    println!("seed {seed}: digest {:016x}", outcome.digest);
    Ok(outcome.tally.violation_count())
}

fn print_sum(sum: &Sweep) {
    println!("{:<58}{:>14}", "seeds", sum.seeds);
    println!("{:<58}{:>14}", "seeds with violations", sum.failed);
    print_tally(&sum.tally);
    for Failure { gravest, seed, told } in &sum.failures {
        println!("\nseed {seed} failed: {}", gravest.as_str());
        println!("replay it with: cargo xtask simulate --seed {seed} --trace");
        for line in told.iter().take(3) {
            println!("  {line}");
        }
    }
}

fn print_tally(tally: &Tally) {
    let line = |name: &str, count: u64| println!("{name:<58}{count:>14}");
    line("events", tally.events);
    line("virtual seconds", tally.virtual_ms / 1000);
    line("reads", tally.reads);
    line("reads with a token", tally.reads_with_token);
    line("invalidations acknowledged", tally.acknowledged);
    line("invalidations that failed and were repeated", tally.retried);
    line("loads from the source", tally.loads);
    line("looks at what changed since a page", tally.logs_read);
    for (answer, count) in &tally.answers {
        line(&format!("answers: {answer}"), *count);
    }
    for (fault, count) in tally.faults.iter() {
        line(fault.as_str(), count);
    }
    for violation in Violation::ALL {
        line(
            &format!("VIOLATIONS: {}", violation.as_str()),
            tally.violations.get(violation).copied().unwrap_or_default(),
        );
    }
}
