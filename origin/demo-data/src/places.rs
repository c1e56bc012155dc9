//! The demo workspaces, their boards and the columns of each board.

use crate::{
    Anchor, BIG_BOARD_ID, BIG_WORKSPACE_ID, BoardRow, ColumnRow, VARIED_BOARD_IDS, VARIED_WORKSPACE_ID,
    WorkspaceRow,
};

/// The columns that every board has: the end of the id and the name, left to right.
pub(crate) const COLUMNS: [(&str, &str); 4] =
    [("new", "New"), ("active", "Active"), ("waiting", "Waiting"), ("done", "Done")];

/// The id of a board's column: `col_123_new` on `board_123`.
pub(crate) fn column_id(board_id: &str, column: &str) -> String {
    format!("col_{}_{column}", board_id.strip_prefix("board_").unwrap_or(board_id))
}

/// The rows of `workspaces`.
pub fn workspaces(anchor: Anchor) -> impl Iterator<Item = WorkspaceRow> {
    [(BIG_WORKSPACE_ID, "Harbour & Lane"), (VARIED_WORKSPACE_ID, "Northwind Outfitters")]
        .into_iter()
        .map(move |(id, name)| WorkspaceRow { id, name, created_at: anchor.minus_days(800) })
}

/// The rows of `boards`.
pub fn boards(anchor: Anchor) -> impl Iterator<Item = BoardRow> {
    let [sales, support, onboarding] = VARIED_BOARD_IDS;
    [
        (BIG_WORKSPACE_ID, BIG_BOARD_ID, "All contacts"),
        (VARIED_WORKSPACE_ID, sales, "Sales"),
        (VARIED_WORKSPACE_ID, support, "Support"),
        (VARIED_WORKSPACE_ID, onboarding, "Onboarding"),
    ]
    .into_iter()
    .map(move |(workspace_id, id, name)| BoardRow {
        id,
        workspace_id,
        name,
        created_at: anchor.minus_days(799),
    })
}

/// The rows of `board_columns`.
pub fn columns() -> impl Iterator<Item = ColumnRow> {
    let boards = std::iter::once((BIG_WORKSPACE_ID, BIG_BOARD_ID))
        .chain(VARIED_BOARD_IDS.into_iter().map(|board_id| (VARIED_WORKSPACE_ID, board_id)));
    boards.flat_map(|(workspace_id, board_id)| {
        (0..).zip(COLUMNS).map(move |(position, (column, name))| ColumnRow {
            id: column_id(board_id, column),
            workspace_id,
            board_id,
            name,
            position,
        })
    })
}
