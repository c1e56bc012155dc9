//! Moving a contact to another column: the one write of contacts, for demos. In the product contacts are written by others.

use ids::{BoardId, ContactId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension as _};

use super::{SqliteSource, errors, settings};
use crate::source::SourceError;

impl SqliteSource {
    /// Moves a contact to a column of its board, and says which board that is; `None` where the workspace has no such contact, or its board no
    /// such column. The caller's right to do so is the caller's to check.
    pub async fn move_contact(
        &self,
        workspace: &WorkspaceId,
        contact: &ContactId,
        column: String,
    ) -> Result<Option<BoardId>, SourceError> {
        let (workspace, contact) = (workspace.clone(), contact.clone());
        let board =
            self.pool.read(move |connection| write(connection, &workspace, &contact, &column)).await?;
        let malformed = |_| SourceError::Failed("a board's id is malformed".to_owned());
        board.map(|board| BoardId::parse(&board).map_err(malformed)).transpose()
    }
}

fn write(
    connection: &mut Connection,
    workspace: &WorkspaceId,
    contact: &ContactId,
    column: &str,
) -> Result<Option<String>, SourceError> {
    connection
        .query_row(
            "UPDATE contacts SET board_column_id = ?3, updated_at = ?4
                WHERE id = ?2 AND workspace_id = ?1 AND EXISTS (
                    SELECT 1 FROM board_columns AS own
                    WHERE own.id = ?3 AND own.workspace_id = ?1 AND own.board_id = contacts.board_id)
                RETURNING board_id",
            [workspace.as_str(), contact.as_str(), column, &settings::now_text()],
            |row| row.get(0),
        )
        .optional()
        .map_err(errors::of_sqlite)
}
