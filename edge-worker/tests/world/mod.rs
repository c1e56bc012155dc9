//! A world in memory for the Worker's logic: virtual time, Workers KV, ledgers, an origin with its source, and any
//! number of isolates. Everything can be made slow or taken down.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

mod origin;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coherence::View;
use dto::trace::TRACEPARENT;
use edge_worker::Edge;
use edge_worker::config::Config;
use edge_worker::http::request::{BodyError, Inbound};
use edge_worker::http::response::Response;
use edge_worker::ledger_book;
use edge_worker::metrics::Figures;
use edge_worker::platform::{
    Allowance, Background, Bell, Clock, Kv, Ledger, LocationFigures, Log, Origin, OriginRequest,
    OriginResponse, Platform, TokenKeys, Unreachable, within,
};
use edge_worker::trace::{CF_RAY, RequestTrace};
use futures_util::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit as _, Mac as _};
use identity::{InternalKeys, KeyMaterial, RequestHead, SignatureCheck};
use ids::WorkspaceId;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, LocalSet, spawn_local};
use tokio::time::Instant;

pub use origin::FakeOrigin;

/// When every test begins.
pub const START_MS: u64 = 1_785_000_000_000;
pub const INTERNAL_KEY: &str = "internal-key-0123456789";
pub const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
/// The page that most tests read: of workspace `w`, board `b`.
pub const PAGE: &str = "/api/boards/b/contacts";

/// Something below the edge.
#[derive(Default)]
pub struct Part {
    pub down: Cell<bool>,
    pub delay_ms: Cell<u64>,
    /// How many times it was asked.
    pub asked: Cell<u32>,
}

impl Part {
    async fn answer(&self) -> Result<(), Unreachable> {
        self.asked.set(self.asked.get() + 1);
        if self.delay_ms.get() > 0 {
            tokio::time::sleep(Duration::from_millis(self.delay_ms.get())).await;
        }
        if self.down.get() { Err(Unreachable) } else { Ok(()) }
    }
}

pub struct World {
    began: Instant,
    pub kv: Part,
    pub values: RefCell<HashMap<String, Vec<u8>>>,
    pub expirations: RefCell<HashMap<String, u64>>,
    pub ledger: Part,
    pub ledgers: RefCell<HashMap<WorkspaceId, View>>,
    pub origin: Part,
    pub source: RefCell<FakeOrigin>,
    pub origin_requests: RefCell<Vec<OriginRequest>>,
    /// Where the project publishes its keys.
    pub keys: Part,
    pub key_set: RefCell<Value>,
    pub checked_signatures: Cell<u32>,
    figures: RefCell<HashMap<String, Figures>>,
    pub warnings: RefCell<Vec<String>>,
    /// Requests that are still admitted, by user or workspace; whoever is not here has no limit.
    pub allowances: RefCell<HashMap<(Allowance, String), u32>>,
}

/// Runs a test in virtual time: it passes when everybody waits.
pub fn run(test: impl AsyncFnOnce(Rc<World>)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let world = Rc::new(World {
            began: Instant::now(),
            kv: Part::default(),
            values: RefCell::default(),
            expirations: RefCell::default(),
            ledger: Part::default(),
            ledgers: RefCell::default(),
            origin: Part::default(),
            source: RefCell::new(FakeOrigin::new()),
            origin_requests: RefCell::default(),
            keys: Part::default(),
            key_set: RefCell::default(),
            checked_signatures: Cell::default(),
            figures: RefCell::default(),
            warnings: RefCell::default(),
            allowances: RefCell::default(),
        });
        test(world).await;
    });
}

impl World {
    pub fn now_ms(&self) -> u64 {
        START_MS + self.began.elapsed().as_millis() as u64
    }

    /// An isolate that knows nothing, with a staleness bound of a second.
    pub fn isolate(self: &Rc<Self>) -> Isolate {
        self.isolate_with(&[])
    }

