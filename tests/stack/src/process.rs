//! A server process: started under the guard, logging to a file, awaited until it answers.

use std::{
    fs::{self, File, OpenOptions},
    future::Future,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{process::Command, time};

use crate::guard;

/// How long a server may take to end by itself before it is killed.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// How often a server that is starting is asked whether it is ready.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How many lines of its log are shown of a server that did not start.
const SHOWN_LOG_LINES: usize = 20;

/// A running server. Dropping it asks it to end, waits a little, then kills it.
#[derive(Debug)]
pub struct ServerProcess {
    name: String,
    child: guard::Child,
    log: PathBuf,
    /// The signal that asks this server to end at once but in order.
    stop_signal: &'static str,
}

impl ServerProcess {
    /// Starts a command made by [`guard::command`]; its output goes to the end of `log`.
    pub fn start(name: &str, mut command: Command, log: &Path, stop_signal: &'static str) -> Result<Self> {
        let output = open_log(log)?;
        command.stdout(Stdio::from(output.try_clone()?)).stderr(Stdio::from(output));
        let child = guard::spawn(command).with_context(|| format!("{name} does not start"))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_path_buf(), stop_signal })
    }

    /// Polls `is_ready` until it says so. Fails early if the process ends, and in any case after `deadline`, with the last
    /// lines of its log.
    pub async fn ready<F: Future<Output = bool>>(
        &mut self,
        deadline: Duration,
        mut is_ready: impl FnMut() -> F,
    ) -> Result<()> {
        let began = Instant::now();
        loop {
            if is_ready().await {
                return Ok(());
            }
            let name = &self.name;
            if let Some(status) = self.child.ended()? {
                bail!("{name} ended while starting ({status}):\n{}", last_lines(&self.log));
            }
            if began.elapsed() > deadline {
                bail!("{name} was not ready within {} s:\n{}", deadline.as_secs(), last_lines(&self.log));
            }
            time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The number of the process; `None` once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends the signal of that name (`STOP`, `CONT`, …).
    pub fn signal(&self, name: &str) -> Result<()> {
        Ok(self.child.signal(name)?)
    }

    /// Waits until it has ended, and kills it if that takes longer than `deadline`.
    pub async fn ended(&mut self, deadline: Duration) -> Result<()> {
        let in_time = time::timeout(deadline, self.child.process.wait()).await;
        self.child.kill().await?;
        in_time
            .map(drop)
            .with_context(|| format!("{} did not end within {} s", self.name, deadline.as_secs()))
    }

    /// Ends it in order.
    pub async fn stop(&mut self) -> Result<()> {
        self.child.signal(self.stop_signal)?;
        let _ = time::timeout(STOP_GRACE, self.child.process.wait()).await;
        Ok(self.child.kill().await?)
    }

    /// Kills it, as a crash would.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

impl Drop for ServerProcess {
    /// Blocks for as long as the server takes to end: a dropped stack leaves no process and no busy port behind.
    fn drop(&mut self) {
        if matches!(self.child.ended(), Ok(Some(_))) || self.child.signal(self.stop_signal).is_err() {
            return;
        }
        let began = Instant::now();
        while matches!(self.child.ended(), Ok(None)) && began.elapsed() < STOP_GRACE {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn open_log(path: &Path) -> Result<File> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The end of a log, for an error message.
fn last_lines(path: &Path) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN_LOG_LINES)..];
    format!("{}\n({})", shown.join("\n"), path.display())
}
