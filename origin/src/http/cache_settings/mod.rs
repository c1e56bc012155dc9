//! `/api/cache-settings/*`: what of a workspace is cached, how it goes, and what can be done about it.

pub mod counts;
pub mod health;
pub mod invalidate;
pub mod settings;
pub mod test_performance;
pub mod warm_cache;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use dto::cache_admin::WorkspaceBody;
use dto::{ApiError, headers};
use ids::WorkspaceId;

use super::auth::{self, Caller};
use super::errors::Failure;
use super::{fields, limits, respond};
use crate::app::App;
use crate::cache::invalidation::Done;
use crate::cache::request::Reader;
use crate::outbox::Delivery;

/// The workspace in a path.
fn workspace_in_path(text: &str) -> Result<WorkspaceId, ApiError> {
    WorkspaceId::parse(text).map_err(|error| ApiError::invalid("workspaceId", &error.to_string()))
}

/// The caller of a route that names its workspace in the body, or in `X-Workspace-ID`. Nothing is read for somebody who shows neither a
/// valid token nor the internal key.
async fn caller_of_body(app: &App, request: Request) -> Result<Caller, Failure> {
    auth::is_known(app, request.headers()).await?;
    let fields: HeaderMap = request.headers().clone();
    let named = WorkspaceBody::parse(&limits::small_body(request).await?)?;
    let workspace = match named.workspace()? {
        Some(text) => workspace_in_path(&text)?,
        None => auth::workspace_id(&fields)
            .map_err(|_| ApiError::invalid("workspaceId", "or the header X-Workspace-ID is required"))?,
    };
    agree(&fields, &workspace)?;
    let caller = auth::manager_of(app, &fields, workspace).await?;
    if let (Some(claimed), Reader::User { id, .. }) = (&named.user_id, &caller.reader) {
        auth::is_user(claimed, "userId", id)?;
    }
    Ok(caller)
}

/// Says of an answer how far the invalidation has come that it rests on: `X-Cache-Generation`, to be sent back, and `X-Cache-Edge`.
fn acknowledged(mut response: Response, done: &Done, delivery: Delivery) -> Response {
    let fields = response.headers_mut();
    respond::insert(fields, HeaderName::from_static("x-cache-generation"), &done.generations.to_token());
    respond::insert(fields, HeaderName::from_static("x-cache-edge"), delivery.as_str());
    response
}

/// Refuses a header `X-Workspace-ID` that names another workspace than the request does.
pub(super) fn agree(fields: &HeaderMap, workspace: &WorkspaceId) -> Result<(), ApiError> {
    match auth::single(fields, &fields::WORKSPACE_ID)? {
        Some(text) if text != workspace.as_str() => {
            Err(ApiError::invalid(headers::WORKSPACE_ID, "names another workspace than the request"))
        }
        _ => Ok(()),
    }
}
