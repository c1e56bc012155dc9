//! The workspaces that somebody may see.

use ids::UserId;
use rusqlite::{Connection, params};

use super::errors;
use crate::source::{ListedWorkspace, MAX_BOARDS, MAX_WORKSPACES, SourceError};

/// Those of a user, or all for the service, by id, as far as their number is bounded.
pub(super) fn read(
    connection: &mut Connection,
    viewer: Option<&UserId>,
) -> Result<Vec<ListedWorkspace>, SourceError> {
    let rows: Vec<(String, String, Option<String>, u64)> = connection
        .prepare_cached(
            "SELECT id, name,
                (SELECT settings -> '$.cache' FROM workspace_settings WHERE workspace_id = id),
                (SELECT count(*) FROM (SELECT 1 FROM boards WHERE boards.workspace_id = workspaces.id LIMIT ?2))
            FROM workspaces
            WHERE ?1 IS NULL OR EXISTS (
                SELECT 1 FROM workspace_members WHERE workspace_id = workspaces.id AND user_id = ?1)
            ORDER BY id LIMIT ?3",
        )
        .and_then(|mut prepared| {
            let values = params![viewer.map(UserId::as_str), MAX_BOARDS, MAX_WORKSPACES];
            prepared
                .query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
                .collect()
        })
        .map_err(errors::of_sqlite)?;
    rows.into_iter()
        .map(|(id, name, cache, boards)| {
            let cache = cache.and_then(|cache| serde_json::from_str(&cache).ok());
            ListedWorkspace::stored(&id, name, cache.as_ref(), boards)
        })
        .collect()
}
