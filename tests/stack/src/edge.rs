//! The built Worker in workerd, the runtime that Cloudflare runs, with Workers KV and Durable Objects on local files.
//!
//! Any number may run at once, each a location of its own. It relies on `edge-worker/build`, which `cargo xtask
//! build-edge` makes, and on the npm packages. workerd ends with the [`Edge`], however the program that holds it ends.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    StackDirs,
    guard::{self, Child},
    ports, repo,
    scratch::ScratchDir,
    worker_config,
};

/// How long workerd may take until it answers.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long workerd may take to end by itself.
const END_GRACE: Duration = Duration::from_secs(5);

/// What an [`Edge`] is started with.
#[derive(Debug, Clone, Default)]
pub struct EdgeOptions {
    /// The Worker's vars and secrets; those that are absent are as in `wrangler.toml`.
    pub vars: BTreeMap<String, String>,
    /// How many requests a binding of Workers rate limiting admits in ten seconds, by its name. Those that are absent are not bound: nobody
    /// is limited.
    pub rate_limits: BTreeMap<String, u32>,
    /// Which built Worker; the one that is deployed when absent.
    pub build_dir: Option<PathBuf>,
    /// Where KV and Durable Objects are kept; a temporary folder when absent.
    pub persist_dir: Option<PathBuf>,
    /// Flags of workerd's V8.
    pub v8_flags: &'static [&'static str],
}

/// A running Worker.
#[derive(Debug)]
pub struct Edge {
    child: Child,
    launch: Launch,
    log_file: PathBuf,
    /// Removed on drop.
    _scratch: Option<ScratchDir>,
}

/// The argument of `js/edge.mjs`.
#[derive(Debug, Serialize)]
struct Launch {
    port: u16,
    build_dir: PathBuf,
    compatibility_date: String,
    kv_namespaces: Vec<String>,
    /// Pairs of binding and class.
    durable_objects: Vec<(String, String)>,
    vars: BTreeMap<String, String>,
    rate_limits: BTreeMap<String, u32>,
    persist_dir: PathBuf,
    v8_flags: &'static [&'static str],
}

/// What `js/edge.mjs` prints once it answers.
#[derive(Deserialize)]
struct Ready {
    #[allow(dead_code, reason = "its presence is the message")]
    url: String,
}

impl Edge {
    /// Starts the Worker on a free port and waits until it answers.
    pub async fn start(dirs: &StackDirs, options: EdgeOptions) -> Result<Self> {
        let config = worker_config::read()?;
        let build_dir = options.build_dir.unwrap_or_else(|| repo::root().join("edge-worker/build"));
        ensure!(
            build_dir.join("index.js").is_file(),
            "the Worker is not built: run `cargo xtask build-edge` first"
        );
        let scratch = match &options.persist_dir {
            Some(_) => None,
            None => Some(ScratchDir::new(&dirs.cache.join("run"), "edge")?),
        };
        let persist_dir =
            scratch.as_ref().map(|scratch| scratch.path().to_path_buf()).or(options.persist_dir);
        let mut vars = config.vars;
        vars.extend(options.vars);
        let launch = Launch {
            port: ports::free_port()?,
            build_dir,
            compatibility_date: config.compatibility_date,
            kv_namespaces: config.kv_namespaces.into_iter().map(|namespace| namespace.binding).collect(),
            durable_objects: config
                .durable_objects
                .bindings
                .into_iter()
                .map(|object| (object.name, object.class_name))
                .collect(),
            vars,
            rate_limits: options.rate_limits,
            persist_dir: persist_dir.unwrap_or_default(),
            v8_flags: options.v8_flags,
        };
        let log_file = dirs.log(&format!("edge-{}", launch.port));
        let child = run(&launch, &log_file).await?;
        Ok(Self { child, launch, log_file, _scratch: scratch })
    }

    /// Where it answers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.launch.port)
    }

    /// The process that has workerd as its child; `None` once it has ended.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log_file).unwrap_or_default()
    }

    /// One of the Worker's figures, from its `/metrics`: the sum of its series. Isolates tell theirs once a second.
    pub async fn figure(&self, name: &str) -> Result<f64> {
        let answer = reqwest::get(format!("{}/metrics?format=prometheus", self.url())).await?;
        let text = answer.error_for_status()?.text().await?;
        let series = text.lines().filter_map(|line| line.rsplit_once(' '));
        let values: Vec<f64> = series
            .filter(|(series, _)| series.split('{').next() == Some(name))
            .map(|(_, value)| value.parse())
            .collect::<Result<_, _>>()?;
        ensure!(!values.is_empty(), "the Worker tells no {name}");
        Ok(values.iter().sum())
    }

    /// Ends workerd as a deployment does. What KV and the Durable Objects hold stays.
    pub async fn stop(&mut self) -> Result<()> {
        Ok(self.child.stop(END_GRACE).await?)
    }

    /// Kills workerd as a crash does.
    pub async fn crash(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Ends workerd if it still runs and starts it anew at the same address, on what KV and Durable Objects hold.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.child = run(&self.launch, &self.log_file).await?;
        Ok(())
    }
}

/// Starts the script and waits until it says that it answers.
async fn run(launch: &Launch, log_file: &Path) -> Result<Child> {
    if let Some(dir) = log_file.parent() {
        fs::create_dir_all(dir)?;
    }
    let log = File::create(log_file)?;
    let mut command = guard::command(repo::npm_bin("node"));
    command
        .arg(repo::root().join("tests/stack/js/edge.mjs"))
        .arg(serde_json::to_string(launch)?)
        .env("PATH", repo::path_with_npm_bin())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut child = guard::spawn(command).context("node could not be started")?;
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let written = fs::read_to_string(log_file).unwrap_or_default();
        if written.lines().any(|line| serde_json::from_str::<Ready>(line).is_ok()) {
            return Ok(child);
        }
        let ended = child.ended()?;
        ensure!(ended.is_none(), "workerd did not start:\n{written}");
        ensure!(Instant::now() < deadline, "workerd did not answer within {START_LIMIT:?}:\n{written}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
