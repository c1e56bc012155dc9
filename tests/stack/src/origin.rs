//! The origin as a process of its own: the program that is deployed, started and ended as an operator would.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::{
    StackDirs,
    guard::{self, Child},
    ports, repo,
};

/// By this variable `cargo xtask test` knows what was started under it; everything else inherits it by itself.
const RUN_MARK: &str = "BOARDCACHE_TEST_RUN";
/// How long the origin may take until it is ready; seeding the demo data in a debug build is most of it.
const START_LIMIT: Duration = Duration::from_mins(2);
/// How long the origin may take to finish what it is answering.
const END_GRACE: Duration = Duration::from_secs(15);

/// The environment that configures the origin. `None` leaves a variable out.
#[derive(Debug, Clone, Default)]
pub struct OriginEnv {
    /// `SUPABASE_URL`: with it contacts come from Supabase, without it from the embedded database.
    pub supabase_url: Option<String>,
    /// `SUPABASE_ANON_KEY`.
    pub supabase_anon_key: Option<String>,
    /// `SUPABASE_JWT_SECRET`: what users' tokens are signed with.
    pub supabase_jwt_secret: Option<String>,
    /// `REDIS_URL`: without it the origin caches in memory alone.
    pub redis_url: Option<String>,
    /// `REDIS_PUBLIC_URL`: asked when the first does not answer.
    pub redis_public_url: Option<String>,
    /// `INTERNAL_AUTH_KEY`: what the edge and the product's backend show.
    pub internal_auth_key: Option<String>,
    /// `EDGE_URL`: where invalidations are forwarded to.
    pub edge_url: Option<String>,
    /// `ALLOWED_ORIGINS`, separated by commas.
    pub allowed_origins: Option<String>,
    /// `STALENESS_BOUND_MS`.
    pub staleness_bound_ms: Option<u64>,
    /// `SQLITE_PATH`: the file of the embedded database.
    pub sqlite_path: Option<PathBuf>,
    /// `DEMO_DATA`: fill an empty embedded database with the demo data.
    pub demo_data: bool,
    /// `MEMORY_CACHE_BYTES`.
    pub memory_cache_bytes: Option<u64>,
    /// `RUST_LOG`.
    pub rust_log: Option<String>,
    /// Any other variable.
    pub others: Vec<(String, String)>,
}

impl OriginEnv {
    /// The variables that are set, with their names.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let named = [
            ("SUPABASE_URL", self.supabase_url.clone()),
            ("SUPABASE_ANON_KEY", self.supabase_anon_key.clone()),
            ("SUPABASE_JWT_SECRET", self.supabase_jwt_secret.clone()),
            ("REDIS_URL", self.redis_url.clone()),
            ("REDIS_PUBLIC_URL", self.redis_public_url.clone()),
            ("INTERNAL_AUTH_KEY", self.internal_auth_key.clone()),
            ("EDGE_URL", self.edge_url.clone()),
            ("ALLOWED_ORIGINS", self.allowed_origins.clone()),
            ("STALENESS_BOUND_MS", self.staleness_bound_ms.map(|bound| bound.to_string())),
            ("SQLITE_PATH", self.sqlite_path.as_ref().map(path)),
            ("DEMO_DATA", self.demo_data.then(|| "true".to_owned())),
            ("MEMORY_CACHE_BYTES", self.memory_cache_bytes.map(|bytes| bytes.to_string())),
            ("RUST_LOG", self.rust_log.clone()),
        ];
        let set = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        set.chain(self.others.iter().cloned()).collect()
    }
}

/// What an [`Origin`] is started with, besides its environment.
#[derive(Debug, Clone, Default)]
pub struct OriginOptions {
    /// Its configuration.
    pub env: OriginEnv,
    /// The port it listens on; a free one when absent.
    pub port: Option<u16>,
    /// The program; the one that Cargo built when absent.
    pub program: Option<PathBuf>,
    /// What it prints goes there; to a file of its own when absent.
    pub log_file: Option<PathBuf>,
}

