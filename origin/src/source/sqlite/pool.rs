//! A few connections to one database, and the thread work that they do.
//!
//! SQLite blocks its thread, so each piece of work runs on Tokio's blocking threads; a semaphore bounds how many do. All
//! work has a deadline from the moment it is asked for, waiting for a connection included. SQLite itself is asked to stop
//! when it passes (through its progress handler, which belongs to the one connection and statement, so that a late
//! interrupt can never hit the next user of the connection).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::errors;
use crate::source::SourceError;

/// Connections to a file: reads are short, and more would only compete for the processor.
const FILE_CONNECTIONS: usize = 4;
/// Virtual machine instructions of SQLite between two looks at the clock: well under a millisecond's worth.
const INSTRUCTIONS_BETWEEN_CHECKS: i32 = 10_000;
/// How long a connection waits for another process's lock, in milliseconds.
const BUSY_TIMEOUT_MS: u64 = 2_000;
/// Prepared statements kept by a connection. A list has a few hundred forms, of which a workload uses few.
const CACHED_STATEMENTS: usize = 64;

/// Where the database is.
#[derive(Debug, Clone)]
enum Location {
    /// A file, opened by each connection.
    File(PathBuf),
    /// In memory, where one connection is the whole database.
    Memory,
}

/// Connections to one database, opened when needed and kept.
#[derive(Clone)]
pub(super) struct Pool {
    location: Location,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    timeout: Duration,
}

impl Pool {
    /// Opens a file, creating it when it is missing.
    pub(super) fn of_file(path: &Path, timeout: Duration) -> Result<Self, SourceError> {
        Self::with_first_connection(Location::File(path.to_owned()), FILE_CONNECTIONS, timeout)
    }

    /// Opens an empty database in memory.
    pub(super) fn in_memory(timeout: Duration) -> Result<Self, SourceError> {
        Self::with_first_connection(Location::Memory, 1, timeout)
    }

    fn with_first_connection(
        location: Location,
        size: usize,
        timeout: Duration,
    ) -> Result<Self, SourceError> {
        let mut connection = open(&location)?;
        super::schema::ensure(&mut connection)?;
        Ok(Self {
            location,
            idle: Arc::new(Mutex::new(vec![connection])),
            permits: Arc::new(Semaphore::new(size)),
            timeout,
        })
    }

    /// Does a piece of reading, or a short write, within the deadline.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let deadline = Instant::now() + self.timeout;
        self.run(Some(deadline), work).await
    }

    /// Does a piece of work that may take as long as it takes.
    pub(super) async fn run_to_the_end<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        self.run(None, work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        deadline: Option<Instant>,
        work: impl FnOnce(&mut Connection) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = match deadline {
            Some(deadline) => {
                tokio::time::timeout_at(deadline.into(), permit).await.map_err(|_| SourceError::Timeout)?
            }
            None => permit.await,
        }
        .map_err(|_| SourceError::Unreachable("the source is shut".to_owned()))?;
        let pool = self.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let idle = pool.lock_idle().pop();
            let connection = idle.map_or_else(|| open(&pool.location), Ok)?;
            let mut lent = Lent { pool, connection: Some(connection) };
            let Some(connection) = lent.connection.as_mut() else {
                return Err(SourceError::Unreachable("the connection is gone".to_owned()));
            };
            if let Some(deadline) = deadline {
                connection
                    .progress_handler(INSTRUCTIONS_BETWEEN_CHECKS, Some(move || Instant::now() >= deadline));
            }
            work(connection)
        })
        .await
        .map_err(|_| SourceError::Failed("the reading thread stopped".to_owned()))?
    }

    fn lock_idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use, which goes back to its pool however its use ends.
struct Lent {
    pool: Pool,
    /// Always there until the drop.
    connection: Option<Connection>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.progress_handler(0, None::<fn() -> bool>);
            self.pool.lock_idle().push(connection);
        }
    }
}

fn open(location: &Location) -> Result<Connection, SourceError> {
    // No mutex inside SQLite: the pool lends a connection to one thread at a time.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match location {
        Location::File(path) => Connection::open_with_flags(path, flags),
        Location::Memory => Connection::open_in_memory_with_flags(flags),
    }
    .map_err(errors::of_sqlite)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection
        .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))
        // Write-ahead log: a writer, such as somebody at the console, never blocks readers. In memory it has no meaning.
        .and_then(|()| connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())))
        .and_then(|()| connection.pragma_update(None, "synchronous", "NORMAL"))
        .map_err(errors::of_sqlite)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDLESS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";

    fn endless(connection: &mut Connection) -> Result<i64, SourceError> {
        connection.query_row(ENDLESS, [], |row| row.get::<_, i64>(0)).map_err(errors::of_sqlite)
    }

    #[tokio::test]
    async fn a_statement_is_stopped_at_the_deadline_and_the_connection_goes_on() {
        let pool = Pool::in_memory(Duration::from_millis(50)).unwrap();
        let began = Instant::now();
        assert!(matches!(pool.read(endless).await, Err(SourceError::Timeout)));
        assert!(began.elapsed() < Duration::from_secs(5));
        let answer = pool.read(|connection| {
            connection.query_row("SELECT 7", [], |row| row.get::<_, i64>(0)).map_err(errors::of_sqlite)
        });
        assert_eq!(answer.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn waiting_for_a_connection_counts() {
        let pool = Pool::in_memory(Duration::from_millis(50)).unwrap();
        let (first, second) = tokio::join!(pool.read(endless), pool.read(endless));
        assert!(matches!(first, Err(SourceError::Timeout)));
        assert!(matches!(second, Err(SourceError::Timeout)));
    }
}
