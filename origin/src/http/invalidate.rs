//! `POST /api/cache/invalidate` at the origin: what the edge takes, for backends and webhooks that call the origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use cache_key::Invalidation;
use coherence::{Floor, View};
use dto::ApiError;
use dto::invalidate::Invalidated;
use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::errors::Failure;
use super::{auth, fields, limits, respond};
use crate::app::App;
use crate::outbox::{Delivery, PATIENCE};

/// The answer.
#[derive(Serialize, ToSchema)]
pub struct Acknowledged {
    #[serde(flatten)]
    done: Invalidated,
    /// `recorded`, `pending` while the edge's ledger cannot be reached (it will hear of it from the outbox), or `none` where
    /// no edge is configured.
    #[schema(pattern = "^(recorded|pending|none)$")]
    edge: &'static str,
}

/// Invalidates, and has the edge's ledger told through the outbox.
pub async fn from_backend(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    auth::internal(&app, request.headers())?;
    let mut done = Invalidated { invalidated: 0, patterns: Vec::new(), generation: String::new() };
    let (mut edge, mut moved) = ("recorded", Vec::new());
    // All at once and waited for together, so that whoever sends many has its answer before it gives up, and none waits for another's ledger.
    let mut under_way = stream::iter(read(request).await?)
        .map(|invalidation| {
            let app = app.clone();
            async move { (app.invalidate(&invalidation, PATIENCE).await, invalidation) }
        })
        .buffered(dto::invalidate::MAX_EVENTS);
    while let Some((outcome, invalidation)) = under_way.next().await {
        let (one, delivery) = outcome?;
        done.invalidated += one.entries;
        done.patterns.extend_from_slice(invalidation.patterns());
        moved.push(View::from(&one.generations));
        if delivery != Delivery::Recorded {
            edge = delivery.as_str();
        }
    }
    done.generation = Floor::token_of(&moved);
    Ok(respond::success(Acknowledged { done, edge }))
}

/// Reads what an invalidation's request says. The caller has shown a key: nothing is read for anybody else.
pub async fn read(request: Request) -> Result<Vec<Invalidation>, ApiError> {
    let workspace = auth::single(request.headers(), &fields::WORKSPACE_ID)?.map(ToOwned::to_owned);
    let body = limits::body(request).await?;
    dto::invalidate::parse(&body, workspace.as_deref())
}
