//! The demo data, into PostgreSQL by COPY.

use std::io::Cursor;

use anyhow::{Context as _, Result};
use demo_data::{Anchor, ContactRow, timestamp_text};
use futures_util::{SinkExt as _, pin_mut};
use tokio_postgres::Client;

/// How much text is sent at a time, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// Inserts everything but messages into the empty tables.
///
/// Foreign keys and triggers are off meanwhile, since the data is known to be consistent.
pub(super) async fn insert_demo_data(client: &Client, anchor: Anchor) -> Result<()> {
    client.batch_execute("begin; set local session_replication_role = replica").await?;
    let workspaces = demo_data::workspaces(anchor)
        .map(|row| Line::new().text(row.id).text(row.name).time(row.created_at).finish());
    copy(client, "workspaces (id, name, created_at)", workspaces).await?;
    let members = demo_data::members(anchor).map(|row| {
        Line::new()
            .text(row.workspace_id)
            .text(row.user_id)
            .text(row.role.as_str())
            .time(row.created_at)
            .finish()
    });
    copy(client, "workspace_members (workspace_id, user_id, role, created_at)", members).await?;
    let boards = demo_data::boards(anchor).map(|row| {
        Line::new().text(row.id).text(row.workspace_id).text(row.name).time(row.created_at).finish()
    });
    copy(client, "boards (id, workspace_id, name, created_at)", boards).await?;
    let columns = demo_data::columns().map(|row| {
        let position = row.position.to_string();
        Line::new()
            .text(&row.id)
            .text(row.workspace_id)
            .text(row.board_id)
            .text(row.name)
            .text(&position)
            .finish()
    });
    copy(client, "board_columns (id, workspace_id, board_id, name, position)", columns).await?;
    let contacts = demo_data::contacts(anchor).map(|row| contact_line(&row));
    copy(
        client,
        "contacts (id, name, email, phone, status, board_column_id, workspace_id, board_id, priority, assigned_to, \
         needs_response, follow_up_at, is_favorite, is_archived, sentiment, lifecycle_stage, last_activity_at, \
         created_at, updated_at)",
        contacts,
    )
    .await?;
    client.batch_execute("commit").await?;
    Ok(())
}

/// Inserts the messages of contacts that are there, once their table is. Foreign keys and triggers are off, as before.
pub(super) async fn insert_demo_messages(client: &Client, anchor: Anchor) -> Result<()> {
    client.batch_execute("begin; set local session_replication_role = replica").await?;
    let messages = demo_data::messages(anchor).map(|row| {
        Line::new()
            .text(&row.id)
            .text(row.workspace_id)
            .text(&row.contact_id)
            .text(row.direction.as_str())
            .text(row.channel.as_str())
            .text(&row.body)
            .time(row.created_at)
            .finish()
    });
    copy(client, "messages (id, workspace_id, contact_id, direction, channel, body, created_at)", messages)
        .await?;
    client.batch_execute("commit").await?;
    Ok(())
}

/// Leaves the database as one that has been running for a while: vacuumed, analysed, and nothing waiting to be written.
pub(super) async fn settle(client: &Client) -> Result<()> {
    // One at a time: VACUUM refuses to be part of a transaction, and several statements in one message are one.
    client.batch_execute("vacuum (analyze)").await?;
    client.batch_execute("checkpoint").await?;
    Ok(())
}

fn contact_line(row: &ContactRow) -> String {
    Line::new()
        .text(&row.id)
        .text(&row.name)
        .optional(row.email.as_deref())
        .optional(row.phone.as_deref())
        .text(row.status.as_str())
        .optional(row.board_column_id.as_deref())
        .text(row.workspace_id)
        .text(row.board_id)
        .text(row.priority.as_str())
        .optional(row.assigned_to)
        .boolean(row.needs_response)
        .optional_time(row.follow_up_at)
        .boolean(row.is_favorite)
        .boolean(row.is_archived)
        .optional(row.sentiment.map(demo_data::Sentiment::as_str))
        .text(row.lifecycle_stage.as_str())
        .optional_time(row.last_activity_at)
        .time(row.created_at)
        .time(row.updated_at)
        .finish()
}

async fn copy(client: &Client, table: &str, lines: impl Iterator<Item = String>) -> Result<()> {
    let sink = client.copy_in(&format!("copy public.{table} from stdin")).await?;
    pin_mut!(sink);
    let mut chunk = String::with_capacity(CHUNK_BYTES + 1024);
    for line in lines {
        chunk.push_str(&line);
        if chunk.len() >= CHUNK_BYTES {
            sink.send(Cursor::new(std::mem::take(&mut chunk).into_bytes())).await?;
        }
    }
    sink.send(Cursor::new(chunk.into_bytes())).await?;
    sink.finish().await.with_context(|| format!("COPY {table} failed"))?;
    Ok(())
}

/// A line of COPY's text format: fields between tabs, `\N` for null, a backslash before what would be taken for syntax.
struct Line {
    text: String,
}

impl Line {
    fn new() -> Self {
        Self { text: String::with_capacity(256) }
    }

    fn text(mut self, value: &str) -> Self {
        if !self.text.is_empty() {
            self.text.push('\t');
        }
        for character in value.chars() {
            match character {
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                other => self.text.push(other),
            }
        }
        self
    }

    fn optional(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    fn null(mut self) -> Self {
        self.text.push_str("\t\\N");
        self
    }

    fn boolean(self, value: bool) -> Self {
        self.text(if value { "t" } else { "f" })
    }

    fn time(self, unix_secs: i64) -> Self {
        self.text(&timestamp_text(unix_secs))
    }

    fn optional_time(self, unix_secs: Option<i64>) -> Self {
        match unix_secs {
            Some(unix_secs) => self.time(unix_secs),
            None => self.null(),
        }
    }

    fn finish(mut self) -> String {
        self.text.push('\n');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_would_take_for_syntax_is_escaped() {
        let line = Line::new().text("a\\b").text("c\td\ne").optional(None).boolean(true).finish();
        assert_eq!(line, "a\\\\b\tc\\td\\ne\t\\N\tt\n");
    }
}
