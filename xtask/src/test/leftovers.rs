//! Finds processes that the checks started and left behind.
//!
//! Everything that is started under a check inherits a variable with the name of this run in its environment; in the end
//! nobody must have it any more. It looks at `/proc`, so elsewhere than on Linux it finds nothing.

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio::{process::Command, time};

use super::report::Check;

/// The variable. `stack` passes it on where it clears an environment.
const VARIABLE: &str = "BOARDCACHE_TEST_RUN";
/// How long a process that was told to end may take.
const GRACE: Duration = Duration::from_secs(5);

/// The name of this run.
pub struct Mark(String);

impl Mark {
    /// A name that no other run has.
    pub fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(format!("{}-{}", std::process::id(), now.as_nanos()))
    }

    /// Marks what this command starts.
    pub fn put_on(&self, command: &mut Command) {
        command.env(VARIABLE, &self.0);
    }

    /// Processes that bear the mark, as `number (program)`.
    fn bearers(&self) -> Vec<String> {
        let wanted = format!("{VARIABLE}={}", self.0);
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .filter(|process| {
                let environment = fs::read(process.path().join("environ")).unwrap_or_default();
                environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
            })
            .map(|process| {
                let program = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
                format!("{} ({})", process.file_name().to_string_lossy(), program.trim())
            })
            .collect()
    }
}

/// Passes when no marked process runs any more.
pub async fn check(mark: &Mark) -> Check {
    let name = "no process is left behind";
    let started = Instant::now();
    loop {
        let left = mark.bearers();
        if left.is_empty() {
            return Check::passed(name, started.elapsed());
        }
        if started.elapsed() > GRACE {
            return Check::failed(name, &format!("still running: {}", left.join(", ")));
        }
        time::sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_marked_command_started_is_found_until_it_ends() {
        let mark = Mark::new();
        let mut command = stack::guard::command("sh");
        command.args(["-c", "env -u NOTHING sleep 1000 & wait"]);
        mark.put_on(&mut command);
        let child = stack::guard::spawn(command).expect("sh starts");
        while !mark.bearers().iter().any(|bearer| bearer.contains("sleep")) {
            time::sleep(Duration::from_millis(10)).await;
        }
        drop(child);
        assert!(check(&mark).await.is_ok());
    }
}