/// A running origin.
#[derive(Debug)]
pub struct Origin {
    child: Child,
    program: PathBuf,
    env: OriginEnv,
    port: u16,
    log_file: PathBuf,
}

impl Origin {
    /// Starts the origin with this environment on a free port and waits until it is ready.
    pub async fn start(dirs: &StackDirs, env: OriginEnv) -> Result<Self> {
        Self::start_with(dirs, OriginOptions { env, ..OriginOptions::default() }).await
    }

    /// Starts the origin and waits until it is ready.
    pub async fn start_with(dirs: &StackDirs, options: OriginOptions) -> Result<Self> {
        let program = match options.program {
            Some(program) => program,
            None => program().await?,
        };
        let port = options.port.map_or_else(ports::free_port, Ok)?;
        let log_file = options.log_file.unwrap_or_else(|| dirs.log(&format!("origin-{port}")));
        // Of another run, perhaps against another Redis.
        for of_sqlite in ["", "-wal", "-shm"] {
            let mut file = outbox_file(&log_file).into_os_string();
            file.push(of_sqlite);
            let _ = fs::remove_file(file);
        }
        let child = run(&program, &options.env, port, &log_file).await?;
        Ok(Self { child, program, env: options.env, port, log_file })
    }

    /// Where it answers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The number of the process; `None` once it has ended.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log_file).unwrap_or_default()
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> Result<std::process::ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Sends SIGTERM and waits until it has ended.
    pub async fn stop(&mut self) -> Result<()> {
        Ok(self.child.stop(END_GRACE).await?)
    }

    /// Sends SIGKILL: it ends in the midst of whatever it is doing.
    pub async fn crash(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// From its next start on it is told these as well, in place of what [`OriginEnv::others`] said before.
    pub fn tell_others(&mut self, others: Vec<(String, String)>) {
        self.env.others = others;
    }

    /// Ends it if it still runs and starts it anew at the same address.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.child = run(&self.program, &self.env, self.port, &self.log_file).await?;
        Ok(())
    }
}

/// The program that Cargo built beside the running test; built now if it is not there.
async fn program() -> Result<PathBuf> {
    let program = env::current_exe()
        .ok()
        .and_then(|test| Some(test.parent()?.parent()?.join("origin")))
        .filter(|program| program.is_file())
        .unwrap_or_else(|| repo::target_dir().join("debug/origin"));
    if !program.is_file() {
        let mut cargo = guard::command("cargo");
        cargo.current_dir(repo::root()).args(["build", "--package", "origin", "--bin", "origin"]);
        ensure!(guard::spawn(cargo)?.wait().await?.success(), "the origin does not compile");
    }
    Ok(program)
}

/// Where an origin keeps its outbox unless its environment says otherwise.
fn outbox_file(log_file: &Path) -> PathBuf {
    log_file.with_extension("outbox.sqlite")
}

/// Starts the program and waits until it is ready.
async fn run(program: &Path, env: &OriginEnv, port: u16, log_file: &Path) -> Result<Child> {
    if let Some(dir) = log_file.parent() {
        fs::create_dir_all(dir)?;
    }
    let log = File::create(log_file)?;
    let mut command = guard::command(program);
    command
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env(RUN_MARK, env::var_os(RUN_MARK).unwrap_or_default())
        .env("BIND_ADDR", format!("127.0.0.1:{port}"))
        .env("OUTBOX_PATH", outbox_file(log_file))
        .envs(env.variables())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut child = guard::spawn(command).context("the origin could not be started")?;
    let deadline = Instant::now() + START_LIMIT;
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
    loop {
        let answer = client.get(format!("http://127.0.0.1:{port}/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(child);
        }
        let written = || fs::read_to_string(log_file).unwrap_or_default();
        let ended = child.ended()?;
        ensure!(ended.is_none(), "the origin did not start:\n{}", written());
        ensure!(Instant::now() < deadline, "the origin was not ready within {START_LIMIT:?}:\n{}", written());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
