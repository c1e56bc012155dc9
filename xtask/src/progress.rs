//! Runs the long steps: says what runs, what it is at, how long it took, and on failure what it last said.
//!
//! A step's output goes to a log file. On a terminal one line is redrawn every second with the latest line of the log;
//! elsewhere a line is printed now and then, so that a CI log shows life without drowning.

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use stack::guard;
use tokio::process::Command;

use crate::paths;

/// How many of its last lines a failing step shows.
const SHOWN_LINES: usize = 40;
/// How much of a log's end is read for them.
const TAIL_BYTES: u64 = 16 * 1024;
/// A step shorter than this is not worth a line, unless it fails.
const WORTH_A_LINE: Duration = Duration::from_secs(1);
/// Without a terminal: how often a running step says that it still runs.
const REMINDER: Duration = Duration::from_secs(20);

/// `12.3 s`, `4 min 05 s`.
pub fn human(duration: Duration) -> String {
    let secs = duration.as_secs();
    if secs < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", secs / 60, secs % 60)
    }
}

/// Awaits `work` as the step `name`. Its error says enough itself.
pub async fn around<T>(name: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let started = Instant::now();
    tokio::pin!(work);
    let outcome = if let Ok(outcome) = tokio::time::timeout(WORTH_A_LINE, &mut work).await {
        outcome
    } else {
        println!("{}• {name} …", clear_line());
        work.await
    };
    match &outcome {
        Ok(_) => done(name, started.elapsed()),
        Err(_) => failed(name, started.elapsed()),
    }
    outcome
}

/// Prints a line that a step has ended well.
pub fn done(name: &str, took: Duration) {
    println!("{}✓ {name} ({})", clear_line(), human(took));
}

/// Prints a line that a step has failed.
pub fn failed(name: &str, took: Duration) {
    println!("{}✗ {name} ({})", clear_line(), human(took));
}

fn clear_line() -> &'static str {
    if io::stdout().is_terminal() { "\r\x1b[2K" } else { "" }
}

/// Runs `command`, made by [`guard::command`], to its end as the step `name`, its output going to `target/logs/{log}.log`; an error if it fails.
///
/// What it started ends with it, and with us.
pub async fn step(name: &str, log: &str, command: Command) -> Result<()> {
    let log_file = paths::in_target("logs").join(format!("{log}.log"));
    let started = Instant::now();
    if watch(name, &log_file, command).await? {
        if started.elapsed() >= WORTH_A_LINE {
            done(name, started.elapsed());
        }
        return Ok(());
    }
    failed(name, started.elapsed());
    bail!("{name} failed; the last lines of {}:\n{}", display(&log_file), tail(&log_file, SHOWN_LINES));
}

/// Runs `command` to its end and says whether it succeeded. All that it prints goes to `log_file`.
pub async fn watch(name: &str, log_file: &Path, mut command: Command) -> Result<bool> {
    let log = create_log(log_file)?;
    command.stdout(log.try_clone()?).stderr(log);
    let mut child = guard::spawn(command).with_context(|| format!("{name}: sh could not be started"))?;
    let started = Instant::now();
    let mut announced = None;
    loop {
        if let Ok(status) = tokio::time::timeout(Duration::from_millis(500), child.wait()).await {
            return Ok(status?.success());
        }
        let elapsed = started.elapsed();
        if elapsed < WORTH_A_LINE {
            continue;
        }
        if io::stdout().is_terminal() {
            let latest: String = tail(log_file, 1).chars().take(90).collect();
            print!("\r\x1b[2K• {name} … {}  {latest}", human(elapsed));
            io::stdout().flush()?;
        } else if announced.is_none() {
            println!("• {name} …");
            announced = Some(Instant::now());
        } else if announced.is_some_and(|at: Instant| at.elapsed() > REMINDER) {
            println!("  … {}: {}", human(elapsed), tail(log_file, 1));
            announced = Some(Instant::now());
        }
    }
}

/// Opens a log anew, with the folders above it.
pub fn create_log(log_file: &Path) -> Result<File> {
    if let Some(dir) = log_file.parent() {
        fs::create_dir_all(dir)?;
    }
    File::create(log_file).with_context(|| format!("{} cannot be written", log_file.display()))
}

/// The last lines of a log, at most `lines`, without terminal colours and empty lines.
pub fn tail(log_file: &Path, lines: usize) -> String {
    let mut text = Vec::new();
    if let Ok(mut file) = File::open(log_file) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let _ = file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)));
        let _ = file.read_to_end(&mut text);
    }
    let text = without_colours(&String::from_utf8_lossy(&text));
    let all: Vec<&str> = text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Removes the escape sequences that colour text.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

/// A path as the user knows it: from the root of the checkout.
pub fn display(path: &Path) -> String {
    path.strip_prefix(paths::root()).map_or_else(|_| PathBuf::from(path), PathBuf::from).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_removed_from_a_log() {
        assert_eq!(without_colours("\u{1b}[1;31merror\u{1b}[0m: no"), "error: no");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(human(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(human(Duration::from_secs(245)), "4 min 05 s");
    }
}
