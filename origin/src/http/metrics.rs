//! `GET /metrics`, and counting what is asked.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use dto::ApiError;

use super::errors::Failure;
use super::respond;
use crate::app::App;
use crate::metrics;

/// `GET /metrics`: the process's figures. They name nobody.
pub async fn scrape(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let text = metrics::scrape(&app).await.map_err(|_| ApiError::internal())?;
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
    Ok(respond::no_store(response))
}

/// Counts a request and times it.
pub async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().cloned();
    let under_way = app.metrics.requests.begin(template.as_ref().map(MatchedPath::as_str), request.method());
    let response = next.run(request).await;
    under_way.answered(response.status());
    response
}
