//! Writing the demo data into an empty database.

use demo_data::Anchor;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{errors, schema};
use crate::source::SourceError;

/// What [`super::SqliteSource::seed_demo`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeding {
    /// The database was empty and now holds the demo data: so many contacts.
    Written {
        /// How many contacts were written.
        contacts: u64,
    },
    /// The database holds a workspace already and was left as it is.
    NotEmpty,
}

/// Fills an empty database in one transaction: after a crash it is empty still.
pub(super) fn run(connection: &mut Connection, anchor: Anchor) -> Result<Seeding, SourceError> {
    write(connection, anchor).map_err(errors::of_sqlite)
}

fn write(connection: &mut Connection, anchor: Anchor) -> rusqlite::Result<Seeding> {
    if has_workspaces(connection)? {
        return Ok(Seeding::NotEmpty);
    }
    // A rollback journal of a file that is nearly empty is nearly empty, where a write-ahead log would take every page twice.
    // The mode cannot be changed while another process has the file open: then it is merely slower.
    let _ = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()));
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -262_144)?;
    // The generator's values come from the closed sets of the constraints; checking them takes longer than all the rest.
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    let outcome = write_rows(connection, anchor);
    connection.pragma_update(None, "ignore_check_constraints", false)?;
    connection.pragma_update(None, "cache_size", -2_000)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    outcome
}

fn has_workspaces(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM workspaces)", [], |row| row.get(0))
}

fn write_rows(connection: &mut Connection, anchor: Anchor) -> rusqlite::Result<Seeding> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again: another process may have been faster.
    if has_workspaces(&transaction)? {
        return Ok(Seeding::NotEmpty);
    }
    transaction.execute_batch(schema::DROP_INDEXES)?;
    places_and_people(&transaction, anchor)?;
    let contacts = contacts(&transaction, anchor)?;
    transaction.execute_batch(schema::INDEXES)?;
    messages(&transaction, anchor)?;
    transaction.commit()?;
    Ok(Seeding::Written { contacts })
}

fn places_and_people(transaction: &Transaction<'_>, anchor: Anchor) -> rusqlite::Result<()> {
    let text = demo_data::timestamp_text;
    for row in demo_data::workspaces(anchor) {
        transaction.execute(
            "INSERT INTO workspaces (id, name, created_at) VALUES (?, ?, ?)",
            params![row.id, row.name, text(row.created_at)],
        )?;
    }
    for row in demo_data::members(anchor) {
        transaction.execute(
            "INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES (?, ?, ?, ?)",
            params![row.workspace_id, row.user_id, row.role.as_str(), text(row.created_at)],
        )?;
    }
    for row in demo_data::boards(anchor) {
        transaction.execute(
            "INSERT INTO boards (id, workspace_id, name, created_at) VALUES (?, ?, ?, ?)",
            params![row.id, row.workspace_id, row.name, text(row.created_at)],
        )?;
    }
    for row in demo_data::columns() {
        transaction.execute(
            "INSERT INTO board_columns (id, workspace_id, board_id, name, position) VALUES (?, ?, ?, ?, ?)",
            params![row.id, row.workspace_id, row.board_id, row.name, row.position],
        )?;
    }
    Ok(())
}

fn contacts(transaction: &Transaction<'_>, anchor: Anchor) -> rusqlite::Result<u64> {
    let text = demo_data::timestamp_text;
    let mut insert = transaction.prepare(
        "INSERT INTO contacts (id, name, email, phone, status, board_column_id, workspace_id, board_id, priority, \
         assigned_to, needs_response, follow_up_at, is_favorite, is_archived, sentiment, lifecycle_stage, \
         last_activity_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let mut written = 0;
    for row in demo_data::contacts(anchor) {
        insert.execute(params![
            row.id,
            row.name,
            row.email,
            row.phone,
            row.status.as_str(),
            row.board_column_id,
            row.workspace_id,
            row.board_id,
            row.priority.as_str(),
            row.assigned_to,
            row.needs_response,
            row.follow_up_at.map(text),
            row.is_favorite,
            row.is_archived,
            row.sentiment.map(demo_data::Sentiment::as_str),
            row.lifecycle_stage.as_str(),
            row.last_activity_at.map(text),
            text(row.created_at),
            text(row.updated_at),
        ])?;
        written += 1;
    }
    Ok(written)
}

fn messages(transaction: &Transaction<'_>, anchor: Anchor) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare(
        "INSERT INTO messages (id, workspace_id, contact_id, direction, channel, body, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    for row in demo_data::messages(anchor) {
        insert.execute(params![
            row.id,
            row.workspace_id,
            row.contact_id,
            row.direction.as_str(),
            row.channel.as_str(),
            row.body,
            demo_data::timestamp_text(row.created_at),
        ])?;
    }
    Ok(())
}
