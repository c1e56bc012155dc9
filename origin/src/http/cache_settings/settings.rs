//! `GET` and `POST /api/cache-settings/workspace/{workspaceId}/settings`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use cache_key::{Change, Invalidation, SettingsQuery};
use dto::ApiError;
use dto::settings::CacheSettings;
use identity::{Access, Role};

use super::{acknowledged, agree, workspace_in_path};
use crate::app::App;
use crate::http::auth;
use crate::http::errors::Failure;
use crate::http::limits;
use crate::http::path::InPath;
use crate::http::respond;
use crate::outbox::PATIENCE;
use crate::source::SourceError;

/// What of the workspace is cached, and for how long.
pub async fn read(
    State(app): State<Arc<App>>,
    InPath(workspace_id): InPath,
    fields: HeaderMap,
) -> Result<Response, Failure> {
    let workspace = workspace_in_path(&workspace_id)?;
    agree(&fields, &workspace)?;
    let caller = auth::manager_of(&app, &fields, workspace).await?;
    let settings = app.cache.settings(SettingsQuery::new(&caller.workspace)).await?;
    Ok(respond::success(settings.body()))
}

/// Changes them: written to the database first, then everything that was cached under the old ones is dealt with.
///
/// Repeating a request that was answered 503 is safe, also when the database had it already: whatever the settings were, all that was
/// cached under them becomes unservable.
pub async fn write(
    State(app): State<Arc<App>>,
    InPath(workspace_id): InPath,
    request: Request,
) -> Result<Response, Failure> {
    let workspace = workspace_in_path(&workspace_id)?;
    let fields = request.headers().clone();
    agree(&fields, &workspace)?;
    let caller = auth::manager_of(&app, &fields, workspace.clone()).await?;
    match caller.workspace.access() {
        Access::Internal | Access::SystemAdmin { .. } | Access::Member { role: Role::Admin, .. } => {}
        Access::Member { .. } => return Err(Failure(ApiError::not_an_admin())),
    }
    let body = limits::small_body(request).await?;
    // From the source itself: a change must not rest on what a cache remembers.
    let stored = app.cache.source().settings(caller.reader.asker(), &workspace).await?;
    let present = stored.map_or_else(CacheSettings::default, |stored| stored.cache);
    let settings = present.changed_by(&body)?;
    let written = app.cache.source().put_settings(caller.reader.asker(), &workspace, &settings).await;
    let updated_at = written.map_err(|error| match error {
        SourceError::NotFound => Failure(ApiError::no_workspace()),
        error => error.into(),
    })?;

    // Everything, also where only a time to live is shorter: what was cached for longer must not outlive it.
    let invalidation = Invalidation::of(workspace.clone(), &[Change::Workspace]);
    let (done, delivery) = app.invalidate(&invalidation, PATIENCE).await?;
    let data = settings.written(workspace.as_str(), &updated_at);
    let response = respond::success(data);
    Ok(acknowledged(response, &done, delivery))
}
