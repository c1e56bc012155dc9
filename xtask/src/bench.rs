//! `cargo xtask bench`: installs the peers, builds what is measured as it is released, measures, and writes `docs/performance.md`.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use stack::{
    guard,
    requirements::{NGINX, POSTGRESQL, REDIS, VARNISH},
};
use tokio::process::Command;

use crate::build_edge::{self, Variant};
use crate::{install, paths, progress};

/// Options of `cargo xtask bench`: those of the program itself (`-- --help` lists them).
#[derive(Args)]
pub struct Options {
    /// `--quick`, `--only SCENARIO`, `--report`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Measures; the exit code says whether all could be measured, not whether all goals were met.
pub async fn run(options: Options) -> Result<ExitCode> {
    install::rust::wasm_target().await?;
    install::npm::packages().await?;
    install::apt::packages(&[POSTGRESQL, REDIS, VARNISH, NGINX]).await?;
    install_express().await?;
    build_edge::build(Variant::Deployed).await?;
    let mut origin = cargo();
    origin.args(["build", "--release", "--package", "origin", "--package", "bench", "--bins"]);
    progress::step("compiling what is measured", "bench-build", origin).await?;
    if measures_identity(&options.arguments) {
        build_without_identity().await?;
    }
    // Not under `progress`: what it prints is to be seen.
    let mut bench = guard::command(paths::in_target("release/bench"));
    bench.current_dir(paths::root()).args(options.arguments);
    let status = guard::spawn(bench)?.wait().await?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the chapter is among those that are measured. It alone needs both programs once more, which takes minutes for the first time.
fn measures_identity(arguments: &[String]) -> bool {
    let says = |word: &str| arguments.iter().any(|argument| argument.split('=').any(|part| part == word));
    !says("--report") && (!says("--only") || says("identity"))
}

/// Both programs as they are released but for identity, apart from those that are deployed.
async fn build_without_identity() -> Result<()> {
    build_edge::build(Variant::WithoutIdentity).await?;
    let mut origin = cargo();
    origin.args(["build", "--release", "--package", "origin", "--bin", "origin"]);
    Variant::WithoutIdentity.put_on(&mut origin);
    progress::step("compiling the origin without identity", "bench-build-without-identity", origin).await
}

fn cargo() -> Command {
    let mut command = guard::command("cargo");
    command.current_dir(paths::root());
    command
}

/// The packages of the peer in JavaScript, below `target`: nothing but this needs them.
async fn install_express() -> Result<()> {
    let (from, to) = (paths::in_root("tests/bench/peers/express"), paths::in_target("bench/express"));
    let lockfile = from.join("package-lock.json");
    let wanted = fs::read(&lockfile).with_context(|| format!("{} cannot be read", lockfile.display()))?;
    if fs::read(to.join("installed-from.json")).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&to)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(from.join(file), to.join(file))?;
    }
    let mut command = guard::command("npm");
    command.current_dir(&to).args(["ci", "--no-audit", "--no-fund"]);
    progress::step("installing Express", "bench-express", command).await?;
    Ok(fs::write(to.join("installed-from.json"), wanted)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_without_identity_are_built_for_their_chapter_alone() {
        let asks =
            |line: &str| measures_identity(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert!(asks("") && asks("--quick") && asks("--only identity") && asks("--only=identity"));
        assert!(!asks("--only edge") && !asks("--report") && !asks("--quick --only=memory"));
    }
}
