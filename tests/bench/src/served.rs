//! What we measure: the origin as it is released, on real Redis, PostgreSQL and PostgREST.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use stack::origin::{Origin, OriginEnv, OriginOptions};
use stack::{Redis, Secrets, StackDirs, Supabase, repo, tokens};

/// The big demo workspace.
pub const WORKSPACE: &str = "15213";
/// Its board, of 191,663 contacts.
pub const BOARD: &str = "board_123";
/// A member of it.
pub const MEMBER: &str = "user_member_15213";

/// What a program that was built without identity must be told, or it does not start.
pub const MEASURED_WITHOUT_IDENTITY: [&str; 2] = ["MEASURED_WITHOUT_IDENTITY", "yes"];

/// The stack without the edge. Dropping it ends all of it.
pub struct Served {
    /// The origin.
    pub origin: Origin,
    /// What it was told.
    env: OriginEnv,
    /// Redis.
    pub redis: Redis,
    /// PostgreSQL, PostgREST and the gateway.
    pub supabase: Supabase,
    /// What they agree on.
    pub secrets: Secrets,
    /// Where they keep their files.
    pub dirs: StackDirs,
    /// For what is not measured.
    pub http: reqwest::Client,
}

/// What may differ.
#[derive(Default)]
pub struct Shape {
    /// `MEMORY_CACHE_BYTES`.
    pub memory_cache_bytes: Option<u64>,
    /// What the origin takes for Supabase, in place of the stack's own gateway. It is given the URL of PostgREST.
    pub supabase_url: Option<String>,
    /// Other variables of the origin.
    pub others: Vec<(String, String)>,
}

impl Served {
    /// Starts it.
    pub async fn start(run: &str, shape: Shape) -> Result<Self> {
        let dirs = StackDirs::of_this_checkout(run);
        let secrets = Secrets::generate()?;
        let supabase = Supabase::start(dirs.clone(), &secrets).await?;
        Self::on(dirs, secrets, supabase, shape).await
    }

    /// Starts it on a Supabase that runs.
    pub async fn on(dirs: StackDirs, secrets: Secrets, supabase: Supabase, shape: Shape) -> Result<Self> {
        let redis = Redis::start(&dirs).await?;
        let env = OriginEnv {
            supabase_url: Some(shape.supabase_url.unwrap_or_else(|| supabase.url().to_owned())),
            supabase_anon_key: Some(supabase.anon_key().to_owned()),
            supabase_jwt_secret: Some(secrets.jwt_secret.clone()),
            redis_url: Some(redis.url()),
            internal_auth_key: Some(secrets.internal_auth_key.clone()),
            allowed_origins: Some("https://app.example.com".to_owned()),
            memory_cache_bytes: shape.memory_cache_bytes,
            others: shape.others,
            ..OriginEnv::default()
        };
        let program = Some(release_origin()?);
        let options = OriginOptions { env: env.clone(), program, ..OriginOptions::default() };
        let origin = Origin::start_with(&dirs, options).await?;
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
        Ok(Self { origin, env, redis, supabase, secrets, dirs, http })
    }

    /// Another origin on the same Redis and Supabase: the program without identity.
    pub async fn origin_without_identity(&self) -> Result<Origin> {
        let mut env = self.env.clone();
        env.others.push(MEASURED_WITHOUT_IDENTITY.map(str::to_owned).into());
        self.another_origin(env, built(&repo::without_identity_dir())?).await
    }

    /// Another origin on the same Redis and Supabase, told all that the first was told but this.
    pub async fn origin_without(&self, variable: &str) -> Result<Origin> {
        let mut env = self.env.clone();
        env.others.retain(|(name, _)| name != variable);
        self.another_origin(env, release_origin()?).await
    }

    async fn another_origin(&self, env: OriginEnv, program: PathBuf) -> Result<Origin> {
        let options = OriginOptions { env, program: Some(program), ..OriginOptions::default() };
        Origin::start_with(&self.dirs, options).await
    }

    /// Makes the board's pages unservable everywhere: the next read of each is a miss.
    pub async fn invalidate(&self) -> Result<()> {
        let answer = self
            .http
            .post(format!("{}/api/cache/invalidate", self.origin.url()))
            .bearer_auth(&self.secrets.internal_auth_key)
            .header("X-Workspace-ID", WORKSPACE)
            .json(&json!({"boardId": BOARD, "action": "contact_updated"}))
            .send()
            .await?;
        ensure!(answer.status().is_success(), "not invalidated: {}", answer.status());
        Ok(())
    }

    /// The value of `Authorization` for a user, good for a day.
    pub fn bearer(&self, user: &str) -> Result<String> {
        let token = tokens::mint(user, &self.secrets.jwt_secret, Duration::from_hours(24))?;
        Ok(format!("Bearer {token}"))
    }

    /// One of the origin's figures, from its `/metrics`: the sum of the series that have all of these labels.
    pub async fn figure(&self, name: &str, labels: &[&str]) -> Result<f64> {
        let text = self.http.get(format!("{}/metrics", self.origin.url())).send().await?.text().await?;
        let wanted = text
            .lines()
            .filter(|line| line.starts_with(name) && labels.iter().all(|label| line.contains(label)));
        let values = wanted.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(values.sum())
    }

    /// Reads a page as a member, whoever has it.
    pub async fn read(&self, url: &str, bearer: &str) -> Result<()> {
        let mut request = self.http.get(url);
        for (name, value) in headers(bearer) {
            request = request.header(name, value);
        }
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await?;
        Ok(())
    }

    /// Asks for each of these once, over a few connections, so that all of them are cached.
    pub async fn fill(&self, queries: &[String]) -> Result<()> {
        let bearer = self.bearer(MEMBER)?;
        for chunk in queries.chunks(4) {
            let urls = chunk.iter().map(|query| format!("{}{}", self.origin.url(), path(query)));
            let asked = urls.map(async |url| self.read(&url, &bearer).await);
            futures_util::future::try_join_all(asked).await?;
        }
        Ok(())
    }
}

/// The path of a page of the board.
pub fn path(query: &str) -> String {
    format!("/api/boards/{BOARD}/contacts?{query}")
}

/// What a reader sends besides.
pub fn headers(bearer: &str) -> [(&str, &str); 3] {
    [("Authorization", bearer), ("X-Workspace-ID", WORKSPACE), ("Accept", "application/json")]
}

/// The origin as it is released.
fn release_origin() -> Result<PathBuf> {
    built(&repo::target_dir())
}

fn built(target_dir: &Path) -> Result<PathBuf> {
    let program = target_dir.join("release/origin");
    program.is_file().then_some(program).context("the origin is not built: `cargo xtask bench` does that")
}
