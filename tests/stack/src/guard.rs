//! Child processes that cannot outlive us.
//!
//! A child must end with the program that started it, together with all that it started itself, even when that program
//! is killed with SIGKILL and can clean up nothing. So every child gets a process group of its own and, in it, a small
//! shell loop that reads from a pipe whose other end we hold. When the pipe ends, because the [`Child`] was dropped or
//! because we are gone, the loop kills the whole group. What we write to the pipe are names of signals for the child:
//! while the loop lives, the number of the child cannot come to mean another process.
//!
//! It relies on a POSIX `sh`. It must never be given a program that leaves its process group (a daemon).

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Write},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{process::Command, time};

/// `$$` is the child: `exec` gives it the number of this shell. The loop ignores what is meant for the child.
const SCRIPT: &str = r#"
exec 3<&0 </dev/null
( trap '' TERM INT HUP QUIT
  while read -r signal <&3; do kill -"$signal" "$$"; done
  kill -KILL 0
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
"#;

/// A command to be started by [`spawn`]. Arguments, environment, folder and output are set as for any other.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(program);
    for name in of_our_package() {
        command.env_remove(name);
    }
    command
}

/// What `cargo run` and `cargo test` tell a program about its own package. A build script that looks at it (ring's does) would run again under a
/// cargo that is started from here, all that depends on it be compiled anew, and once more by the next cargo that is not started from here.
fn of_our_package() -> impl Iterator<Item = OsString> {
    let is_of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    env::vars_os().map(|(name, _)| name).filter(move |name| is_of_package(&name.to_string_lossy()))
}

/// Starts a command made by [`command`]. Its standard input is empty.
pub fn spawn(mut command: Command) -> io::Result<Child> {
    let mut process = command.stdin(Stdio::piped()).process_group(0).spawn()?;
    let lifeline = process.stdin.take().ok_or_else(|| io::Error::other("the child has no pipe"))?;
    Ok(Child { lifeline: Some(File::from(lifeline.into_owned_fd()?)), process })
}

/// A running child. Dropping it kills it and all that it started.
#[derive(Debug)]
pub struct Child {
    /// `None` once the group has been killed.
    lifeline: Option<File>,
    /// Public output pipes and the like; its standard input is taken.
    pub process: tokio::process::Child,
}

impl Child {
    /// The number of the process, `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Sends the signal of that name (`TERM`, `STOP`, …) to the process, not to those that it started.
    pub fn signal(&self, name: &str) -> io::Result<()> {
        self.lifeline.as_ref().map_or(Ok(()), |mut lifeline| writeln!(lifeline, "{name}"))
    }

    /// The process's status if it has ended.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// Waits for the process to end by itself, then ends what it left behind.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.process.wait().await;
        self.lifeline = None;
        status
    }

    /// Asks the process to end, and kills it with all that it started if it has not done so within `grace`.
    pub async fn stop(&mut self, grace: Duration) -> io::Result<()> {
        self.signal("TERM")?;
        let _ = time::timeout(grace, self.process.wait()).await;
        self.kill().await
    }

    /// Kills the process and all that it started, as a crash would.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.lifeline = None;
        self.process.wait().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_is_not_told_which_package_started_it() {
        use tokio::io::AsyncReadExt;
        let is_told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        assert!(env::vars().any(|(name, _)| is_told(&name)), "Cargo tells us");
        let mut program = command("env");
        program.stdout(Stdio::piped());
        let mut child = spawn(program).expect("env can be started");
        let mut output = String::new();
        let printed = child.process.stdout.as_mut().expect("output is piped");
        printed.read_to_string(&mut output).await.expect("output can be read");
        assert!(output.contains("PATH="), "{output}");
        assert!(!output.lines().any(is_told), "{output}");
    }

    /// A process that starts another and prints the number of that one.
    fn with_grandchild() -> Command {
        let mut command = command("sh");
        command.args(["-c", "sleep 1000 & echo $!; wait"]).stdout(Stdio::piped());
        command
    }

    async fn first_line(child: &mut Child) -> String {
        use tokio::io::{AsyncBufReadExt, BufReader};
        let output = child.process.stdout.as_mut().expect("output is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await.expect("output can be read");
        line.trim().to_owned()
    }

    async fn ends(process_id: &str) -> bool {
        for _ in 0..100 {
            let state = std::fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap_or_default();
            if state.is_empty() || state.contains(") Z ") {
                return true;
            }
            time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    #[tokio::test]
    async fn dropping_a_child_ends_what_it_started() {
        let mut child = spawn(with_grandchild()).expect("sh starts");
        let grandchild = first_line(&mut child).await;
        drop(child);
        assert!(ends(&grandchild).await);
    }

    #[tokio::test]
    async fn a_child_of_a_killed_program_ends() {
        let mut program = Command::new("sh");
        // The program: starts a guarded child whose pipe it alone holds, and is killed.
        program
            .args([
                "-c",
                r#"mkfifo "$0"; (sh -c "$1" sh sleep 1000 <"$0" & echo $!) ; exec sleep 1000 >"$0""#,
            ])
            .arg(std::env::temp_dir().join(format!("guard-test-{}", std::process::id())))
            .arg(SCRIPT)
            .stdout(Stdio::piped())
            .process_group(0);
        let mut program = program.spawn().expect("sh starts");
        // Stands for the process group that `spawn` makes; `sh` puts both into the one of the program.
        let mut line = String::new();
        {
            use tokio::io::{AsyncBufReadExt, BufReader};
            let output = program.stdout.as_mut().expect("output is piped");
            BufReader::new(output).read_line(&mut line).await.expect("output can be read");
        }
        time::sleep(Duration::from_millis(100)).await;
        program.start_kill().expect("the program can be killed");
        let _ = std::fs::remove_file(std::env::temp_dir().join(format!("guard-test-{}", std::process::id())));
        assert!(ends(line.trim()).await);
    }

    #[tokio::test]
    async fn a_child_that_ignores_the_request_to_end_is_killed() {
        let mut command = command("sh");
        command.args(["-c", "trap '' TERM; echo; sleep 1000 & wait; wait"]).stdout(Stdio::piped());
        let mut child = spawn(command).expect("sh starts");
        first_line(&mut child).await;
        child.stop(Duration::from_millis(50)).await.expect("the child is killed");
        assert!(child.ended().expect("the status is known").is_some());
    }

    #[tokio::test]
    async fn a_missing_program_ends_with_status_127() {
        let mut child = spawn(command("no-such-program-anywhere")).expect("sh starts");
        assert_eq!(child.wait().await.expect("it ends").code(), Some(127));
    }
}