    /// The same with these settings.
    pub fn isolate_with(self: &Rc<Self>, settings: &[(&str, &str)]) -> Isolate {
        let config = Config::read(|name| {
            if let Some((_, value)) = settings.iter().find(|(known, _)| *known == name) {
                return Some((*value).to_owned());
            }
            let value = match name {
                "BACKEND_URL" => "http://origin.test",
                "INTERNAL_AUTH_KEY" => INTERNAL_KEY,
                "SUPABASE_JWT_SECRET" => SECRET,
                "ALLOWED_ORIGINS" => "https://app.example.com",
                // So that one read puts a page where a test wants it.
                "KV_WRITES" => "every-load",
                _ => return None,
            };
            Some(value.to_owned())
        });
        Isolate { world: Rc::clone(self), edge: Edge::new(config.unwrap()) }
    }

    /// How many pages the origin was asked for.
    pub fn page_loads(&self) -> usize {
        self.asked_for("/contacts?")
    }

    /// How many memberships the origin was asked for.
    pub fn membership_questions(&self) -> usize {
        self.asked_for("/membership")
    }

    fn asked_for(&self, part: &str) -> usize {
        self.origin_requests.borrow().iter().filter(|request| request.target.contains(part)).count()
    }

    pub async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// One isolate of a location.
#[derive(Clone)]
pub struct Isolate {
    pub world: Rc<World>,
    pub edge: Rc<Edge>,
}

impl Isolate {
    pub async fn handle(&self, request: Request) -> Response {
        let platform = Rc::new(FakePlatform::new(&self.world));
        self.edge.handle(&platform, &request).await
    }

    /// Like [`Isolate::handle`], and gives the background work to the caller, to cut it off.
    pub async fn handle_on(&self, platform: &Rc<FakePlatform>, request: Request) -> Response {
        self.edge.handle(platform, &request).await
    }

    /// A member's read of [`PAGE`].
    pub async fn read(&self) -> Page {
        Page(self.handle(Request::get(PAGE)).await)
    }

    /// A member's read of [`PAGE`] that asks for nothing older than `generation`.
    pub async fn read_after(&self, generation: &str) -> Page {
        Page(self.handle(Request::get(PAGE).with("X-Cache-Generation", generation)).await)
    }

    /// The backend says that a contact of board `b` has changed. Returns the generation, once acknowledged.
    pub async fn invalidate(&self) -> Result<String, Response> {
        let body = r#"{"boardId":"b","contactId":"c","action":"contact_updated"}"#;
        let response = self.handle(Request::invalidate(body)).await;
        if response.status != 200 {
            return Err(response);
        }
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        Ok(answer["data"]["generation"].as_str().unwrap().to_owned())
    }

    /// A row changes and the backend says so. Returns the generation.
    pub async fn change(&self, version: u32) -> String {
        self.world.source.borrow_mut().version = version;
        self.invalidate().await.unwrap()
    }
}

/// An answered list request.
#[derive(Debug)]
pub struct Page(pub Response);

impl Page {
    fn data(&self) -> Value {
        assert_eq!(self.0.status, 200, "{}", String::from_utf8_lossy(&self.0.body));
        serde_json::from_slice::<Value>(&self.0.body).unwrap()["data"].take()
    }

    /// Which version of the source the page shows.
    pub fn version(&self) -> u64 {
        self.data()["contacts"][0]["version"].as_u64().unwrap()
    }

    /// `status source` of `_cache`.
    pub fn cache(&self) -> String {
        let cache = self.data()["_cache"].take();
        format!("{} {}", cache["status"].as_str().unwrap(), cache["source"].as_str().unwrap())
    }

