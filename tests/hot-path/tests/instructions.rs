//! No step of a hit becomes dearer unseen: what each takes in instructions, counted by valgrind, beside the committed counts.
//!
//! Time is too noisy to judge by; instructions are the same from run to run. Each step is taken N and 2N times, and the difference is what N
//! of them cost: starting the program cancels out. What is counted is the test build, whose own code is hardly optimised: the counts are
//! for comparing and say nothing of speed. Valgrind shows every program the same processor, if the real one has AVX2; another compiler
//! makes another program. Counts of either are printed and not compared.
//!
//! `UPDATE_INSTRUCTION_COUNTS=1 cargo xtask test --only unit` takes the present counts for those to compare with. Not a build of this package alone:
//! with other features in its dependencies, a step's code may be taken from a crate that is optimised otherwise, and a step differ by a tenth.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, thread};

use serde::{Deserialize, Serialize};
use stack::requirements::{VALGRIND, missing};

/// How often a step is taken.
const TIMES: u64 = 300;
/// By how much a step may have become dearer, in percent.
const TOLERANCE_PERCENT: u64 = 10;

/// Counts, and what made the program that was counted.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counts {
    rustc: String,
    /// Instructions, by step.
    steps: BTreeMap<String, u64>,
}

#[test]
fn no_step_of_a_hit_has_become_dearer() {
    assert!(missing(&[VALGRIND]).is_empty(), "valgrind is needed: apt-get install valgrind");
    let counted = count();
    if env::var_os("UPDATE_INSTRUCTION_COUNTS").is_some() {
        let text = serde_json::to_string_pretty(&counted).unwrap() + "\n";
        fs::write(committed_file(), text).unwrap();
    }
    let committed = serde_json::from_slice(&fs::read(committed_file()).unwrap()).unwrap();
    let (table, is_ok) = compare(&committed, &counted);
    println!("{table}");
    let has_avx2 = fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| text.contains(" avx2 "));
    if has_avx2 && counted.rustc == committed.rustc {
        assert!(
            is_ok,
            "{table}\n`UPDATE_INSTRUCTION_COUNTS=1 cargo xtask test --only unit` takes these for the new ones"
        );
    } else {
        println!("not compared: counted on another processor, or of another compiler");
    }
}

fn committed_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
}

/// Counts every step, all at once: what else the machine does changes no count.
fn count() -> Counts {
    let names = output(&mut Command::new(program()));
    let names: Vec<&str> = names.lines().collect();
    assert!(!names.is_empty(), "there is no step to count");
    let steps = thread::scope(|scope| {
        let steps: Vec<_> = names
            .iter()
            .map(|name| {
                (
                    name,
                    scope.spawn(|| instructions(name, TIMES)),
                    scope.spawn(|| instructions(name, 2 * TIMES)),
                )
            })
            .collect();
        let per_step = |(name, once, twice): (
            &&str,
            thread::ScopedJoinHandle<'_, u64>,
            thread::ScopedJoinHandle<'_, u64>,
        )| {
            let (once, twice) = (once.join().unwrap(), twice.join().unwrap());
            ((*name).to_owned(), twice.saturating_sub(once) / TIMES)
        };
        steps.into_iter().map(per_step).collect()
    });
    Counts { rustc: output(Command::new("rustc").arg("--version")).trim().to_owned(), steps }
}

fn instructions(step: &str, times: u64) -> u64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program());
    let said = output(command.args([step, &times.to_string()]));
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    collected
        .and_then(|(_, count)| count.trim().parse().ok())
        .unwrap_or_else(|| panic!("no count in:\n{said}"))
}

/// What a command says, on either stream.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{said}");
    said
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_hot-path")
}

/// A table of both, and whether no step has become dearer.
fn compare(committed: &Counts, counted: &Counts) -> (String, bool) {
    let (mut table, mut is_ok) = (String::new(), true);
    let names: BTreeSet<&String> = committed.steps.keys().chain(counted.steps.keys()).collect();
    for name in names {
        let verdict = match (committed.steps.get(name), counted.steps.get(name)) {
            (Some(before), Some(now)) if *now * 100 > before * (100 + TOLERANCE_PERCENT) => "dearer",
            (Some(_), Some(_)) => "",
            (None, _) => "new: not committed",
            (_, None) => "gone",
        };
        is_ok &= verdict.is_empty();
        let of = |counts: &Counts| counts.steps.get(name).copied().unwrap_or_default();
        let _ = writeln!(table, "{name:32} {:>10} {:>10} {verdict}", of(committed), of(counted));
    }
    (table, is_ok)
}

fn counts(render: u64) -> Counts {
    Counts { rustc: String::new(), steps: BTreeMap::from([("render a page".to_owned(), render)]) }
}

#[test]
fn a_step_that_has_become_dearer_fails() {
    assert!(compare(&counts(1000), &counts(1100)).1);
    let (table, is_ok) = compare(&counts(1000), &counts(1101));
    assert!(!is_ok && table.contains("dearer"), "{table}");
    assert!(compare(&counts(1000), &counts(10)).1, "cheaper is welcome");
}

#[test]
fn a_step_that_is_new_or_gone_must_be_committed() {
    assert!(!compare(&Counts::default(), &counts(1)).1);
    assert!(!compare(&counts(1), &Counts::default()).1);
}
