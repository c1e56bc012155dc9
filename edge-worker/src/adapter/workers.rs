//! The platform of one request on Workers.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use coherence::View;
use dto::trace::TRACEPARENT;
use futures_util::future::LocalBoxFuture;
use identity::SignatureCheck;
use ids::WorkspaceId;
use wasm_bindgen::JsValue;
use worker::js_sys::{Date, Math, Object, Promise, PromiseWithResolvers, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{AnalyticsEngineDataPointBuilder, Context, Delay, Method, console_warn};

use super::bindings::Bindings;
use super::inbound::WebRequest;
use super::object_call::call;
use super::origin_fetch;
use super::token_keys;
use crate::http::request::Inbound as _;
use crate::metrics::{DataPoint, Figures};
use crate::platform::{
    Allowance, Background, Bell, Clock, Kv, Ledger, LocationFigures, Log, Origin, OriginRequest,
    OriginResponse, Platform, TokenKeys, Unreachable,
};
use crate::trace::{CF_RAY, RequestTrace};

/// One request's access to the runtime.
pub(super) struct Workers {
    bindings: Rc<Bindings>,
    location: Rc<str>,
    context: Context,
    request: Rc<WebRequest>,
    /// Made when the origin is asked first: a hit needs none.
    trace: OnceCell<RequestTrace>,
}

impl Workers {
    pub(super) const fn new(
        bindings: Rc<Bindings>,
        location: Rc<str>,
        context: Context,
        request: Rc<WebRequest>,
    ) -> Self {
        Self { bindings, location, context, request, trace: OnceCell::new() }
    }
}

/// 64 bits of the runtime's generator. They name traces and guard nothing.
fn random() -> u64 {
    let half = || (Math::random() * 4_294_967_296.0) as u64;
    half() << 32 | half()
}

impl Clock for Workers {
    fn now_ms(&self) -> u64 {
        Date::now() as u64
    }

    async fn sleep(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }
}

impl Background for Workers {
    fn in_background(&self, work: LocalBoxFuture<'static, ()>) {
        self.context.wait_until(work);
    }

    fn bell(&self) -> (Bell, LocalBoxFuture<'static, ()>) {
        // Not `new Promise`, which once optimised makes a promise that belongs to no request (decision 19).
        let made: PromiseWithResolvers = Promise::<JsValue>::with_resolvers();
        let (promise, resolve) = (made.promise(), made.resolve());
        let bell = Box::new(move || {
            let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::UNDEFINED);
        });
        let rung = Box::pin(async move {
            let _ = JsFuture::from(promise).await;
        });
        (bell, rung)
    }
}

impl Log for Workers {
    fn warn(&self, line: &str) {
        console_warn!("{}", line);
    }
}

impl Kv for Workers {
    async fn get(&self, key: &str, limit_ms: u32) -> Result<Option<Vec<u8>>, Unreachable> {
        self.bindings.kv_reads.read(&self.bindings.kv, key, limit_ms).await
    }

    async fn put(&self, key: &str, value: &[u8], expiration_ttl_secs: u64) -> Result<(), Unreachable> {
        let options = Object::new();
        Reflect::set(&options, &"expirationTtl".into(), &JsValue::from_f64(expiration_ttl_secs as f64))
            .map_err(|_| Unreachable)?;
        let promise =
            self.bindings.kv.put(key, &Uint8Array::from(value), &options).map_err(|_| Unreachable)?;
        JsFuture::from(promise).await.map(drop).map_err(|_| Unreachable)
    }
}

impl Ledger for Workers {
    async fn view(&self, workspace: &WorkspaceId) -> Result<View, Unreachable> {
        let token = call(&self.bindings.ledgers, workspace.as_str(), Method::Get, None).await?;
        View::from_token(&token).map_err(|_| Unreachable)
    }

    async fn record(&self, workspace: &WorkspaceId, news: &View) -> Result<View, Unreachable> {
        let body = Some(news.to_token());
        let token = call(&self.bindings.ledgers, workspace.as_str(), Method::Post, body).await?;
        View::from_token(&token).map_err(|_| Unreachable)
    }
}

impl Origin for Workers {
    async fn ask(&self, request: OriginRequest) -> Result<OriginResponse, Unreachable> {
        origin_fetch::fetch(&self.bindings.backend_url, request).await.map_err(|error| {
            self.warn(&format!("the origin cannot be reached: {error}"));
            Unreachable
        })
    }
}

impl TokenKeys for Workers {
    async fn key_set(&self, url: &str, limit: usize) -> Result<Vec<u8>, Unreachable> {
        token_keys::fetch(url, limit).await.map_err(|_| Unreachable)
    }

    async fn is_genuine(&self, check: &SignatureCheck) -> bool {
        self.bindings.token_keys.is_genuine(check).await.unwrap_or(false)
    }
}

impl LocationFigures for Workers {
    async fn add(&self, location: &str, news: &Figures) -> Result<Figures, Unreachable> {
        let body = serde_json::to_string(news).map_err(|_| Unreachable)?;
        let sum = call(&self.bindings.metrics, location, Method::Post, Some(body)).await?;
        serde_json::from_str(&sum).map_err(|_| Unreachable)
    }
}

impl Platform for Workers {
    fn location(&self) -> &str {
        &self.location
    }

    fn write_data_point(&self, point: &DataPoint) {
        let Some(dataset) = &self.bindings.analytics else { return };
        let [resource, status, source, class] = point.blobs();
        let built = AnalyticsEngineDataPointBuilder::new()
            .indexes([&*self.location])
            .blobs([&*self.location, resource, status, source, class])
            .doubles(point.doubles())
            .build();
        // A point more or less matters to nobody; a warning for each request would.
        let _ = dataset.write_data_point(&built);
    }

    async fn admits(&self, allowance: Allowance, whose: &str) -> bool {
        let limit = match allowance {
            Allowance::User => &self.bindings.user_limit,
            Allowance::Workspace => &self.bindings.workspace_limit,
        };
        let Some(limit) = limit else { return true };
        match limit.limit(whose.to_owned()).await {
            Ok(outcome) => outcome.success,
            Err(error) => {
                self.warn(&format!("requests cannot be counted: {error}"));
                true
            }
        }
    }

    fn trace(&self) -> Option<&RequestTrace> {
        Some(self.trace.get_or_init(|| {
            let header = |name| self.request.header(name);
            RequestTrace::of(header(TRACEPARENT).as_deref(), header(CF_RAY).as_deref(), random)
        }))
    }
}