    pub fn took_ms(&self) -> u64 {
        self.data()["_cache"]["response_time_ms"].as_u64().unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.0.header(name).unwrap_or_default()
    }
}

/// A request.
#[derive(Clone)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Result<Vec<u8>, BodyError>,
    /// Whether reading the body fails the test.
    sealed: bool,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        let url = format!("https://edge.test{path}");
        Self { method: method.to_owned(), url, headers: Vec::new(), body: Ok(Vec::new()), sealed: false }
    }

    /// A member's `GET`.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path).with("Authorization", &bearer("user_1")).with("X-Workspace-ID", "w")
    }

    /// The backend's invalidation.
    pub fn invalidate(body: &str) -> Self {
        Self::new("POST", "/api/cache/invalidate")
            .with("X-Internal-Auth", INTERNAL_KEY)
            .with("X-Workspace-ID", "w")
            .with_body(body)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub fn with_body(mut self, body: &str) -> Self {
        self.body = Ok(body.as_bytes().to_vec());
        self
    }

    /// Signed as the origin signs, at `now_ms`.
    pub fn signed(self, now_ms: u64) -> Self {
        let target = self.url.trim_start_matches("https://edge.test").to_owned();
        let header = |name: &'static str| Inbound::header(&self, name);
        let head = RequestHead { method: &self.method, target: &target, header: &header };
        let keys = InternalKeys::parse(INTERNAL_KEY).unwrap();
        let signature = keys.sign(&head, self.body.as_deref().unwrap(), now_ms);
        self.with("X-Internal-Signature", &signature)
    }

    /// With a body that must not be read.
    pub fn sealed(mut self) -> Self {
        self.sealed = true;
        self
    }
}

impl Inbound for Request {
    fn method(&self) -> String {
        self.method.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        assert!(!self.sealed, "the body was read");
        let body = self.body.clone()?;
        if body.len() > limit { Err(BodyError::TooLarge) } else { Ok(body) }
    }
}

/// A request to the origin as the edge signs it at `now_ms`.
pub fn signed(mut request: OriginRequest, now_ms: u64) -> OriginRequest {
    let header = |name: &'static str| {
        request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let head = RequestHead { method: request.method, target: &request.target, header: &header };
    let keys = InternalKeys::parse(INTERNAL_KEY).unwrap();
    let signature = keys.sign(&head, request.body.as_deref().unwrap_or_default(), now_ms);
    request.headers.push(("X-Internal-Signature", signature));
    request
}

/// `Bearer` and a token of the user that is good for an hour.
pub fn bearer(user: &str) -> String {
    bearer_until(user, START_MS / 1000 + 7200)
}

/// `Bearer` and a token of the user.
pub fn bearer_until(user: &str, expires_at_secs: u64) -> String {
    sign(&format!(r#"{{"sub":"{user}","aud":"authenticated","exp":{expires_at_secs}}}"#))
}

/// `Bearer` and a token of the user that was issued then and claims these workspaces.
pub fn bearer_claiming(user: &str, issued_at_secs: u64, workspaces: &str) -> String {
    let expires_at_secs = START_MS / 1000 + 7200;
    sign(&format!(
        r#"{{"sub":"{user}","aud":"authenticated","exp":{expires_at_secs},"iat":{issued_at_secs},
            "app_metadata":{{"workspaces":{workspaces}}}}}"#
    ))
}

