//! What every request passes on its way in, and every answer on its way out, whichever route it takes.
//!
//! One layer for all of it: each that axum adds costs every request allocations and copies of all the layers inside of it. From the outside
//! in: the answer's class, figures and the log, cross-origin access, limits, and the catching of panics. What does not come by the router passes
//! the same ([`Gate::pass`]).

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse as _, Response};
use dto::ApiError;
use dto::cors::AllowedOrigins;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either};
use tower::util::ServiceExt as _;
use tower::{Layer, Service, service_fn};
use tower_http::cors::CorsLayer;

use super::errors::Failure;
use super::limits::{Limits, Places, bound_head};
use super::observe::Observed;
use super::{TEMPLATES, classes, cors};
use crate::app::App;

/// The gate, to be set before every route.
#[derive(Clone)]
pub(super) struct GateLayer(Arc<Gate>);

pub(super) struct Gate {
    app: Arc<App>,
    places: Places,
    cors: CorsLayer,
}

impl GateLayer {
    pub(super) fn new(app: Arc<App>, allowed_origins: AllowedOrigins, limits: Limits) -> Self {
        Self(Arc::new(Gate { app, places: Places::new(limits), cors: cors::layer(allowed_origins) }))
    }

    /// The gate itself, for what passes it by another way than a route's.
    pub(super) fn gate(&self) -> Arc<Gate> {
        self.0.clone()
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, route: S) -> Gated<S> {
        Gated { gate: self.0.clone(), route }
    }
}

/// A route behind the gate.
#[derive(Clone)]
pub(super) struct Gated<S> {
    gate: Arc<Gate>,
    route: S,
}

impl<S> Service<Request> for Gated<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let gate = self.gate.clone();
        let template = template_of(&request);
        let observed = Observed::begin(&gate.app, template, request.method(), request.headers());
        let answering = if concerns_cors(request.method(), request.headers()) {
            let inner = self.clone();
            let route = service_fn(move |request| {
                let Gated { gate, mut route } = inner.clone();
                gate.admit(&mut route, request)
            });
            Either::Left(gate.cors.layer(route).oneshot(request))
        } else {
            Either::Right(gate.admit(&mut self.route, request))
        };
        Box::pin(async move {
            let answering = pin!(answering.map(|Ok(response): Result<Response, Infallible>| response));
            Ok(gate.noted(observed, answering).await)
        })
    }
}

impl Gate {
    /// What is behind it.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Lets a request for a route pass that `answering` answers, and that has no body to be read and concerns no page of another origin.
    pub(super) async fn pass(
        &self,
        template: &'static str,
        head: &Parts,
        answering: impl Future<Output = Response>,
    ) -> Response {
        let observed = Observed::begin(&self.app, Some(template), &head.method, &head.headers);
        let answering = async {
            let admitted = bound_head(&head.uri, &head.headers);
            match admitted.and_then(|()| self.places.take(&self.app, Some(template))) {
                Err(refusal) => Failure(refusal).into_response(),
                Ok(_place) => AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(after),
            }
        };
        self.noted(observed, answering).await
    }

    /// Answers a request, notes how that ended, and sees to it that the answer has what its class asks for.
    async fn noted(&self, observed: Observed, answering: impl Future<Output = Response>) -> Response {
        let class = observed.class();
        let mut response = observed.answered_by(&self.app, answering).await;
        let status = response.status();
        classes::apply(class, status, response.headers_mut());
        response
    }

    /// Lets a request through to its route, if it is within the limits.
    fn admit<S>(
        &self,
        route: &mut S,
        mut request: Request,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<S>
    where
        S: Service<Request, Response = Response, Error = Infallible>,
        S::Future: Send + 'static,
    {
        let admitted = bound_head(request.uri(), request.headers())
            .and_then(|()| self.places.take(&self.app, template_of(&request)));
        self.places.bound_body(&mut request);
        let answering = admitted.map(|place| {
            let answering = catch_unwind(AssertUnwindSafe(|| route.call(request)));
            (place, answering)
        });
        async move {
            Ok(match answering {
                Err(refusal) => Failure(refusal).into_response(),
                Ok((_, Err(panic))) => after(panic),
                Ok((_place, Ok(answering))) => match AssertUnwindSafe(answering).catch_unwind().await {
                    Ok(Ok(response)) => response,
                    Err(panic) => after(panic),
                },
            })
        }
    }
}

/// Whether a browser asks on behalf of a page, or asks whether a page may.
pub(super) fn concerns_cors(method: &Method, fields: &HeaderMap) -> bool {
    method == Method::OPTIONS || fields.contains_key(ORIGIN)
}

/// The template of the route that the router has found.
fn template_of(request: &Request) -> Option<&'static str> {
    let found = request.extensions().get::<MatchedPath>()?.as_str();
    TEMPLATES.iter().find(|template| **template == found).copied()
}

/// What a panic said goes to standard error by itself, and to nobody else.
fn after(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request ended in a panic");
    Failure(ApiError::internal()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;
    use identity::{InternalKeys, TokenVerifier};

    use super::*;
    use crate::source::sqlite::SqliteSource;

    async fn status_of(route: Router) -> StatusCode {
        let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
        let verifier = TokenVerifier::hs256("a-secret-of-at-least-thirty-two-bytes").unwrap();
        let source = Arc::new(SqliteSource::open_in_memory().unwrap());
        let app = App::alone(source, verifier, keys, 1 << 20);
        let gated = route.layer(GateLayer::new(app.clone(), AllowedOrigins::default(), Limits::default()));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let Ok(response) = gated.oneshot(request).await;
        assert!(
            crate::metrics::scrape(&app).await.unwrap().contains("http_requests_in_flight 0"),
            "it has ended"
        );
        response.status()
    }

    #[tokio::test]
    async fn a_panic_costs_its_own_request_and_no_other() {
        async fn panics() -> &'static str {
            panic!("in a handler")
        }
        assert_eq!(status_of(Router::new().route("/", get(panics))).await, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(status_of(Router::new().route("/", get(|| async {}))).await, StatusCode::OK);
    }
}
