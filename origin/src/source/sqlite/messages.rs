//! A page of a contact's messages, newest first.

use bytes::Bytes;
use cache_key::MessagesQuery;
use rusqlite::{Transaction, params};

use super::json_object::{self, Column, Kind};
use super::{contact, errors};
use crate::source::{MessagePage, SourceError};

/// The columns of a message's JSON, in the order in which they are selected.
const COLUMNS: [Column; 6] = [
    ("\"id\":", Kind::Text),
    ("\"contact_id\":", Kind::Text),
    ("\"direction\":", Kind::Text),
    ("\"channel\":", Kind::Text),
    ("\"body\":", Kind::Text),
    ("\"created_at\":", Kind::Text),
];

/// The primary key, read backwards, is the order.
const PAGE: &str = "SELECT id, contact_id, direction, channel, body, created_at FROM messages \
    WHERE workspace_id = ? AND contact_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?";
const COUNT: &str = "SELECT count(*) FROM messages WHERE workspace_id = ? AND contact_id = ?";

/// Reads a page and the total from one snapshot.
pub(super) fn read(snapshot: &Transaction<'_>, query: &MessagesQuery) -> Result<MessagePage, SourceError> {
    let (workspace, contact) = (query.workspace().as_str(), query.contact().as_str());
    let total: u64 = snapshot
        .prepare_cached(COUNT)
        .and_then(|mut prepared| prepared.query_row([workspace, contact], |row| row.get(0)))
        .map_err(errors::of_sqlite)?;
    if total == 0 && !contact::exists(snapshot, query.workspace(), query.contact())? {
        return Err(SourceError::NotFound);
    }
    let params = query.params();
    if params.offset() >= total {
        return Ok(MessagePage { messages_json: Bytes::from_static(b"[]"), total });
    }
    let mut prepared = snapshot.prepare_cached(PAGE).map_err(errors::of_sqlite)?;
    let values = params![workspace, contact, params.per_page, params.offset().cast_signed()];
    let mut rows = prepared.query(values).map_err(errors::of_sqlite)?;
    let mut json = Vec::with_capacity(16 * 1024);
    json.push(b'[');
    while let Some(row) = rows.next().map_err(errors::of_sqlite)? {
        if json.len() > 1 {
            json.push(b',');
        }
        json_object::print(row, &COLUMNS, &mut json)?;
    }
    json.push(b']');
    Ok(MessagePage { messages_json: json.into(), total })
}
