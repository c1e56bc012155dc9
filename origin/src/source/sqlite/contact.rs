//! One contact of a workspace.

use bytes::Bytes;
use ids::{ContactId, WorkspaceId};
use rusqlite::{Transaction, params_from_iter};

use super::statement::Statement;
use super::{contact_columns, errors};
use crate::source::SourceError;

/// The contact as a JSON object, every column of it.
pub(super) fn read(
    snapshot: &Transaction<'_>,
    workspace: &WorkspaceId,
    contact: &ContactId,
) -> Result<Bytes, SourceError> {
    let mut statement = Statement::default();
    statement.push("SELECT ").push(contact_columns::SELECT_LIST).push(" FROM contacts WHERE id = ");
    statement.bind(contact.as_str().to_owned());
    statement.push(" AND workspace_id = ").bind(workspace.as_str().to_owned());
    let mut prepared = snapshot.prepare_cached(statement.sql()).map_err(errors::of_sqlite)?;
    let mut rows = prepared.query(params_from_iter(statement.values())).map_err(errors::of_sqlite)?;
    let row = rows.next().map_err(errors::of_sqlite)?.ok_or(SourceError::NotFound)?;
    let mut json = Vec::with_capacity(512);
    contact_columns::print(row, &mut json)?;
    Ok(json.into())
}

/// Whether the workspace has such a contact.
pub(super) fn exists(
    snapshot: &Transaction<'_>,
    workspace: &WorkspaceId,
    contact: &ContactId,
) -> Result<bool, SourceError> {
    snapshot
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM contacts WHERE id = ? AND workspace_id = ?)")
        .and_then(|mut prepared| prepared.query_row([contact.as_str(), workspace.as_str()], |row| row.get(0)))
        .map_err(errors::of_sqlite)
}
