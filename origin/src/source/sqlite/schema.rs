//! The schema: made once, in a file that has none, brought up to date in one of an earlier version, and marked with its version.

use rusqlite::{Connection, TransactionBehavior};

use crate::source::SourceError;

/// The version of the schema, kept in the file as `user_version`; 0 is a file without a schema, 1 one without messages.
const VERSION: i64 = 2;

pub(super) const TABLES: &str = include_str!("schema.sql");
const MESSAGES: &str = include_str!("messages.sql");
pub(super) const INDEXES: &str = include_str!("indexes.sql");
pub(super) const DROP_INDEXES: &str = include_str!("drop_indexes.sql");

/// Makes the schema where there is none. Safe when several processes open the same file at once.
pub(super) fn ensure(connection: &mut Connection) -> Result<(), SourceError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(super::errors::of_sqlite)?;
    let version: i64 = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(super::errors::of_sqlite)?;
    let steps: &[&str] = match version {
        VERSION => return Ok(()),
        0 => &[TABLES, INDEXES, MESSAGES],
        1 => &[MESSAGES],
        other => {
            return Err(SourceError::Failed(format!(
                "the SQLite file has schema version {other}, this program knows {VERSION}"
            )));
        }
    };
    steps
        .iter()
        .try_for_each(|step| transaction.execute_batch(step))
        .and_then(|()| transaction.pragma_update(None, "user_version", VERSION))
        .and_then(|()| transaction.commit())
        .map_err(super::errors::of_sqlite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_made_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        ensure(&mut connection).unwrap();
        ensure(&mut connection).unwrap();
    }

    #[test]
    fn a_file_of_an_earlier_version_is_brought_up_to_date() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection.execute_batch(INDEXES).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        ensure(&mut connection).unwrap();
        connection.execute_batch("SELECT body FROM messages").unwrap();
        ensure(&mut connection).unwrap();
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(ensure(&mut connection), Err(SourceError::Failed(_))));
    }

    #[test]
    fn every_index_that_is_made_can_be_dropped_and_made_again() {
        let mut connection = Connection::open_in_memory().unwrap();
        ensure(&mut connection).unwrap();
        connection.execute_batch(DROP_INDEXES).unwrap();
        let left: i64 = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(left, 0);
        connection.execute_batch(INDEXES).unwrap();
    }
}
