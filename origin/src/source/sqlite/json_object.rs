//! Printing a row as a JSON object, as PostgREST prints it.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::errors;
use crate::source::SourceError;

/// What a column's value becomes in JSON. NULL is `null` in either.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Boolean,
}

/// The opening of a column's JSON, `"name":`, with what the value becomes.
pub(super) type Column = (&'static str, Kind);

/// Appends the columns of a row, in their order, as a JSON object.
pub(super) fn print(row: &Row<'_>, columns: &[Column], json: &mut Vec<u8>) -> Result<(), SourceError> {
    let mut separator = b'{';
    for (index, (opening, kind)) in columns.iter().enumerate() {
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
    SourceError::Failed("a row holds a value of an unexpected type".to_owned())
}
