//! How many instructions the steps of a hit take, counted by valgrind and compared with `tests/hot-path/instructions.json`.
//!
//! Each step is taken N and 2N times, and the difference is what N of them cost: starting the program cancels out. Valgrind shows every
//! program the same processor, so that the counts are the same on any x86-64 machine with AVX2; another compiler makes another program,
//! and counts of another compiler are printed and not compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use stack::guard;
use tokio::{io::AsyncReadExt as _, process::Command};

use crate::paths;

/// How often a step is taken.
const TIMES: u64 = 300;
/// By how much a step may have become dearer, in percent.
const TOLERANCE_PERCENT: u64 = 5;

/// Counts, and what made the program that was counted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    rustc: String,
    /// Instructions, by step.
    steps: BTreeMap<String, u64>,
}

/// The command that builds what is counted.
pub fn build() -> Command {
    let mut command = guard::command("cargo");
    command.current_dir(paths::root());
    command.args(["build", "--release", "--package", "hot-path", "--bin", "hot-path"]);
    command
}

/// Counts every step.
pub async fn count() -> Result<Counts> {
    let names = output(guard::command(program())).await?;
    let mut steps = BTreeMap::new();
    for name in names.lines() {
        let (once, twice) = tokio::try_join!(instructions(name, TIMES), instructions(name, 2 * TIMES))?;
        steps.insert(name.to_owned(), twice.saturating_sub(once) / TIMES);
    }
    ensure!(!steps.is_empty(), "there is no step to count");
    let mut rustc = guard::command("rustc");
    rustc.arg("--version");
    Ok(Counts { rustc: output(rustc).await?.trim().to_owned(), steps })
}

/// What was committed.
pub fn committed() -> Result<Counts> {
    let file = file();
    let text = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not what it should be", file.display()))
}

/// Replaces what was committed.
pub fn commit(counts: &Counts) -> Result<()> {
    let mut text = serde_json::to_string_pretty(counts)?;
    text.push('\n');
    Ok(fs::write(file(), text)?)
}

/// A table of both, and whether no step has become dearer.
pub fn compare(committed: &Counts, counted: &Counts) -> (String, bool) {
    let comparable = committed.rustc == counted.rustc;
    let (mut table, mut is_ok) = (String::new(), true);
    for (name, now) in &counted.steps {
        let (before, percent) = match committed.steps.get(name) {
            Some(before) => (*before, 100.0 * (*now as f64 / *before as f64 - 1.0)),
            None => (0, f64::INFINITY),
        };
        let dearer = *now * 100 > before * (100 + TOLERANCE_PERCENT);
        is_ok &= !dearer;
        let mark = if dearer { "dearer" } else { "" };
        let _ = writeln!(table, "{name:32} {before:>10} {now:>10} {percent:>+8.1} % {mark}");
    }
    for gone in committed.steps.keys().filter(|name| !counted.steps.contains_key(*name)) {
        let _ = writeln!(table, "{gone:32} is not counted any more");
        is_ok = false;
    }
    if !comparable {
        let _ = writeln!(table, "not compared: {} here, {} there", counted.rustc, committed.rustc);
    }
    let _ = write!(table, "`cargo xtask bench --update-instruction-counts` takes these for the new ones");
    (table, is_ok || !comparable)
}

async fn instructions(step: &str, times: u64) -> Result<u64> {
    let mut command = guard::command("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program());
    command.args([step, &times.to_string()]);
    let output = output(command).await?;
    let collected = output.lines().find_map(|line| line.split_once("Collected :"));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    count.with_context(|| format!("valgrind did not count:\n{output}"))
}

/// What a command says, on either stream, if it succeeds.
async fn output(mut command: Command) -> Result<String> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = guard::spawn(command)?;
    let mut text = String::new();
    if let Some(mut stdout) = child.process.stdout.take() {
        stdout.read_to_string(&mut text).await?;
    }
    if let Some(mut stderr) = child.process.stderr.take() {
        stderr.read_to_string(&mut text).await?;
    }
    ensure!(child.wait().await?.success(), "it failed:\n{text}");
    Ok(text)
}

fn program() -> std::path::PathBuf {
    paths::in_target("release/hot-path")
}

fn file() -> std::path::PathBuf {
    paths::in_root("tests/hot-path/instructions.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rustc: &str, render: u64) -> Counts {
        Counts { rustc: rustc.to_owned(), steps: BTreeMap::from([("render a page".to_owned(), render)]) }
    }

    #[test]
    fn a_step_that_has_become_dearer_fails() {
        assert!(compare(&counts("1.95", 1000), &counts("1.95", 1050)).1);
        let (table, is_ok) = compare(&counts("1.95", 1000), &counts("1.95", 1051));
        assert!(!is_ok && table.contains("dearer"), "{table}");
        assert!(compare(&counts("1.95", 1000), &counts("1.95", 10)).1, "cheaper is welcome");
    }

    #[test]
    fn a_step_that_is_new_or_gone_must_be_committed() {
        assert!(!compare(&Counts::default(), &counts("", 1)).1);
        assert!(!compare(&counts("", 1), &Counts::default()).1);
    }

    #[test]
    fn another_compiler_is_not_compared() {
        assert!(compare(&counts("1.95", 1000), &counts("1.96", 2000)).1);
    }
}
