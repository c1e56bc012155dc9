//! The cache settings of a workspace: the key `cache` of `workspace_settings.settings`, beside whatever else stands there.

use std::time::{SystemTime, UNIX_EPOCH};

use dto::settings::CacheSettings;
use ids::WorkspaceId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::{errors, role_of};
use crate::source::{SourceError, StoredSettings};
use identity::Role;
use ids::UserId;

/// The settings; `None` where nobody has made any.
pub(super) fn read(
    snapshot: &Transaction<'_>,
    workspace: &WorkspaceId,
) -> Result<Option<StoredSettings>, SourceError> {
    let found: Option<(Option<String>, String)> = snapshot
        .prepare_cached(
            "SELECT settings -> '$.cache', updated_at FROM workspace_settings WHERE workspace_id = ?",
        )
        .and_then(|mut prepared| {
            prepared.query_row([workspace.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(errors::of_sqlite)?;
    let Some((Some(cache), updated_at)) = found else { return Ok(None) };
    let cache = serde_json::from_str(&cache)
        .map_err(|_| SourceError::Failed("a workspace's settings are not JSON".to_owned()))?;
    Ok(Some(StoredSettings { cache: CacheSettings::from_stored(&cache), updated_at }))
}

/// Replaces the key `cache` alone, as `set_cache_settings` of the reference schema does. Returns when.
pub(super) fn write(
    connection: &mut Connection,
    viewer: Option<&UserId>,
    workspace: &WorkspaceId,
    settings: &CacheSettings,
) -> Result<String, SourceError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(errors::of_sqlite)?;
    if let Some(viewer) = viewer
        && role_of(&transaction, workspace, viewer)? != Some(Role::Admin)
    {
        return Err(SourceError::Forbidden);
    }
    let cache = serde_json::to_string(&settings.stored())
        .map_err(|_| SourceError::Failed("settings cannot be written as JSON".to_owned()))?;
    let updated_at = now_text();
    let written = transaction
        .prepare_cached(
            "INSERT INTO workspace_settings (workspace_id, settings, updated_at)
                SELECT id, json_object('cache', json(?2)), ?3 FROM workspaces WHERE id = ?1
            ON CONFLICT (workspace_id) DO UPDATE SET updated_at = excluded.updated_at, settings = json_set(
                CASE json_type(settings) WHEN 'object' THEN settings ELSE '{}' END, '$.cache', json(?2))",
        )
        .and_then(|mut prepared| prepared.execute([workspace.as_str(), &cache, &updated_at]))
        .map_err(errors::of_sqlite)?;
    if written == 0 {
        return Err(SourceError::NotFound);
    }
    transaction.commit().map_err(errors::of_sqlite)?;
    Ok(updated_at)
}

/// This moment in the form in which PostgREST prints timestamps: `2026-01-01T00:00:00.000+00:00`.
pub(super) fn now_text() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    dto::iso8601_ms(now.as_millis() as u64).replace('Z', "+00:00")
}
