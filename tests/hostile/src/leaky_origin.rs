//! An origin in this process, whose defences a test can switch off, before the chain's own Redis and Supabase; and a Worker before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use end_to_end::World;
use origin::app::App;
use origin::config::Config;
use stack::edge::{Edge, EdgeOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The origin. It ends with this.
pub struct LeakyOrigin {
    /// Where it answers, without a slash at the end.
    pub url: String,
    server: JoinHandle<()>,
}

impl LeakyOrigin {
    /// Starts it with its defences on.
    pub async fn start(world: &World) -> Result<Self> {
        let outbox = format!("outbox-{}-{}.sqlite", std::process::id(), world.redis.port());
        let outbox = world.dirs.cache.join("run").join(outbox);
        let variables = BTreeMap::from([
            ("SUPABASE_URL", world.supabase.url().to_owned()),
            ("SUPABASE_ANON_KEY", world.supabase.anon_key().to_owned()),
            ("SUPABASE_JWT_SECRET", world.secrets.jwt_secret.clone()),
            ("INTERNAL_AUTH_KEY", world.secrets.internal_auth_key.clone()),
            ("REDIS_URL", world.redis.url()),
            ("OUTBOX_PATH", outbox.to_string_lossy().into_owned()),
        ]);
        let config = Config::from_lookup(|name| variables.get(name).cloned())?;
        let app = App::start(&config).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = origin::http::router(app, config.allowed_origins);
        let server = tokio::spawn(async move {
            let patience = Duration::from_mins(1);
            origin::server::serve_until(listener, router, patience, std::future::pending()).await;
        });
        Ok(Self { url, server })
    }
}

impl Drop for LeakyOrigin {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The Worker as it is built, before that origin.
pub async fn edge_before(world: &World, origin: &LeakyOrigin) -> Result<Edge> {
    start(world, &origin.url, None).await
}

/// The Worker as it is built, before the origin there, with Workers KV and Durable Objects in a folder of one's own.
pub async fn edge_with_files(world: &World, origin_url: &str, files: &Path) -> Result<Edge> {
    start(world, origin_url, Some(files.to_path_buf())).await
}

async fn start(world: &World, origin_url: &str, persist_dir: Option<PathBuf>) -> Result<Edge> {
    let vars = BTreeMap::from([
        ("BACKEND_URL".to_owned(), origin_url.to_owned()),
        ("INTERNAL_AUTH_KEY".to_owned(), world.secrets.internal_auth_key.clone()),
        ("SUPABASE_JWT_SECRET".to_owned(), world.secrets.jwt_secret.clone()),
        // All that is read is to lie in KV, to be mixed up there.
        ("KV_WRITES".to_owned(), "every-load".to_owned()),
    ]);
    Edge::start(&world.dirs, EdgeOptions { vars, persist_dir, ..EdgeOptions::default() }).await
}
