//! What machine this is, what it was doing besides, and what was measured: read, never typed.

use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use stack::repo;

/// Under which circumstances something was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Circumstances {
    /// When it began, in UTC: `2026-11-25 04:00`.
    pub at: String,
    /// The commit that was checked out.
    pub commit: String,
    /// The processor, how many of it, and memory.
    pub machine: String,
    /// Kernel and compiler.
    pub software: String,
    /// Processes that wanted to run on average over the minute before it began: what else was going on.
    pub load_before: f64,
    /// `quick` or `full`.
    pub mode: String,
}

impl Circumstances {
    /// Those of now.
    pub fn now(mode: &str) -> Self {
        Self {
            at: utc_now(),
            commit: output(
                "git",
                &["-C", &repo::root().to_string_lossy(), "rev-parse", "--short=10", "HEAD"],
            ),
            machine: machine(),
            software: format!(
                "{}; {}; Debian {}",
                output("uname", &["-sr"]),
                output("rustc", &["--version"]),
                read("/etc/debian_version").trim()
            ),
            load_before: read("/proc/loadavg")
                .split(' ')
                .next()
                .and_then(|load| load.parse().ok())
                .unwrap_or(0.0),
            mode: mode.to_owned(),
        }
    }
}

fn machine() -> String {
    let cpu_info = read("/proc/cpuinfo");
    let model = cpu_info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = cpu_info.lines().filter(|line| line.starts_with("processor")).count();
    let memory_kib: f64 = read("/proc/meminfo")
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().split(' ').next()?.parse().ok())
        .unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    format!("{cores} × {model}, {:.0} GiB of memory", memory_kib / 1024.0 / 1024.0)
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The first line of what a command prints.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| if output.stdout.is_empty() { output.stderr } else { output.stdout });
    String::from_utf8_lossy(&text.unwrap_or_default()).lines().next().unwrap_or_default().trim().to_owned()
}

fn utc_now() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let text = dto::iso8601_ms(now.as_millis() as u64);
    text.get(..16).unwrap_or_default().replace('T', " ")
}
