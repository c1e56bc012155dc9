//! What stands behind the origin: the embedded database, or servers that are started here or given by the user.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use stack::requirements::{POSTGRESQL, REDIS};
use stack::tokens::SYSTEM_ADMIN_CLAIM;
use stack::{Redis, Secrets, StackDirs, Supabase, origin::OriginEnv, worker_config};

use super::{Stack, Urls, demo_database};
use crate::{install, paths, progress};

/// Running sources. Dropping them ends what was started here.
#[derive(Default)]
pub struct Sources {
    /// The file of the embedded database, which the origin opens itself.
    sqlite_path: Option<PathBuf>,
    /// Address and project key of Supabase, ours or the user's.
    supabase: Option<(String, String)>,
    /// Where Redis is, ours or the user's.
    pub redis_url: Option<String>,
    /// Where PostgreSQL is, if it is ours.
    pub database_url: Option<String>,
    /// Held so that they run.
    _started: (Option<Supabase>, Option<Redis>),
}

/// Installs the servers that will be started.
pub async fn install(stack: Stack) -> Result<()> {
    match stack {
        Stack::Embedded => Ok(()),
        Stack::Real => {
            let ours = [("SUPABASE_URL", POSTGRESQL), ("REDIS_URL", REDIS)];
            let wanted: Vec<_> =
                ours.into_iter().filter(|(url, _)| given(url).is_none()).map(|(_, server)| server).collect();
            install::apt::packages(&wanted).await
        }
    }
}

/// Starts the sources with the demo data in them.
pub async fn start(stack: Stack, secrets: &Secrets) -> Result<Sources> {
    match stack {
        Stack::Embedded => Ok(Sources { sqlite_path: Some(demo_database::prepare()?), ..Sources::default() }),
        Stack::Real => {
            let name = "starting PostgreSQL, PostgREST and Redis, with the demo data";
            progress::around(name, start_servers(secrets)).await
        }
    }
}

async fn start_servers(secrets: &Secrets) -> Result<Sources> {
    let redis = match given("REDIS_URL") {
        Some(_) => None,
        None => Some(Redis::start(&dirs()).await?),
    };
    let supabase = match given("SUPABASE_URL") {
        Some(_) => None,
        None => Some(Supabase::start(dirs(), secrets).await?),
    };
    let address = match &supabase {
        Some(started) => (started.url().to_owned(), started.anon_key().to_owned()),
        None => (needed("SUPABASE_URL")?, needed("SUPABASE_ANON_KEY")?),
    };
    Ok(Sources {
        sqlite_path: None,
        supabase: Some(address),
        redis_url: redis.as_ref().map(Redis::url).or_else(|| given("REDIS_URL")),
        database_url: supabase.as_ref().map(Supabase::database_url),
        _started: (supabase, redis),
    })
}

impl Sources {
    /// The origin's environment with these sources. What it shares with the Worker stands in `wrangler.toml`.
    pub fn origin_env(&self, urls: &Urls, secrets: &Secrets) -> Result<OriginEnv> {
        let mut shared = worker_config::read()?.vars;
        let (supabase_url, supabase_anon_key) = self.supabase.clone().unzip();
        Ok(OriginEnv {
            supabase_url,
            supabase_anon_key,
            supabase_jwt_secret: Some(secrets.jwt_secret.clone()),
            redis_url: self.redis_url.clone(),
            redis_public_url: self.redis_url.as_ref().and_then(|_| given("REDIS_PUBLIC_URL")),
            internal_auth_key: Some(secrets.internal_auth_key.clone()),
            edge_url: Some(urls.edge.clone()),
            allowed_origins: shared.remove("ALLOWED_ORIGINS"),
            staleness_bound_ms: shared.remove("STALENESS_BOUND_MS").and_then(|bound| bound.parse().ok()),
            sqlite_path: self.sqlite_path.clone(),
            demo_data: self.sqlite_path.is_some(),
            rust_log: given("RUST_LOG"),
            others: self.other_variables(),
            ..OriginEnv::default()
        })
    }

    /// With a database of ours the origin delivers its changes, so that whatever is written is seen at once.
    fn other_variables(&self) -> Vec<(String, String)> {
        let outbox = ("OUTBOX_PATH".to_owned(), paths::in_dev("outbox.sqlite").display().to_string());
        let feed = self.database_url.clone().map(|url| ("CHANGE_FEED_DATABASE_URL".to_owned(), url));
        let admins = ("SYSTEM_ADMIN_CLAIM".to_owned(), SYSTEM_ADMIN_CLAIM.to_owned());
        [outbox, admins].into_iter().chain(feed).collect()
    }
}

/// The folders of the stack, with the logs among those of `cargo xtask dev`.
pub fn dirs() -> StackDirs {
    StackDirs { logs: paths::in_dev("logs"), ..StackDirs::of_this_checkout("dev") }
}

/// A variable of the environment that is set and not empty.
fn given(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn needed(name: &str) -> Result<String> {
    given(name).with_context(|| format!("{name} must be set when SUPABASE_URL is"))
}
