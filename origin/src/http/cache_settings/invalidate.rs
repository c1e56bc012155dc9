//! `POST /api/cache-settings/invalidate`: everything that a workspace has cached.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use cache_key::{Change, Invalidation};
use dto::cache_admin::WorkspaceInvalidated;

use super::{acknowledged, caller_of_body};
use crate::app::App;
use crate::http::errors::Failure;
use crate::http::respond;
use crate::outbox::PATIENCE;

/// Makes it unservable, at the edge as well.
pub async fn workspace(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let caller = caller_of_body(&app, request).await?;
    let invalidation = Invalidation::of(caller.workspace.id().clone(), &[Change::Workspace]);
    let (done, delivery) = app.invalidate(&invalidation, PATIENCE).await?;
    let data = WorkspaceInvalidated {
        deleted_entries: done.entries,
        patterns: invalidation.patterns().to_vec(),
        generation: done.generations.to_token(),
    };
    let response = respond::success(data);
    Ok(acknowledged(response, &done, delivery))
}
