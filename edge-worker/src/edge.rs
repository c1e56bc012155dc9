//! The Worker's state in one isolate, and where each request goes.

use std::rc::Rc;

use cache_key::CacheKey;
use dto::ApiError;
use dto::answers::AnswerClass;

use crate::config::Config;
use crate::generations::Generations;
use crate::http::cors::Cors as _;
use crate::http::request::{Inbound, split_target};
use crate::http::response::Response;
use crate::http::route::Route;
use crate::membership::Members;
use crate::metrics::recorder::Recorder;
use crate::origin::{OriginClient, OriginFailure, TIMEOUT_MS};
use crate::platform::Platform;
use crate::read::{self, Loaded};
use crate::single_flight::Flights;
use crate::tiers::memory::{CAPACITY_BYTES, MemoryTier};
use crate::tokens::Tokens;
use crate::{invalidate, status};

/// What one isolate holds: nothing in it is lost for good when the isolate is.
pub struct Edge {
    pub(crate) config: Config,
    pub(crate) tokens: Tokens,
    pub(crate) generations: Rc<Generations>,
    pub(crate) members: Rc<Members>,
    pub(crate) memory: MemoryTier,
    pub(crate) loads: Rc<Flights<CacheKey, Result<Loaded, OriginFailure>>>,
    pub(crate) origin: Rc<OriginClient>,
    pub(crate) recorder: Rc<Recorder>,
}

impl Edge {
    /// An isolate that knows nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Rc<Self> {
        let generations = Generations::new(config.staleness_bound_ms);
        let recorder = Rc::<Recorder>::default();
        Rc::new(Self {
            tokens: Tokens::new(&config.tokens),
            members: Members::new(Rc::clone(&generations)),
            generations,
            memory: MemoryTier::new(CAPACITY_BYTES),
            loads: Flights::new(TIMEOUT_MS + 500),
            origin: Rc::new(OriginClient::new(config.internal_keys.clone(), Rc::clone(&recorder))),
            recorder,
            config,
        })
    }

    /// Answers a request. `platform` is this request's own.
    pub async fn handle<P: Platform>(self: &Rc<Self>, platform: &Rc<P>, request: &impl Inbound) -> Response {
        let (method, url) = (request.method(), request.url());
        let origin = request.header("Origin").filter(|origin| origin.len() <= dto::MAX_HEADER_LEN);
        let (path, query) = split_target(&url);
        let route = if url.len() <= dto::MAX_URL_LEN { Route::of(path) } else { None };
        let class = route.as_ref().map_or(AnswerClass::Unstored, Route::class);
        let mut response = match route {
            Some(route) => self.dispatch(platform, request, &method, route, query, origin.as_deref()).await,
            None if url.len() > dto::MAX_URL_LEN => Response::failure(&ApiError::uri_too_long()),
            None => Response::failure(&ApiError::no_route()),
        };
        self.recorder.flush_soon(platform);
        if method == "HEAD" {
            response.body.clear();
        }
        self.config.allowed_origins.apply(response, origin.as_deref()).sealed(class)
    }

    async fn dispatch<P: Platform>(
        self: &Rc<Self>,
        platform: &Rc<P>,
        request: &impl Inbound,
        method: &str,
        route: Route,
        query: &str,
        origin: Option<&str>,
    ) -> Response {
        if !route.takes(method) {
            let error = ApiError::no_method();
            return Response::failure(&error).with("Allow", route.allow());
        }
        if method == "OPTIONS" {
            return self.config.allowed_origins.preflight(origin, route.allow());
        }
        match route {
            Route::BoardContacts(board) => read::list(self, platform, request, board, query).await,
            Route::Invalidate => invalidate::invalidate(self, platform, request).await,
            Route::Generations => invalidate::record_generations(self, platform, request).await,
            Route::Health => status::health(&**platform).await,
            Route::Metrics => status::metrics(self, &**platform, request, query).await,
        }
    }
}
