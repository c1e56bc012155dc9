//! An origin's router over a source under the test's control, measured as in the real process.

use std::sync::Arc;
use std::sync::atomic::Ordering;

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
use origin::outbox::{Ledger, LedgerError, Outbox, OutboxStore};
use origin::popularity::Popularity;
use origin::shared_tier::local::LocalTier;
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

pub fn world() -> World {
    world_with(Limits::default())
}

pub fn world_with(limits: Limits) -> World {
    world_of(limits, TokenVerifier::hs256(SECRET).unwrap(), CacheScope::default())
}

/// A world whose tokens are held against `verifier`, and whose members share what is cached as `scope` has it.
pub fn world_of(limits: Limits, verifier: TokenVerifier, scope: CacheScope) -> World {
    build(limits, verifier, scope, Console::absent(), Shares::default())
}

pub fn world_with_console(console: Console) -> World {
    let verifier = TokenVerifier::hs256(SECRET).unwrap();
    build(Limits::default(), verifier, CacheScope::default(), console, Shares::default())
}

/// A world of whose source each workspace gets these shares.
pub fn world_with_shares(shares: Shares) -> World {
    let verifier = TokenVerifier::hs256(SECRET).unwrap();
    build(Limits::default(), verifier, CacheScope::default(), Console::absent(), shares)
}

fn build(
    limits: Limits,
    verifier: TokenVerifier,
    scope: CacheScope,
    console: Console,
    shares: Shares,
) -> World {
    let verifier =
        verifier.with_system_admin(RequiredClaim::parse("app_metadata.role=system_admin").unwrap());
    let (source, clock) = (Arc::new(TestSource::default()), Arc::new(TestClock::default()));
    let metrics = Metrics::new();
    let measured = Arc::new(MeasuredSource::new(source.clone(), metrics.source.clone()));
    let tier = Arc::new(LocalTier::new(clock.clone()));
    let cache = Cache::new(
        MemoryTier::new(1 << 20),
        Arc::new(Views::alone()),
        Arc::new(MeasuredTier::new(tier, metrics.shared_tier.clone())),
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
        owed: None,
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
