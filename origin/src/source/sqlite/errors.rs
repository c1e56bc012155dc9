//! From SQLite's errors to the source's. SQLite's own texts name tables and columns, never a row's content or a bound
//! value, but they are cut down to the result code all the same: that is what an operator can look up.

use rusqlite::ErrorCode;

use crate::source::SourceError;

/// What an error of SQLite means to the asker. By value, to stand in `map_err` as it is.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn of_sqlite(error: rusqlite::Error) -> SourceError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::OperationInterrupted => SourceError::Timeout,
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::PermissionDenied => SourceError::Unreachable(failure.to_string()),
            _ => SourceError::Failed(failure.to_string()),
        },
        // A statement of ours that SQLite does not accept: the text of the statement holds no value.
        rusqlite::Error::SqlInputError { error, .. } => SourceError::Failed(error.to_string()),
        rusqlite::Error::QueryReturnedNoRows => SourceError::Failed("a row is missing".to_owned()),
        _ => SourceError::Failed("a row or a statement does not have the expected shape".to_owned()),
    }
}
