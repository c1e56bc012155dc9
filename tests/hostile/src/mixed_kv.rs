//! Workers KV that mixes things up: while workerd is down, what lies under two workspaces' keys changes places in the simulator's files.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OpenFlags, params};

/// The files of the simulator's namespace.
pub struct KvFiles(PathBuf);

impl KvFiles {
    /// Those below the folder that a Worker was started with.
    pub fn of(persist_dir: &Path) -> Self {
        Self(persist_dir.to_path_buf())
    }

    /// The database that says what lies under which key.
    fn database(&self) -> Result<Connection> {
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "sqlite")
                    && let Ok(database) =
                        Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
                    && database.prepare("select blob_id from _mf_entries").is_ok()
                {
                    return Ok(database);
                }
            }
        }
        None.context("the simulator keeps Workers KV otherwise now")
    }

    /// Waits until both keys are there: they are written after the answers.
    pub async fn wait_for(&self, keys: &[&str]) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let stored = self.database().and_then(|database| {
                keys.iter().map(|key| Ok(blob(&database, key)?)).collect::<Result<Vec<String>>>()
            });
            match stored {
                Ok(_) => return Ok(()),
                Err(error) => ensure!(Instant::now() < deadline, "{keys:?} are not stored: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Has two keys change places. Nobody must have the files open.
    pub fn swap(&self, one: &str, other: &str) -> Result<()> {
        let database = self.database()?;
        let (of_one, of_other) = (blob(&database, one)?, blob(&database, other)?);
        for (key, blob) in [(one, of_other), (other, of_one)] {
            let changed =
                database.execute("update _mf_entries set blob_id = ?2 where key = ?1", params![key, blob])?;
            ensure!(changed == 1, "{key} is not there");
        }
        Ok(())
    }
}

fn blob(database: &Connection, key: &str) -> rusqlite::Result<String> {
    database.query_row("select blob_id from _mf_entries where key = ?1", [key], |row| row.get(0))
}
