//! An origin's router over a source under the test's control, measured as in the real process.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use coherence::View;
use dto::cors::AllowedOrigins;
use identity::{CacheScope, InternalKeys, RequiredClaim, TokenVerifier};
use ids::WorkspaceId;
use origin::app::App;
use origin::cache::invalidation::WithoutSharedTier;
use origin::cache::membership::Memberships;
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::http::Front;
use origin::http::console::Console;
use origin::http::limits::Limits;
use origin::live::Live;
use origin::metrics::{MeasuredLedger, MeasuredSource, MeasuredTier, Metrics};
use origin::outbox::{Ledger, LedgerError, Outbox, OutboxStore, Owed};
use origin::popularity::Popularity;
use origin::shared_tier::SharedTier;
use origin::shared_tier::compression::Compression;
use origin::shared_tier::local::LocalTier;
use origin::shared_tier::redis::RedisTier;
use origin::tokens::Tokens;

use crate::exposition::Exposition;
use crate::support::{TestClock, TestSource};

pub const KEY: &str = "an-internal-key-for-tests";
/// What tokens are signed with.
pub const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
pub const LIST: &str = "/api/boards/b/contacts";

/// An edge that never answers.
struct NoEdge;

#[async_trait::async_trait]
impl Ledger for NoEdge {
    async fn record(&self, _: &WorkspaceId, _: &View) -> Result<View, LedgerError> {
        Err(LedgerError("down".to_owned()))
    }
}

pub struct World {
    pub source: Arc<TestSource>,
    pub clock: Arc<TestClock>,
    pub front: Front,
    pub app: Arc<App>,
}

/// What a world is built of.
struct Parts {
    limits: Limits,
    verifier: TokenVerifier,
    scope: CacheScope,
    console: Console,
    shares: Shares,
    clock: Arc<TestClock>,
    views: Arc<Views>,
    shared: Arc<dyn SharedTier>,
    owed: Option<Owed>,
}

impl Default for Parts {
    fn default() -> Self {
        let clock = Arc::new(TestClock::default());
        Self {
            limits: Limits::default(),
            verifier: TokenVerifier::hs256(SECRET).unwrap(),
            scope: CacheScope::default(),
            console: Console::absent(),
            shares: Shares::default(),
            views: Arc::new(Views::alone()),
            shared: Arc::new(LocalTier::new(clock.clone())),
            owed: None,
            clock,
        }
    }
}

pub fn world() -> World {
    build(Parts::default())
}

pub fn world_with(limits: Limits) -> World {
    build(Parts { limits, ..Parts::default() })
}

/// A world whose tokens are held against `verifier`, and whose members share what is cached as `scope` has it.
pub fn world_of(limits: Limits, verifier: TokenVerifier, scope: CacheScope) -> World {
    build(Parts { limits, verifier, scope, ..Parts::default() })
}

pub fn world_with_console(console: Console) -> World {
    build(Parts { console, ..Parts::default() })
}

/// A world of whose source each workspace gets these shares.
pub fn world_with_shares(shares: Shares) -> World {
    build(Parts { shares, ..Parts::default() })
}

/// A world whose Redis cannot be reached, and that writes down what it owes to it.
pub async fn world_without_redis(owed: Owed) -> World {
    let parts = Parts::default();
    let views = Arc::new(Views::told_by_push());
    let nowhere = ["redis://127.0.0.1:1".to_owned()];
    let (bound, compression) = (Duration::from_secs(1), Compression::default());
    let tier = RedisTier::start(&nowhere, views.clone(), parts.clock.clone(), bound, compression).await;
    build(Parts { views, shared: tier.unwrap(), owed: Some(owed), ..parts })
}

fn build(parts: Parts) -> World {
    let Parts { limits, verifier, scope, console, shares, clock, views, shared, owed } = parts;
    let verifier =
        verifier.with_system_admin(RequiredClaim::parse("app_metadata.role=system_admin").unwrap());
    let source = Arc::new(TestSource::default());
    let metrics = Metrics::new();
    let measured = Arc::new(MeasuredSource::new(source.clone(), metrics.source.clone()));
    let cache = Cache::new(
        MemoryTier::new(1 << 20),
        views,
        Arc::new(MeasuredTier::new(shared, metrics.shared_tier.clone())),
        measured,
        clock.clone(),
        WithoutSharedTier::Accept,
        shares,
    );
    let ledger = MeasuredLedger::new(NoEdge, metrics.deliveries.clone());
    let app = App {
        tokens: Tokens::of_secret(verifier),
        internal_keys: InternalKeys::parse(KEY).unwrap(),
        memberships: Memberships::new(cache.clone()).in_scope(scope),
        cache,
        outbox: Some(Outbox::start(OutboxStore::in_memory().unwrap(), Arc::new(ledger))),
        owed,
        readiness: origin::readiness::Readiness::default(),
        popularity: Popularity::start(None, clock.clone()),
        metrics,
        tracer: Arc::default(),
        live: Live::new(),
        console,
    };
    let app = Arc::new(app);
    let allowed = AllowedOrigins::parse("https://app.example.com,https://*.preview.example.com").unwrap();
    let front = origin::http::router_with(app.clone(), allowed, limits);
    World { source, clock, front, app }
}

impl World {
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.front.clone().answer(request).await
    }

    /// A request with the internal key, about the workspace `w`.
    pub async fn ask(&self, method: &str, path: &str, body: &'static str) -> StatusCode {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("X-Internal-Auth", KEY)
            .header("X-Workspace-ID", "w")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await.status()
    }

    /// A request with the internal key whose body names the workspaces.
    pub async fn ask_about_many(&self, path: &str, body: &'static str) -> StatusCode {
        let request = Request::post(path).header("X-Internal-Auth", KEY).body(Body::from(body)).unwrap();
        self.send(request).await.status()
    }

    pub async fn list(&self) -> StatusCode {
        self.ask("GET", LIST, "").await
    }

    pub async fn scrape(&self) -> Exposition {
        let response = self.send(Request::get("/metrics").body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()["content-type"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Exposition::read(std::str::from_utf8(&body).unwrap())
    }

    pub fn source_is_down(&self, down: bool) {
        self.source.down.store(down, Ordering::SeqCst);
    }

    pub fn advance_secs(&self, secs: u64) {
        self.clock.0.fetch_add(secs * 1000, Ordering::SeqCst);
    }
}
