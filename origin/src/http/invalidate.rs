//! `POST /api/cache/invalidate` at the origin: what the edge takes, for backends and webhooks that call the origin.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use cache_key::Invalidation;
use dto::invalidate::Invalidated;
use dto::{ApiError, ErrorCode, headers};
use serde::Serialize;

use super::errors::Failure;
use super::{auth, respond};
use crate::app::App;
use crate::outbox::{Delivery, PATIENCE};

#[derive(Serialize)]
struct Acknowledged {
    #[serde(flatten)]
    done: Invalidated,
    /// `recorded`, `pending` while the edge's ledger cannot be reached (it will hear of it from the outbox), or `none` where
    /// no edge is configured.
    edge: &'static str,
}

/// Invalidates, and has the edge's ledger told through the outbox.
pub async fn from_backend(
    State(app): State<Arc<App>>,
    fields: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    if auth::internal_bearer(&app, &fields).is_none() {
        auth::internal(&app, &fields)?;
    }
    let mut done = Invalidated { invalidated: 0, patterns: Vec::new(), generation: String::new() };
    let mut edge = "recorded";
    for invalidation in read(&fields, body)? {
        let (one, delivery) = app.invalidate(&invalidation, PATIENCE).await?;
        done.invalidated += one.entries;
        done.patterns.extend_from_slice(invalidation.patterns());
        if !done.generation.is_empty() {
            done.generation.push(',');
        }
        done.generation.push_str(&one.generations.to_token());
        match delivery {
            Delivery::Recorded => {}
            Delivery::Pending => edge = "pending",
            Delivery::NoEdge => edge = "none",
        }
    }
    Ok(respond::no_store(Json(dto::success(Acknowledged { done, edge })).into_response()))
}

/// Reads what an invalidation's request says.
pub fn read(fields: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Vec<Invalidation>, ApiError> {
    let workspace = auth::single(fields, headers::WORKSPACE_ID)?;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(ErrorCode::PayloadTooLarge, "the body must have at most 512 KiB")
        }
        _ => ApiError::body("the body could not be read"),
    })?;
    dto::invalidate::parse(&body, workspace)
}
