//! What is noted of every request: figures, an id and a trace, and a line in the log.
//!
//! The line has the route's template and never the URL: that holds what people searched for. It is written at debug level, and at info
//! level where we failed: `RUST_LOG=info,access=debug` shows all of them.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use dto::answers::AnswerClass;
use dto::cache_status::Source;

use super::auth::single;
use super::classes::class_of;
use super::fields;
use crate::app::App;
use crate::metrics::NO_ROUTE;
use crate::trace::{self, RequestContext};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is noted.
pub(super) struct Observed {
    /// The template of its route; unset where there is none.
    template: Option<&'static str>,
    method: Method,
    context: Arc<RequestContext>,
}

impl Observed {
    /// Reads what is noted of a request.
    pub(super) fn begin(
        app: &App,
        template: Option<&'static str>,
        method: &Method,
        fields: &HeaderMap,
    ) -> Self {
        let value = |field| single(fields, field).ok().flatten();
        let (id, parent) = (value(&fields::REQUEST_ID), value(&fields::TRACEPARENT));
        let context = RequestContext::begin(id, parent, &app.tracer);
        Self { template, method: method.clone(), context }
    }

    /// The class of its route's answers; the strictest one for a route that nobody classified, or none.
    pub(super) fn class(&self) -> AnswerClass {
        self.template.and_then(class_of).unwrap_or(AnswerClass::Unstored)
    }

    /// Answers it within its context, and notes how that ended.
    pub(super) async fn answered_by(self, app: &App, answering: impl Future<Output = Response>) -> Response {
        let under_way = app.metrics.requests.begin(self.template, &self.method);
        trace::within(self.context.clone(), async {
            let mut response = answering.await;
            let status = response.status();
            let took = under_way.answered(status);
            let (method, route) = (known(&self.method), self.template.unwrap_or(NO_ROUTE));
            let (status, tier) = (status.as_u16(), self.context.tier().map(Source::as_str));
            self.context.answered(method, route, status);
            let duration_ms = took.as_micros() as f64 / 1000.0;
            if status >= 500 {
                tracing::info!(target: "access", method, route, status, duration_ms, tier, "answered");
            } else {
                tracing::debug!(target: "access", method, route, status, duration_ms, tier, "answered");
            }
            if let Ok(id) = HeaderValue::from_str(self.context.request_id.as_str()) {
                response.headers_mut().insert(X_REQUEST_ID, id);
            }
            response
        })
        .await
    }
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
