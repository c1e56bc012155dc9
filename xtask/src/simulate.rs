//! `cargo xtask simulate`: the simulation, optimised.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use stack::guard;

use crate::paths;

/// Options of `cargo xtask simulate`: those of the simulation itself (`-- --help` lists them).
#[derive(Args)]
pub struct Options {
    /// `--seeds N`, `--seed S`, `--trace`, `--system cache-aside`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the simulation; the exit code is its own.
pub async fn run(options: Options) -> Result<ExitCode> {
    let mut command = guard::command("cargo");
    command.current_dir(paths::root()).args(["run", "--quiet", "--release", "--package", "simulation", "--"]);
    command.args(options.arguments);
    let status = guard::spawn(command)?.wait().await?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
