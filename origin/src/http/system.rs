//! `/api/system/*`: what operators see of all workspaces. It never shows a contact: those are for members.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use dto::cache_admin::{SystemWorkspace, SystemWorkspaces};

use super::errors::Failure;
use super::{auth, respond};
use crate::app::App;
use crate::source::Asker;

/// Every workspace, by id.
pub async fn workspaces(State(app): State<Arc<App>>, fields: HeaderMap) -> Result<Response, Failure> {
    auth::system_admin(&app, &fields).await?;
    // The source knows members alone, so it is asked as the service, on the strength of the proof.
    let listed = app.cache.source().workspaces(Asker::Service).await?;
    let workspaces = listed
        .into_iter()
        .map(|workspace| SystemWorkspace {
            workspace_id: workspace.id.to_string(),
            name: workspace.name,
            cache_enabled: workspace.cache_enabled,
            boards: workspace.boards,
        })
        .collect();
    Ok(respond::success(SystemWorkspaces { workspaces }))
}
