//! The columns of a contact's JSON, in the order in which PostgREST prints them.

use rusqlite::Row;

use super::json_object::{self, Column, Kind};
use crate::source::SourceError;

/// The opening of each column's JSON, `"name":`, with what the value becomes.
const COLUMNS: [Column; 19] = [
    ("\"id\":", Kind::Text),
    ("\"name\":", Kind::Text),
    ("\"email\":", Kind::Text),
    ("\"phone\":", Kind::Text),
    ("\"status\":", Kind::Text),
    ("\"board_column_id\":", Kind::Text),
    ("\"workspace_id\":", Kind::Text),
    ("\"board_id\":", Kind::Text),
    ("\"priority\":", Kind::Text),
    ("\"assigned_to\":", Kind::Text),
    ("\"needs_response\":", Kind::Boolean),
    ("\"follow_up_at\":", Kind::Text),
    ("\"is_favorite\":", Kind::Boolean),
    ("\"is_archived\":", Kind::Boolean),
    ("\"sentiment\":", Kind::Text),
    ("\"lifecycle_stage\":", Kind::Text),
    ("\"last_activity_at\":", Kind::Text),
    ("\"created_at\":", Kind::Text),
    ("\"updated_at\":", Kind::Text),
];

/// The same columns as a select list.
pub(super) const SELECT_LIST: &str = "id, name, email, phone, status, board_column_id, workspace_id, board_id, \
    priority, assigned_to, needs_response, follow_up_at, is_favorite, is_archived, sentiment, lifecycle_stage, \
    last_activity_at, created_at, updated_at";

/// Appends a row of [`SELECT_LIST`] as a JSON object.
pub(super) fn print(row: &Row<'_>, json: &mut Vec<u8>) -> Result<(), SourceError> {
    json_object::print(row, &COLUMNS, json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_select_list_is_the_columns() {
        let names: Vec<String> = SELECT_LIST.split(", ").map(|name| format!("\"{name}\":")).collect();
        assert_eq!(names, COLUMNS.map(|(opening, _)| opening));
    }
}
