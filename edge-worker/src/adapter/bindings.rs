//! The Worker's bindings, looked up once by each isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use worker::js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use worker::worker_sys::ext::RequestExt as _;
use worker::{AnalyticsEngineDataset, Env, ObjectNamespace, RateLimiter, web_sys};

use super::inbound;
use super::kv_reads::KvReads;
use super::token_keys::ImportedKeys;

#[wasm_bindgen]
extern "C" {
    /// A namespace of Workers KV. The `worker` crate's own type looks five methods up for each request.
    pub(super) type KvNamespace;

    #[wasm_bindgen(method, catch)]
    pub(super) fn put(
        this: &KvNamespace,
        key: &str,
        value: &Uint8Array,
        options: &Object,
    ) -> Result<Promise, JsValue>;
}

/// What the Worker is bound to.
pub(super) struct Bindings {
    pub(super) kv: KvNamespace,
    pub(super) kv_reads: KvReads,
    pub(super) ledgers: ObjectNamespace,
    pub(super) metrics: ObjectNamespace,
    /// Workers Analytics Engine; unset where no dataset is bound.
    pub(super) analytics: Option<AnalyticsEngineDataset>,
    /// Counts the requests of each user; unset where no limit is bound.
    pub(super) user_limit: Option<RateLimiter>,
    /// Counts the requests to each workspace; unset where no limit is bound.
    pub(super) workspace_limit: Option<RateLimiter>,
    /// Where the origin is.
    pub(super) backend_url: String,
    /// The project's keys, as far as a token was signed with them.
    pub(super) token_keys: ImportedKeys,
    /// The names of the headers that are read along with a request.
    pub(super) header_names: Array,
    location: OnceCell<Rc<str>>,
}

impl Bindings {
    /// Looks the bindings up; names the one that is missing.
    pub(super) fn read(env: &Env, backend_url: String) -> Result<Self, String> {
        let kv = Reflect::get(env, &JsValue::from_str("CONTACTS_CACHE"))
            .ok()
            .filter(JsValue::is_object)
            .ok_or("the KV binding CONTACTS_CACHE is missing")?;
        let namespace = |name: &str| {
            env.durable_object(name).map_err(|_| format!("the Durable Object binding {name} is missing"))
        };
        Ok(Self {
            kv: kv.unchecked_into(),
            kv_reads: KvReads::default(),
            ledgers: namespace("GENERATION_LEDGER")?,
            metrics: namespace("LOCATION_METRICS")?,
            analytics: env.analytics_engine("EDGE_ANALYTICS").ok(),
            user_limit: env.rate_limiter("USER_RATE_LIMIT").ok(),
            workspace_limit: env.rate_limiter("WORKSPACE_RATE_LIMIT").ok(),
            backend_url,
            token_keys: ImportedKeys::default(),
            header_names: inbound::header_names(),
            location: OnceCell::new(),
        })
    }

    /// The code of the location, the same for all requests of an isolate; `DEV` where the runtime names none.
    pub(super) fn location(&self, request: &web_sys::Request) -> Rc<str> {
        let colo = || request.cf().and_then(|cf| cf.colo().ok()).filter(|colo| !colo.is_empty());
        Rc::clone(self.location.get_or_init(|| colo().map_or_else(|| Rc::from("DEV"), Rc::from)))
    }
}
