//! The boards of a workspace.

use ids::{BoardId, WorkspaceId};
use rusqlite::{Transaction, params};

use super::errors;
use crate::source::{MAX_BOARDS, SourceError};

/// The boards, by id, as far as their number is bounded.
pub(super) fn read(snapshot: &Transaction<'_>, workspace: &WorkspaceId) -> Result<Vec<BoardId>, SourceError> {
    let ids: Vec<String> = snapshot
        .prepare_cached("SELECT id FROM boards WHERE workspace_id = ? ORDER BY id LIMIT ?")
        .and_then(|mut prepared| {
            prepared.query_map(params![workspace.as_str(), MAX_BOARDS], |row| row.get(0))?.collect()
        })
        .map_err(errors::of_sqlite)?;
    let malformed = |_| SourceError::Failed("a board's id is malformed".to_owned());
    ids.iter().map(|id| BoardId::parse(id).map_err(malformed)).collect()
}
