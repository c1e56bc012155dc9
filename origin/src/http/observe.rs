//! What is noted of every request: figures, an id and a trace, and a line in the log.
//!
//! The line has the route's template and never the URL: that holds what people searched for. It is written at debug level, and at info
//! level where we failed: `RUST_LOG=info,access=debug` shows all of them.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use dto::cache_status::Source;
use dto::trace::{REQUEST_ID, TRACEPARENT};
use tracing::Instrument as _;

use crate::app::App;
use crate::trace::{self, RequestContext};

/// What it needs.
#[derive(Clone)]
pub(super) struct Observer {
    app: Arc<App>,
}

impl Observer {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// Notes all of it.
pub(super) async fn observe(State(observer): State<Observer>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let template = path.as_ref().map(MatchedPath::as_str);
    let method = request.method().clone();
    let under_way = observer.app.metrics.requests.begin(template, &method);
    let fields = request.headers();
    let context =
        RequestContext::begin(single(fields, REQUEST_ID), single(fields, TRACEPARENT), &observer.app.tracer);
    let span = tracing::info_span!(
        "request",
        request_id = context.request_id.as_str(),
        trace_id = context.trace.trace_id(),
    );
    let answering = trace::within(context.clone(), next.run(request)).instrument(span.clone());
    let mut response = answering.await;

    let status = response.status();
    let took = under_way.answered(status);
    let (method, route) = (known(&method), template.unwrap_or("none"));
    context.answered(method, route, status.as_u16());
    span.in_scope(|| {
        let duration_ms = took.as_micros() as f64 / 1000.0;
        let (status, tier) = (status.as_u16(), context.tier().map(Source::as_str));
        if status >= 500 {
            tracing::info!(target: "access", method, route, status, duration_ms, tier, "answered");
        } else {
            tracing::debug!(target: "access", method, route, status, duration_ms, tier, "answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(context.request_id.as_str()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// The value of a header that came once.
fn single<'a>(fields: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = fields.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

/// A method that HTTP knows; others are text of the caller's.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
