//! The columns of a contact's JSON, in the order in which PostgREST prints them, and the printing.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::errors;
use crate::source::SourceError;

/// What a column's value becomes in JSON. NULL is `null` in either.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Boolean,
}

/// The opening of each column's JSON, `"name":`, with what the value becomes.
const COLUMNS: [(&str, Kind); 19] = [
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
    let mut separator = b'{';
    for (index, (opening, kind)) in COLUMNS.iter().enumerate() {
        json.push(separator);
        separator = b',';
        json.extend_from_slice(opening.as_bytes());
        match (kind, row.get_ref(index).map_err(errors::of_sqlite)?) {
            (_, ValueRef::Null) => json.extend_from_slice(b"null"),
            (Kind::Text, ValueRef::Text(text)) => {
                let text = std::str::from_utf8(text).map_err(|_| malformed())?;
                serde_json::to_writer(&mut *json, text).map_err(|_| malformed())?;
            }
            (Kind::Boolean, ValueRef::Integer(0)) => json.extend_from_slice(b"false"),
            (Kind::Boolean, ValueRef::Integer(1)) => json.extend_from_slice(b"true"),
            _ => return Err(malformed()),
        }
    }
    json.push(b'}');
    Ok(())
}

fn malformed() -> SourceError {
    SourceError::Failed("a contact holds a value of an unexpected type".to_owned())
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
