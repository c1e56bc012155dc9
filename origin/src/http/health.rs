//! Liveness and readiness.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dto::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

use super::errors::Failure;
use super::respond;
use crate::app::App;

/// The answer of both.
#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(pattern = "^(healthy|ready)$")]
    status: &'static str,
    /// Redis, where readiness is asked for: `none` if there is none.
    #[schema(pattern = "^(up|down|none)$", nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_tier: Option<&'static str>,
    timestamp: String,
}

fn answer(app: &App, status: &'static str, shared_tier: Option<&'static str>) -> Response {
    let health = Health { status, shared_tier, timestamp: dto::iso8601_ms(app.cache.clock().now_ms()) };
    respond::success(health)
}

/// `GET /health`: the process runs.
pub async fn live(State(app): State<Arc<App>>) -> Response {
    answer(&app, "healthy", None)
}

/// `GET /ready`: the source answers. Without Redis the origin still serves, so that only shows.
pub async fn ready(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    if !app.readiness.check(&**app.cache.source()).await {
        return Err(Failure(ApiError::unavailable("the database cannot be reached")));
    }
    let shared_tier = match app.cache.shared().ping().await {
        _ if !app.cache.shared().stores_entries() => "none",
        Ok(()) => "up",
        Err(_) => "down",
    };
    Ok(answer(&app, "ready", Some(shared_tier)))
}
