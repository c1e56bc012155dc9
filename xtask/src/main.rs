//! The project's own commands: `cargo xtask dev | test | bench | build-edge | build-console | simulate | fuzz | audit`.
//!
//! They install what is missing, so that a fresh clone needs no more than rustup and Node; they print what they do and
//! how long it took; and whatever they start ends with them.

mod audit;
mod bench;
mod build_console;
mod build_edge;
mod dev;
mod fuzz;
mod install;
mod paths;
mod progress;
mod signals;
mod simulate;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Develop, test and build boardcache.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run everything on this machine: the Worker in workerd, the origin, and its sources.
    Dev(dev::Options),
    /// Run every check: formatting, lints, unit tests, end-to-end tests.
    Test(test::Options),
    /// Compile the Worker to edge-worker/build and print its size.
    BuildEdge(build_edge::Options),
    /// Build the web console to web/console/dist.
    BuildConsole,
    /// Measure beside Varnish, nginx, Express, `PostgREST` and a JavaScript Worker; write docs/performance.md.
    Bench(bench::Options),
    /// Run the edge and the origin in a simulated world that fails.
    Simulate(simulate::Options),
    /// Fuzz everything that reads what others send: a million executions of each target.
    Fuzz(fuzz::Options),
    /// Check licences, bans, sources and advisories of everything that is depended on.
    Audit(audit::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Dev(options) => dev::run(options).await,
        Task::Test(options) => test::run(options).await,
        Task::BuildEdge(options) => build_edge::run(options).await,
        Task::BuildConsole => build_console::run().await,
        Task::Bench(options) => bench::run(options).await,
        Task::Simulate(options) => simulate::run(options).await,
        Task::Fuzz(options) => fuzz::run(options).await,
        Task::Audit(options) => audit::run(options).await,
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
