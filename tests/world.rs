//! The whole chain on loopback: workerd, one or more origins, Redis, PostgreSQL and PostgREST, all real.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use stack::edge::{Edge, EdgeOptions};
use stack::origin::{Origin, OriginEnv, OriginOptions};
use stack::{
    Balancer, KeySetServer, Redis, RedisPersistence, Secrets, SigningKey, StackDirs, Supabase, ports, tokens,
};

use crate::{Answer, console_env};

/// The big demo workspace.
pub const WORKSPACE: &str = "15213";
/// Its board, of 191,663 contacts.
pub const BOARD: &str = "board_123";

/// How a world is built.
#[derive(Debug, Clone)]
pub struct Shape {
    /// How many origins; the edge's requests are spread over them.
    pub origins: usize,
    /// What Redis keeps over a restart.
    pub redis: RedisPersistence,
    /// `STALENESS_BOUND_MS` of every tier.
    pub staleness_bound_ms: u64,
    /// Whether the first origin delivers the database's change feed.
    pub change_feed: bool,
    /// Whether the project signs with keys of its own as well, which it publishes.
    pub public_keys: bool,
    /// `SUPABASE_JWT_ISSUER` of every tier; [`tokens::ISSUER`] issues the tokens. Unset: the signature is proof enough.
    pub issuer: Option<&'static str>,
    /// `RUST_LOG` of the origins, if not the default.
    pub rust_log: Option<&'static str>,
    /// The Worker's limits, by the names of their bindings: requests in ten seconds. Without one nobody is limited.
    pub rate_limits: &'static [(&'static str, u32)],
    /// More of the origins' variables.
    pub origin_vars: &'static [(&'static str, &'static str)],
    /// More of the Worker's vars.
    pub edge_vars: &'static [(&'static str, &'static str)],
    /// Flags of the V8 that the Worker runs in.
    pub v8_flags: &'static [&'static str],
    /// Whether the first origin serves the console, with the demo users.
    pub console: bool,
}

/// The keys of a project, and where it publishes them.
pub struct ProjectKeys {
    /// Signs ES256.
    pub es256: SigningKey,
    /// Signs RS256.
    pub rs256: SigningKey,
    /// Publishes both.
    pub server: KeySetServer,
}

impl ProjectKeys {
    async fn generate() -> Result<Self> {
        let (es256, rs256) = (SigningKey::es256("key-es256")?, SigningKey::rs256("key-rs256")?);
        let server = KeySetServer::start(&[&es256, &rs256]).await?;
        Ok(Self { es256, rs256, server })
    }
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            origins: 1,
            redis: RedisPersistence::None,
            staleness_bound_ms: 1000,
            change_feed: false,
            public_keys: false,
            issuer: None,
            rust_log: None,
            rate_limits: &[],
            origin_vars: &[],
            edge_vars: &[],
            v8_flags: &[],
            console: false,
        }
    }
}

/// The whole chain. Dropping it ends all of it.
pub struct World {
    /// The edge, in workerd.
    pub edge: Edge,
    /// The origins.
    pub origins: Vec<Origin>,
    /// Redis.
    pub redis: Redis,
    /// PostgreSQL, PostgREST and the gateway.
    pub supabase: Supabase,
    /// What they all agree on.
    pub secrets: Secrets,
    /// The project's keys, if it has any.
    pub keys: Option<ProjectKeys>,
    /// A client that keeps connections.
    pub http: Client,
    /// Where they keep their files.
    pub dirs: StackDirs,
    /// Spreads the edge's requests over the origins.
    pub balancer: Balancer,
}

