//! `cargo xtask dev`: the whole of boardcache on this machine.
//!
//! It starts the sources, the origin and the Worker in `wrangler dev`, waits until both answer, prints where they are
//! and what to try, and runs until it is told to end or one of them ends. Everything that it keeps is in `target/dev`
//! and, for `npx wrangler dev` alone, in `.dev.vars`; both are ignored by git, for they hold secrets.

mod banner;
mod console;
mod demo_database;
mod env_file;
mod origin;
mod secrets;
mod sources;
mod worker;

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use stack::{demo, guard::Child, origin::Origin};

use sources::Sources;

use crate::{build_console, build_edge, install, paths, progress, signals};

/// Options of `cargo xtask dev`.
#[derive(Args)]
pub struct Options {
    /// The port of the edge; 0 for any free one.
    #[arg(long, default_value_t = 8787)]
    edge_port: u16,
    /// The port of the origin; 0 for any free one.
    #[arg(long, default_value_t = 8080)]
    origin_port: u16,
    /// Build the origin optimised.
    #[arg(long)]
    release: bool,
    /// Where contacts come from.
    #[arg(long, value_enum, default_value_t = Stack::Embedded)]
    stack: Stack,
}

/// What stands behind the origin.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stack {
    /// SQLite in the origin's process, and its memory as the only cache. Nothing to install.
    Embedded,
    /// PostgreSQL, PostgREST and Redis. `REDIS_URL` and `SUPABASE_URL` in the environment replace the ones started.
    Real,
}

/// How long the Worker may take to end by itself.
const END_GRACE: Duration = Duration::from_secs(5);

/// Runs until a signal arrives; an error if something could not be started or ended by itself.
pub async fn run(options: Options) -> Result<ExitCode> {
    let mut running = tokio::select! {
        running = start(options) => running?,
        // Dropping the other future ends every child that it holds, at whatever point the signal found it.
        signal = signals::first() => {
            println!("\n{signal}: ending what was started.");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let outcome = tokio::select! {
        error = running.first_to_end() => Err(error),
        signal = signals::first() => {
            println!("\n{signal}: ending what was started.");
            Ok(ExitCode::SUCCESS)
        }
    };
    running.stop().await;
    env_file::remove()?;
    outcome
}

/// All that was started. Dropping it ends it.
struct Running {
    // In the order in which they are to be ended.
    worker: Child,
    origin: Origin,
    _sources: Sources,
    _lock: File,
}

async fn start(options: Options) -> Result<Running> {
    let started = Instant::now();
    fs::create_dir_all(paths::in_dev("logs"))?;
    let lock = lock()?;
    if options.edge_port == options.origin_port && options.edge_port != 0 {
        bail!("--edge-port and --origin-port must differ");
    }
    let edge_port = port(options.edge_port, "--edge-port")?;
    let origin_port = port(options.origin_port, "--origin-port")?;
    env_file::remove()?;

    install::rust::wasm_target().await?;
    install::npm::packages().await?;
    sources::install(options.stack).await?;
    build_edge::build(build_edge::Variant::Deployed).await?;
    build_console::build().await?;
    let program = origin::build(options.release).await?;

    let secrets = secrets::load(options.stack)?;
    let sources = sources::start(options.stack, &secrets).await?;
    let urls = Urls {
        edge: format!("http://127.0.0.1:{edge_port}"),
        origin: format!("http://127.0.0.1:{origin_port}"),
    };
    let users = demo::users(&secrets, secrets::TOKEN_TTL)?;
    let mut origin_env = sources.origin_env(&urls, &secrets)?;
    origin_env.others.extend(console::write(&users, &urls)?);
    let allowed_origins = console::allowed_origins(origin_env.allowed_origins.take(), &urls);
    worker::write_vars(&urls, &secrets, &allowed_origins)?;
    origin_env.allowed_origins = Some(allowed_origins);
    let (origin, worker) =
        tokio::try_join!(origin::start(program, origin_port, origin_env), worker::start(edge_port))?;
    env_file::write(&urls, &secrets, &sources, &users)?;
    progress::done("everything answers", started.elapsed());
    banner::print(&urls, &secrets, &users);
    Ok(Running { worker, origin, _sources: sources, _lock: lock })
}

impl Running {
    /// Waits until one of the tiers ends by itself, which is an error.
    async fn first_to_end(&mut self) -> anyhow::Error {
        let (name, log, status) = tokio::select! {
            status = self.origin.ended() => ("the origin", "origin.log", status),
            status = self.worker.wait() => ("wrangler dev", "wrangler.log", status.map_err(Into::into)),
        };
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let said = progress::tail(&paths::in_dev("logs").join(log), 20);
        anyhow!("{name} ended by itself ({status}); the last lines of target/dev/logs/{log}:\n{said}")
    }

    /// Lets the tiers finish what they are doing, the Worker first: it asks the origin.
    async fn stop(&mut self) {
        let _ = self.worker.stop(END_GRACE).await;
        let _ = self.origin.stop().await;
    }
}

/// Where the two tiers answer.
pub struct Urls {
    edge: String,
    origin: String,
}

/// The port that was asked for, if nobody has it, or any free one for 0.
fn port(wanted: u16, option: &str) -> Result<u16> {
    if wanted == 0 {
        return stack::ports::free_port();
    }
    if TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).is_err() {
        bail!("port {wanted} is taken by another program; choose another with {option} (0 for any)");
    }
    Ok(wanted)
}

/// Two runs would overwrite each other's database and secrets.
fn lock() -> Result<File> {
    let lock = File::create(paths::in_dev("lock"))?;
    if lock.try_lock().is_err() {
        bail!("`cargo xtask dev` already runs in this checkout");
    }
    Ok(lock)
}
