//! One run of schemathesis.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::World;
use serde_json::Value;
use stack::guard;

use crate::caller::Caller;

/// What every answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance";
/// What is answered with a stream that has no end, for which schemathesis would wait. `origin/tests/http/live.rs` reads those.
const ENDLESS: [&str; 2] = ["watchWorkspace", "watchSystem"];
/// Made-up requests a route, besides those that go through the bounds of its parameters one by one.
const MADE_UP: u32 = 60;
/// A run takes a fraction of this.
const TIME_LIMIT: Duration = Duration::from_mins(4);

/// What came of it.
pub struct Outcome {
    /// How many requests were made.
    pub cases: u64,
    /// What was wrong, as schemathesis says it, with commands that show it again.
    pub wrong: Option<String>,
}

/// Asks as this caller.
pub async fn run(program: &Path, world: &World, caller: Caller) -> Result<Outcome> {
    let url = world.origins[0].url();
    let file = |ending: &str| world.dirs.logs.join(format!("schemathesis-{}.{ending}", caller.name()));
    let (configuration, log, report) = (file("toml"), file("log"), file("json"));
    fs::create_dir_all(&world.dirs.logs)?;
    fs::write(&configuration, caller.configuration())?;
    // Of an earlier run.
    let _ = fs::remove_file(&report);

    let output = File::create(&log)?;
    let mut command = guard::command(program);
    command.arg("--config-file").arg(configuration).args(["run", "--no-color", "--checks", CHECKS]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", &MADE_UP.to_string()]);
    command.args(["--continue-on-failure", "--max-failures", "20", "--request-timeout", "20"]);
    command.args(["--report", "json", "--report-json-path"]).arg(&report);
    for operation in ENDLESS {
        command.args(["--exclude-operation-id", operation]);
    }
    if let Some(header) = caller.header(world)? {
        command.args(["--header", &header]);
    }
    command.arg(format!("{url}/openapi.json"));
    // Loopback goes through no proxy.
    command.env("NO_PROXY", "*").current_dir(&world.dirs.logs).stdout(output.try_clone()?).stderr(output);
    let mut child = guard::spawn(command).context("schemathesis does not start")?;
    let ended = tokio::time::timeout(TIME_LIMIT, child.wait()).await;

    let said = fs::read_to_string(&log)?;
    ensure!(ended.is_ok(), "schemathesis takes too long:\n{said}");
    let report = fs::read(&report).with_context(|| format!("schemathesis wrote no report:\n{said}"))?;
    let report: Value = serde_json::from_slice(&report)?;
    let operations = &report["operations"];
    let wanted = operations["total"].as_u64().map(|total| total - ENDLESS.len() as u64);
    let is_whole = report["complete"] == true && operations["tested"].as_u64() == wanted;
    let cases = report["test_cases"]["generated"].as_u64().context("a number of cases")?;
    let is_well = ended.is_ok_and(|status| status.is_ok_and(|status| status.success())) && is_whole;
    Ok(Outcome { cases, wrong: (!is_well).then_some(said) })
}
