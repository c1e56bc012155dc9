//! The outbox's file: one row for each tag whose generation somebody may not have, the edge's ledger or Redis.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use coherence::{Generation, Stamp, Tag, View};
use ids::WorkspaceId;
use parking_lot::Mutex;
use rusqlite::{Connection, params};

/// The outbox cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the outbox failed: {0}")]
pub struct OutboxError(String);

impl From<tokio::task::JoinError> for OutboxError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self(error.to_string())
    }
}

impl From<rusqlite::Error> for OutboxError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// The outbox's file. Every write is synchronised before it is acknowledged.
#[derive(Clone)]
pub struct OutboxStore {
    connection: Arc<Mutex<Connection>>,
    /// A disk is waited for on a thread of its own. Memory is not, so that a simulation has one thread.
    waits_for_disk: bool,
    /// Whose rows they are.
    table: &'static str,
}

/// What the ledger may not have.
const OF_LEDGER: &str = "pending";
/// What Redis may not have.
const OF_REDIS: &str = "owed_to_redis";

impl OutboxStore {
    /// Opens the file, or makes it.
    pub fn open(path: &Path) -> Result<Self, OutboxError> {
        Self::prepare(Connection::open(path)?, true)
    }

    /// A store that is gone with its last clone: for tests.
    pub fn in_memory() -> Result<Self, OutboxError> {
        Self::prepare(Connection::open_in_memory()?, false)
    }

    fn prepare(connection: Connection, waits_for_disk: bool) -> Result<Self, OutboxError> {
        connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 2000;",
        )?;
        for table in [OF_LEDGER, OF_REDIS] {
            connection.execute_batch(&format!(
                "create table if not exists {table}(
                     workspace text not null, tag text not null, generation integer not null, since_ms integer not null,
                     primary key (workspace, tag)) without rowid;"
            ))?;
        }
        Ok(Self { connection: Arc::new(Mutex::new(connection)), waits_for_disk, table: OF_LEDGER })
    }

    /// The same file's rows of what Redis may not have.
    pub(super) fn owed_to_redis(&self) -> Self {
        Self { table: OF_REDIS, ..self.clone() }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, OutboxError> {
        if !self.waits_for_disk {
            return Ok(work(&mut self.connection.lock())?);
        }
        let connection = self.connection.clone();
        Ok(tokio::task::spawn_blocking(move || work(&mut connection.lock())).await??)
    }

    /// Adds generations; of each tag the highest stays. Where that was there before it rises by one: what was handed out is not all that waits then, and
    /// telling of it does not cross out the rest. Generations come in no order where some were minted ahead of the clock.
    pub async fn put(&self, workspace: WorkspaceId, generations: Stamp) -> Result<(), OutboxError> {
        let since_ms =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        let statement = format!(
            "insert into {} values (?1, ?2, ?3, ?4)
             on conflict do update set generation = max(generation + 1, excluded.generation)",
            self.table
        );
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            for (tag, generation) in generations.iter() {
                transaction.execute(
                    &statement,
                    params![workspace.as_str(), tag.to_string(), generation.get().cast_signed(), since_ms],
                )?;
            }
            transaction.commit()
        })
        .await
    }

    /// Whose generations wait.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceId>, OutboxError> {
        let statement = format!("select distinct workspace from {}", self.table);
        self.run(move |connection| {
            let mut rows = connection.prepare_cached(&statement)?;
            let rows = rows.query_map([], |row| row.get::<_, String>(0))?;
            rows.filter_map(|row| row.map(|text| WorkspaceId::parse(&text).ok()).transpose()).collect()
        })
        .await
    }

    /// All that waits of a workspace.
    pub async fn pending_of(&self, workspace: WorkspaceId) -> Result<View, OutboxError> {
        let statement = format!("select tag, generation from {} where workspace = ?1", self.table);
        self.run(move |connection| {
            let mut rows = connection.prepare_cached(&statement)?;
            let rows = rows.query_map([workspace.as_str()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?;
            let mut pending = View::new();
            for row in rows {
                let (tag, generation) = row?;
                if let Ok(tag) = Tag::parse(&tag) {
                    pending.merge(&tag, Generation::new(generation.cast_unsigned()));
                }
            }
            Ok(pending)
        })
        .await
    }

    /// Forgets what was told, unless a later generation came meanwhile.
    pub async fn delivered(&self, workspace: WorkspaceId, view: View) -> Result<(), OutboxError> {
        let statement =
            format!("delete from {} where workspace = ?1 and tag = ?2 and generation <= ?3", self.table);
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            for (tag, generation) in view.iter() {
                transaction.execute(
                    &statement,
                    params![workspace.as_str(), tag.to_string(), generation.get().cast_signed()],
                )?;
            }
            transaction.commit()
        })
        .await
    }

    /// How many tags wait, and since when the first one does.
    pub async fn depth(&self) -> Result<(u64, Option<u64>), OutboxError> {
        let statement = format!("select count(*), min(since_ms) from {}", self.table);
        self.run(move |connection| {
            connection.query_row(&statement, [], |row| {
                let since: Option<i64> = row.get(1)?;
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), since.map(i64::cast_unsigned)))
            })
        })
        .await
    }
}