impl World {
    /// Starts the chain; `run` names the folder of its logs.
    pub async fn start(run: &str, shape: Shape) -> Result<Self> {
        let dirs = StackDirs::of_this_checkout(run);
        let secrets = Secrets::generate()?;
        let keys = if shape.public_keys { Some(ProjectKeys::generate().await?) } else { None };
        let published: Vec<&SigningKey> = keys.iter().flat_map(|keys| [&keys.es256, &keys.rs256]).collect();
        let supabase = Supabase::start_with_keys(dirs.clone(), &secrets, &published).await?;
        let keys_url =
            keys.as_ref().map(|keys| ("SUPABASE_JWKS_URL".to_owned(), keys.server.url().to_owned()));
        let issuer = shape.issuer.map(|issuer| ("SUPABASE_JWT_ISSUER".to_owned(), issuer.to_owned()));
        let of_tokens: Vec<(String, String)> = keys_url.into_iter().chain(issuer).collect();
        let redis = Redis::start_with(&dirs, shape.redis).await?;
        let origin_ports = (0..shape.origins).map(|_| ports::free_port()).collect::<Result<Vec<_>>>()?;
        let balancer = Balancer::start(origin_ports.clone()).await?;
        let mut edge_origins = "https://app.example.com,https://*.preview.example.com".to_owned();
        if shape.console {
            // The console reads from the edge, which is another port than the origin that serves it.
            write!(edge_origins, ",http://127.0.0.1:{}", origin_ports[0])?;
        }
        let mut vars = BTreeMap::from([
            ("BACKEND_URL".to_owned(), balancer.url()),
            ("INTERNAL_AUTH_KEY".to_owned(), secrets.internal_auth_key.clone()),
            ("SUPABASE_JWT_SECRET".to_owned(), secrets.jwt_secret.clone()),
            ("ALLOWED_ORIGINS".to_owned(), edge_origins),
            ("STALENESS_BOUND_MS".to_owned(), shape.staleness_bound_ms.to_string()),
        ]);
        vars.extend(of_tokens.clone());
        vars.extend(shape.edge_vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let rate_limits =
            shape.rate_limits.iter().map(|(binding, limit)| ((*binding).to_owned(), *limit)).collect();
        let v8_flags = shape.v8_flags;
        let edge =
            Edge::start(&dirs, EdgeOptions { vars, rate_limits, v8_flags, ..EdgeOptions::default() }).await?;
        let mut origins = Vec::new();
        for (index, port) in origin_ports.into_iter().enumerate() {
            let outbox = dirs.cache.join("run").join(format!("outbox-{}-{port}.sqlite", std::process::id()));
            let mut others = vec![("OUTBOX_PATH".to_owned(), outbox.to_string_lossy().into_owned())];
            others.extend(of_tokens.clone());
            others.extend(
                shape.origin_vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            );
            others.push(("SYSTEM_ADMIN_CLAIM".to_owned(), tokens::SYSTEM_ADMIN_CLAIM.to_owned()));
            if shape.change_feed && index == 0 {
                others.push(("CHANGE_FEED_DATABASE_URL".to_owned(), supabase.database_url()));
            }
            if shape.console && index == 0 {
                others.extend(console_env::variables(&dirs, &secrets, port, edge.url())?);
            }
            let env = OriginEnv {
                supabase_url: Some(supabase.url().to_owned()),
                supabase_anon_key: Some(supabase.anon_key().to_owned()),
                supabase_jwt_secret: Some(secrets.jwt_secret.clone()),
                redis_url: Some(redis.url()),
                internal_auth_key: Some(secrets.internal_auth_key.clone()),
                edge_url: Some(edge.url()),
                allowed_origins: Some("https://app.example.com".to_owned()),
                staleness_bound_ms: Some(shape.staleness_bound_ms),
                rust_log: shape.rust_log.map(ToOwned::to_owned),
                others,
                ..OriginEnv::default()
            };
            origins.push(
                Origin::start_with(
                    &dirs,
                    OriginOptions { env, port: Some(port), ..OriginOptions::default() },
                )
                .await?,
            );
        }
        let http = Client::builder().timeout(Duration::from_secs(20)).build()?;
        Ok(Self { edge, origins, redis, supabase, secrets, keys, http, dirs, balancer })
    }

    /// A token of a user, good for an hour.
    pub fn token(&self, user: &str) -> Result<String> {
        tokens::mint(user, &self.secrets.jwt_secret, Duration::from_hours(1))
    }

    /// A request for a list, as a user of a workspace.
    pub fn list(
        &self,
        base: &str,
        user: &str,
        workspace: &str,
        board_and_query: &str,
    ) -> Result<RequestBuilder> {
        let (board, query) = board_and_query.split_once('?').unwrap_or((board_and_query, ""));
        let url = format!("{base}/api/boards/{board}/contacts?{query}");
        Ok(self.http.get(url).bearer_auth(self.token(user)?).header("X-Workspace-ID", workspace))
    }

    /// Reads a page of the big board at the edge, as its member.
    pub async fn read(&self, query: &str) -> Result<Answer> {
        self.read_with(query, None).await
    }

    /// The same with the generation token of an earlier answer.
    pub async fn read_with(&self, query: &str, generation: Option<&str>) -> Result<Answer> {
        let page = format!("{BOARD}?{query}");
        let mut request = self.list(&self.edge.url(), "user_member_15213", WORKSPACE, &page)?;
        if let Some(generation) = generation {
            request = request.header("X-Cache-Generation", generation);
        }
        Answer::read(request.send().await?).await
    }

    /// Reports a change of the big board to the edge, as the backend does. Returns the answer.
    pub async fn invalidate(&self, body: &Value) -> Result<Answer> {
        let request = self
            .http
            .request(Method::POST, format!("{}/api/cache/invalidate", self.edge.url()))
            .bearer_auth(&self.secrets.internal_auth_key)
            .header("X-Workspace-ID", WORKSPACE)
            .json(body);
        Answer::read(request.send().await?).await
    }

    /// Reports that a contact of the big board changed, and returns the generation token.
    pub async fn contact_changed(&self) -> Result<String> {
        let answer = self.invalidate(&json!({"boardId": BOARD, "action": "contact_updated"})).await?;
        anyhow::ensure!(answer.status == 200, "not acknowledged: {}", answer.text);
        Ok(answer.json["data"]["generation"].as_str().unwrap_or_default().to_owned())
    }
}
