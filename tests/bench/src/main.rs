//! Measures boardcache beside what a user would pick instead, and beside what nothing can beat: `cargo xtask bench`.
//!
//! Each scenario starts what it needs, measures in interleaved rounds and keeps what it found in `docs/performance`; the report,
//! `docs/performance.md`, is made of all that was kept. Load goes to this machine's loopback interface alone, for a bounded time.

#![allow(clippy::print_stdout, reason = "it is a program that is watched")]

mod cpu;
mod load;
mod machine;
mod page;
mod peers;
mod report;
mod rounds;
mod sample;
mod scenario;
mod served;
mod tables;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::machine::Circumstances;
use crate::report::Chapter;
use crate::scenario::Scenario;

/// Measures boardcache beside its peers.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    #[command(flatten)]
    options: scenario::Options,
    #[command(subcommand)]
    helper: Option<Helper>,
}

/// What this program is when it starts itself.
#[derive(Subcommand)]
enum Helper {
    /// Answers every request with the same bytes.
    #[command(hide = true)]
    ServeBytes {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        file: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.helper {
        Some(Helper::ServeBytes { port, file }) => peers::bare_axum::serve(port, file).await,
        None => run(&arguments.options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &scenario::Options) -> Result<()> {
    for scenario in options.scenarios() {
        println!("{}", scenario.title());
        let mut chapter = Chapter::new(scenario.id(), scenario.title(), Circumstances::now(options.mode()));
        scenario.run(options, &mut chapter).await?;
        for goal in &chapter.goals {
            println!("  {}: {} → {}", if goal.met { "met" } else { "NOT MET" }, goal.wanted, goal.measured);
        }
        chapter.save()?;
    }
    let chapters = Scenario::ALL.iter().map(|scenario| Chapter::load(scenario.id()));
    let chapters: Vec<Chapter> = chapters.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    report::markdown::write(&chapters)
}
