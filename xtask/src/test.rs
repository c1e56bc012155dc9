//! `cargo xtask test`: every check that a change must pass, and what `.ci/run` calls.
//!
//! A failing check does not keep the others from running, unless they need what it makes. What the checks print goes to
//! `target/logs`; the terminal gets one line a check, what failed, a table and the sum.

mod checks;
mod leftovers;
mod named;
mod report;
mod summary;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};
use stack::python_tool::SCHEMATHESIS;
use stack::requirements::{CHROMIUM, POSTGRESQL, PYTHON, REDIS, VALGRIND};

use crate::{install, signals};
use report::Report;

/// Options of `cargo xtask test`.
#[derive(Args)]
pub struct Options {
    /// Run one part alone.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// A part of the checks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, lints, documentation.
    Lint,
    /// Unit tests of all crates.
    Unit,
    /// The web packages: types, style, unit tests, size.
    Web,
    /// The built Worker, and the tests against real servers.
    E2e,
}

/// Runs the checks; the exit code says whether all passed.
pub async fn run(options: Options) -> Result<ExitCode> {
    let mark = leftovers::Mark::new();
    let mut report = Report::default();
    let outcome = tokio::select! {
        outcome = run_checks(options.only, &mark, &mut report) => outcome,
        signal = signals::first() => {
            println!("\n{signal}: ending what was started.");
            return Ok(ExitCode::FAILURE);
        }
    };
    outcome?;
    report.add(leftovers::check(&mark).await);
    Ok(report.print())
}

async fn run_checks(only: Option<Part>, mark: &leftovers::Mark, report: &mut Report) -> Result<()> {
    let wanted = |part| only.is_none_or(|only| only == part);
    install::rust::components().await?;
    install::rust::wasm_target().await?;
    if wanted(Part::Unit) || wanted(Part::Web) || wanted(Part::E2e) {
        install::npm::packages().await?;
    }
    if wanted(Part::Unit) || wanted(Part::E2e) {
        install::apt::packages(&[POSTGRESQL, REDIS, PYTHON]).await?;
    }
    if wanted(Part::Unit) {
        install::apt::packages(&[VALGRIND]).await?;
    }
    if wanted(Part::E2e) {
        install::apt::packages(&[CHROMIUM]).await?;
        install::python::tool(SCHEMATHESIS).await?;
    }
    if wanted(Part::Lint) {
        install::apt::packages(&[PYTHON]).await?;
        checks::lint(mark, report).await?;
    }
    if wanted(Part::Unit) {
        checks::unit(mark, report).await?;
    }
    if wanted(Part::Web) {
        checks::web(mark, report).await?;
    }
    if wanted(Part::E2e) {
        checks::end_to_end(mark, report).await?;
    }
    Ok(())
}