fn sign(claims: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("Bearer {signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// One request's access to the world.
pub struct FakePlatform {
    world: Rc<World>,
    background: RefCell<Vec<AbortHandle>>,
    trace: Option<RequestTrace>,
}

impl FakePlatform {
    pub fn new(world: &Rc<World>) -> Self {
        Self { world: Rc::clone(world), background: RefCell::default(), trace: None }
    }

    /// The platform of a request that is traced; random numbers are counted.
    pub fn tracing(world: &Rc<World>, request: &Request) -> Self {
        let header = |name| request.header(name);
        let mut count = 0;
        let trace = RequestTrace::of(header(TRACEPARENT).as_deref(), header(CF_RAY).as_deref(), || {
            count += 1;
            count
        });
        Self { trace: Some(trace), ..Self::new(world) }
    }

    /// What the runtime may do at any time: the request's background work is gone.
    pub fn cut_off(&self) {
        self.background.borrow().iter().for_each(AbortHandle::abort);
    }
}

impl Clock for FakePlatform {
    fn now_ms(&self) -> u64 {
        self.world.now_ms()
    }

    async fn sleep(&self, ms: u64) {
        self.world.sleep(ms).await;
    }
}

impl Background for FakePlatform {
    fn in_background(&self, work: LocalBoxFuture<'static, ()>) {
        self.background.borrow_mut().push(spawn_local(work).abort_handle());
    }

    fn bell(&self) -> (Bell, LocalBoxFuture<'static, ()>) {
        let (ring, heard) = oneshot::channel::<()>();
        let bell = Box::new(move || {
            let _ = ring.send(());
        });
        (
            bell,
            Box::pin(async move {
                let _ = heard.await;
            }),
        )
    }
}

impl Log for FakePlatform {
    fn warn(&self, line: &str) {
        self.world.warnings.borrow_mut().push(line.to_owned());
    }
}

impl Kv for FakePlatform {
    async fn get(&self, key: &str, limit_ms: u32) -> Result<Option<Vec<u8>>, Unreachable> {
        within(self, limit_ms.into(), self.world.kv.answer()).await.unwrap_or(Err(Unreachable))?;
        Ok(self.world.values.borrow().get(key).cloned())
    }

    async fn put(&self, key: &str, value: &[u8], expiration_ttl_secs: u64) -> Result<(), Unreachable> {
        if self.world.kv.down.get() {
            return Err(Unreachable);
        }
        self.world.values.borrow_mut().insert(key.to_owned(), value.to_vec());
        self.world.expirations.borrow_mut().insert(key.to_owned(), expiration_ttl_secs);
        Ok(())
    }
}

impl Ledger for FakePlatform {
    async fn view(&self, workspace: &WorkspaceId) -> Result<View, Unreachable> {
        // What the ledger knew when it was asked: the answer may be late.
        let view = self.world.ledgers.borrow().get(workspace).cloned().unwrap_or_default();
        self.world.ledger.answer().await?;
        Ok(view)
    }

    async fn record(&self, workspace: &WorkspaceId, news: &View) -> Result<View, Unreachable> {
        self.world.ledger.answer().await?;
        let mut ledgers = self.world.ledgers.borrow_mut();
        let (raised, writes) = ledger_book::raise(ledgers.get(workspace).unwrap_or(&View::new()), news);
        ledgers.insert(workspace.clone(), raised);
        Ok(writes.recorded())
    }
}

impl Origin for FakePlatform {
    async fn ask(&self, request: OriginRequest) -> Result<OriginResponse, Unreachable> {
        self.world.origin_requests.borrow_mut().push(request.clone());
        // The source is read when the origin is asked: its answer may be late.
        let answer = self.world.source.borrow_mut().answer(&request, self.world.now_ms());
        self.world.origin.answer().await?;
        Ok(answer)
    }
}

impl TokenKeys for FakePlatform {
    async fn key_set(&self, _: &str, _: usize) -> Result<Vec<u8>, Unreachable> {
        // What is published when it is asked for: the answer may be late.
        let set = self.world.key_set.borrow().to_string().into_bytes();
        self.world.keys.answer().await?;
        Ok(set)
    }

    async fn is_genuine(&self, check: &SignatureCheck) -> bool {
        self.world.checked_signatures.set(self.world.checked_signatures.get() + 1);
        let (message, signature) = (check.message(), check.signature());
        match check.key().material() {
            KeyMaterial::P256 { x, y } => {
                let point = [&[4][..], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            KeyMaterial::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

impl LocationFigures for FakePlatform {
    async fn add(&self, location: &str, news: &Figures) -> Result<Figures, Unreachable> {
        let mut figures = self.world.figures.borrow_mut();
        let sum = figures.entry(location.to_owned()).or_default();
        sum.add(news);
        Ok(sum.clone())
    }
}

impl Platform for FakePlatform {
    fn location(&self) -> &'static str {
        "LAX"
    }

    async fn admits(&self, allowance: Allowance, whose: &str) -> bool {
        match self.world.allowances.borrow_mut().get_mut(&(allowance, whose.to_owned())) {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    fn trace(&self) -> Option<&RequestTrace> {
        self.trace.as_ref()
    }
}
