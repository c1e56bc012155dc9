//! `GET /metrics`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
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
