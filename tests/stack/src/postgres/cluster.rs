//! One data folder and the server on it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::{io::AsyncReadExt as _, process::Command};
use tokio_postgres::NoTls;

use crate::{
    guard, ports::free_port, process::ServerProcess, requirements::postgres_program, scratch::ScratchDir,
};

const START_DEADLINE: Duration = Duration::from_secs(30);
/// Ends the server at once without writing a checkpoint: its data is thrown away.
const IMMEDIATE: &str = "QUIT";
/// Ends the server after a checkpoint, so that its data folder can be copied.
const FAST: &str = "INT";

/// The user that the server runs as if we are root.
const UNPRIVILEGED_USER: &str = "postgres";

/// The file beside the data that holds the password of both roles that sign in. The port is open to every local user.
const PASSWORD_FILE: &str = "boardcache-password";

/// Memory for a test machine; nothing is synchronised, since the data outlives no crash of the machine.
const SETTINGS: &[&str] = &[
    "fsync=off",
    // Tests count the queries that reach the database.
    "shared_preload_libraries=pg_stat_statements",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
    "min_wal_size=32MB",
    "shared_buffers=256MB",
    "maintenance_work_mem=256MB",
    "max_connections=60",
    "jit=off",
    "timezone=UTC",
    "unix_socket_directories=",
    "listen_addresses=127.0.0.1",
    "log_min_duration_statement=-1",
    // What a disk without a spinning head costs, as on Supabase.
    "random_page_cost=1.1",
];

/// A data folder and its server.
#[derive(Debug)]
pub(super) struct Cluster {
    // In the order in which they are to be ended.
    process: Option<ServerProcess>,
    data: ScratchDir,
    port: u16,
    password: String,
    log: PathBuf,
}

impl Cluster {
    /// Takes over a data folder that [`initialise`] made, or a copy of one, and starts the server.
    pub(super) async fn start(data: ScratchDir, log: PathBuf) -> Result<Self> {
        let file = data.path().join(PASSWORD_FILE);
        let password =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut cluster = Self { process: None, data, port: free_port()?, password, log };
        cluster.launch().await?;
        Ok(cluster)
    }

    /// The address of the database for a role.
    pub(super) fn url(&self, role: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Starts the server on its data, on the same port as before.
    pub(super) async fn launch(&mut self) -> Result<()> {
        let mut command = as_server_user(&postgres_program("postgres")?);
        command.arg("-D").arg(self.data.path()).args(["-p", &self.port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let mut process = ServerProcess::start("postgres", command, &self.log, IMMEDIATE)?;
        let url = self.url("postgres");
        process
            .ready(START_DEADLINE, || async {
                match tokio_postgres::connect(&url, NoTls).await {
                    Ok((_client, connection)) => {
                        drop(connection);
                        true
                    }
                    Err(_) => false,
                }
            })
            .await?;
        self.process = Some(process);
        Ok(())
    }

    /// Ends the server in order; the data is complete afterwards.
    pub(super) async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.signal(FAST)?;
        process.ended(START_DEADLINE).await
    }

    /// Ends the server in order and gives the data folder away.
    pub(super) async fn into_data(mut self) -> Result<ScratchDir> {
        self.stop().await?;
        Ok(self.data)
    }
}

/// Makes an empty cluster in that folder. Its default collation is a linguistic one (ICU, American English), as
/// a real project's may be: what must sort by bytes has to say so itself.
pub(super) async fn initialise(data: &Path, password: &str) -> Result<()> {
    let password_file = data.with_extension("password");
    fs::write(&password_file, password)?;
    give_to_server_user(&password_file).await?;
    give_to_server_user(data).await?;
    let mut command = as_server_user(&postgres_program("initdb")?);
    command
        .arg("-D")
        .arg(data)
        .args(["--username", "postgres", "--auth", "scram-sha-256", "--encoding", "UTF8"])
        .args(["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync"])
        .arg("--pwfile")
        .arg(&password_file);
    let made = run(command).await.context("initdb failed");
    fs::rename(&password_file, data.join(PASSWORD_FILE))?;
    made
}

/// Copies a data folder, with its owner.
pub(super) async fn copy(from: &Path, to: &Path) -> Result<()> {
    give_to_server_user(to).await?;
    let mut command = as_server_user(Path::new("cp"));
    command.args(["-a", "--reflink=auto"]).arg(from.join(".")).arg(to);
    run(command).await.context("the database's template cannot be copied")
}

/// Whether the user that the server runs as can get into that folder.
pub(super) async fn server_user_can_enter(folder: &Path) -> bool {
    let mut command = as_server_user(Path::new("test"));
    command.arg("-x").arg(folder);
    run(command).await.is_ok()
}

/// A guarded command that runs as the unprivileged user if we are root, and as ourselves otherwise.
fn as_server_user(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = guard::command("setpriv");
        command
            .args(["--reuid", UNPRIVILEGED_USER, "--regid", UNPRIVILEGED_USER, "--init-groups", "--"])
            .arg(program);
        command
    } else {
        guard::command(program)
    };
    // Neither the locale of the caller nor a working directory that the other user cannot enter may matter.
    command.env("LC_ALL", "C.UTF-8").current_dir("/");
    command
}

async fn give_to_server_user(path: &Path) -> Result<()> {
    if !is_root() {
        return Ok(());
    }
    let mut command = guard::command("chown");
    command.arg(format!("{UNPRIVILEGED_USER}:")).arg(path);
    run(command).await.with_context(|| format!("there is no user {UNPRIVILEGED_USER} to run PostgreSQL as"))
}

/// Runs a command to its end. What it says when it fails is the error.
async fn run(mut command: Command) -> Result<()> {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = guard::spawn(command)?;
    let mut said = String::new();
    if let Some(mut stderr) = child.process.stderr.take() {
        stderr.read_to_string(&mut said).await?;
    }
    let status = child.wait().await?;
    if !status.success() {
        bail!("{status}: {}", said.trim());
    }
    Ok(())
}

/// Whether this process has root's rights: the owner of what `/proc/self` shows is the effective user.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}
