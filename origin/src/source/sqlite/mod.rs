//! The embedded source: one SQLite database, in a file or in memory. The default where no Supabase is set.
//!
//! It answers as Supabase does, to the column and to the order of equal names, so that what is tried on a laptop holds in
//! production. There is no row-level security in SQLite: the rule "a member sees the workspaces that they are a member of" is
//! applied here, in each read, for every asker but the service itself.
//!
//! It must never put a value into the text of a statement, nor hold an async thread while SQLite works.

mod boards;
mod contact;
mod contact_columns;
mod counts;
mod errors;
mod json_object;
mod messages;
mod moving;
mod pool;
mod query;
#[cfg(test)]
mod resource_tests;
mod schema;
mod seed;
mod settings;
mod statement;
#[cfg(test)]
mod tests;
mod workspaces;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::{ListQuery, MessagesQuery};
use dto::ContactCounts;
use dto::settings::CacheSettings;
use identity::Role;
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use rusqlite::{Connection, Transaction, params_from_iter};

use self::pool::Pool;
use self::statement::Statement;
use super::{Asker, ContactPage, ContactSource, ListedWorkspace, MessagePage, SourceError, StoredSettings};

pub use demo_data::Anchor;
pub use seed::Seeding;

/// How long a read may take, waiting for a connection included.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Contacts in an SQLite database.
#[derive(Clone)]
pub struct SqliteSource {
    pool: Pool,
}

impl SqliteSource {
    /// Opens a database file. A missing file is created, and so is a missing schema. Takes a few milliseconds.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        Ok(Self { pool: Pool::of_file(path, READ_TIMEOUT)? })
    }

    /// Opens an empty database in memory, which is gone when the source is dropped. It has one connection: reads queue.
    pub fn open_in_memory() -> Result<Self, SourceError> {
        Ok(Self { pool: Pool::in_memory(READ_TIMEOUT)? })
    }

    /// Fills the database with the demo data if it has no workspace at all. Takes a few seconds.
    pub async fn seed_demo(&self, anchor: Anchor) -> Result<Seeding, SourceError> {
        self.pool.run_to_the_end(move |connection| seed::run(connection, anchor)).await
    }
}

impl SqliteSource {
    /// Reads something of a workspace from one snapshot; `None` where the asker may not see the workspace.
    async fn read_of<T: Send + 'static>(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        read: impl FnOnce(&Transaction<'_>, &WorkspaceId) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<Option<T>, SourceError> {
        let (viewer, workspace) = (viewer(asker), workspace.clone());
        self.pool
            .read(move |connection| {
                let snapshot = connection.transaction().map_err(errors::of_sqlite)?;
                if let Some(viewer) = &viewer
                    && role_of(&snapshot, &workspace, viewer)?.is_none()
                {
                    return Ok(None);
                }
                read(&snapshot, &workspace).map(Some)
            })
            .await
    }
}

#[async_trait]
impl ContactSource for SqliteSource {
    async fn list_contacts(
        &self,
        asker: Asker<'_>,
        query: &ListQuery,
        now_secs: u64,
    ) -> Result<ContactPage, SourceError> {
        let viewer = viewer(asker);
        let query = query.clone();
        self.pool.read(move |connection| list(connection, viewer.as_ref(), &query, now_secs)).await
    }

    async fn contact(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        contact: &ContactId,
    ) -> Result<Bytes, SourceError> {
        let contact = contact.clone();
        let read = move |snapshot: &Transaction<'_>, workspace: &WorkspaceId| {
            contact::read(snapshot, workspace, &contact)
        };
        self.read_of(asker, workspace, read).await?.ok_or(SourceError::NotFound)
    }

    async fn messages(&self, asker: Asker<'_>, query: &MessagesQuery) -> Result<MessagePage, SourceError> {
        let page = query.clone();
        let read = move |snapshot: &Transaction<'_>, _: &WorkspaceId| messages::read(snapshot, &page);
        self.read_of(asker, query.workspace(), read).await?.ok_or(SourceError::NotFound)
    }

    async fn contact_counts(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        user: Option<&UserId>,
        now_secs: u64,
    ) -> Result<ContactCounts, SourceError> {
        let user = user.cloned();
        let read = move |snapshot: &Transaction<'_>, workspace: &WorkspaceId| {
            counts::read(snapshot, workspace, user.as_ref(), now_secs)
        };
        Ok(self.read_of(asker, workspace, read).await?.unwrap_or_default())
    }

    async fn settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
    ) -> Result<Option<StoredSettings>, SourceError> {
        Ok(self.read_of(asker, workspace, settings::read).await?.flatten())
    }

    async fn put_settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        settings: &CacheSettings,
    ) -> Result<String, SourceError> {
        let (viewer, workspace, settings) = (viewer(asker), workspace.clone(), *settings);
        let write = move |connection: &mut Connection| {
            settings::write(connection, viewer.as_ref(), &workspace, &settings)
        };
        self.pool.read(write).await
    }

    async fn boards(&self, asker: Asker<'_>, workspace: &WorkspaceId) -> Result<Vec<BoardId>, SourceError> {
        Ok(self.read_of(asker, workspace, boards::read).await?.unwrap_or_default())
    }

    async fn workspaces(&self, asker: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError> {
        let viewer = viewer(asker);
        self.pool.read(move |connection| workspaces::read(connection, viewer.as_ref())).await
    }

    async fn role(
        &self,
        asker: Asker<'_>,
        user: &UserId,
        workspace: &WorkspaceId,
    ) -> Result<Option<Role>, SourceError> {
        let viewer = viewer(asker);
        let (user, workspace) = (user.clone(), workspace.clone());
        self.pool
            .read(move |connection| {
                let snapshot = connection.transaction().map_err(errors::of_sqlite)?;
                if let Some(viewer) = &viewer
                    && role_of(&snapshot, &workspace, viewer)?.is_none()
                {
                    return Ok(None);
                }
                role_of(&snapshot, &workspace, &user)
            })
            .await
    }

    async fn ready(&self) -> Result<(), SourceError> {
        self.pool
            .read(|connection| {
                connection
                    .query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
                    .map_err(errors::of_sqlite)
            })
            .await
    }
}

/// The user whose memberships bound what is seen; `None` for the service, which sees all.
fn viewer(asker: Asker<'_>) -> Option<UserId> {
    match asker {
        Asker::User { id, .. } => Some(id.clone()),
        Asker::Service => None,
    }
}

/// Membership, total and page, from one snapshot of the database.
fn list(
    connection: &mut Connection,
    viewer: Option<&UserId>,
    query: &ListQuery,
    now_secs: u64,
) -> Result<ContactPage, SourceError> {
    let snapshot = connection.transaction().map_err(errors::of_sqlite)?;
    if let Some(viewer) = viewer
        && role_of(&snapshot, query.workspace(), viewer)?.is_none()
    {
        return Err(SourceError::NoBoard);
    }
    let total = count(&snapshot, &query::count(query, now_secs))?;
    if total == 0 && !board_exists(&snapshot, query)? {
        return Err(SourceError::NoBoard);
    }
    let contacts_json = if query.offset() < total {
        let (path, window) = (query::access_path(query, total), query::window(query, total));
        page(&snapshot, &query::page(query, now_secs, path, window), window.is_reversed)?
    } else {
        Bytes::from_static(b"[]")
    };
    Ok(ContactPage { contacts_json, total })
}

fn count(snapshot: &Transaction<'_>, statement: &Statement) -> Result<u64, SourceError> {
    snapshot
        .prepare_cached(statement.sql())
        .and_then(|mut prepared| prepared.query_row(params_from_iter(statement.values()), |row| row.get(0)))
        .map_err(errors::of_sqlite)
}

/// The rows as a JSON array; `is_reversed` for those that come in the opposite order.
fn page(snapshot: &Transaction<'_>, statement: &Statement, is_reversed: bool) -> Result<Bytes, SourceError> {
    let mut prepared = snapshot.prepare_cached(statement.sql()).map_err(errors::of_sqlite)?;
    let mut rows = prepared.query(params_from_iter(statement.values())).map_err(errors::of_sqlite)?;
    let mut printed = Vec::new();
    while let Some(row) = rows.next().map_err(errors::of_sqlite)? {
        // A contact takes some 400 bytes.
        let mut contact = Vec::with_capacity(512);
        contact_columns::print(row, &mut contact)?;
        printed.push(contact);
    }
    if is_reversed {
        printed.reverse();
    }
    Ok([&b"["[..], &printed.join(&b','), b"]"].concat().into())
}

fn board_exists(snapshot: &Transaction<'_>, query: &ListQuery) -> Result<bool, SourceError> {
    snapshot
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM boards WHERE id = ? AND workspace_id = ?)")
        .and_then(|mut prepared| {
            prepared.query_row([query.board().as_str(), query.workspace().as_str()], |row| row.get(0))
        })
        .map_err(errors::of_sqlite)
}

fn role_of(
    snapshot: &Transaction<'_>,
    workspace: &WorkspaceId,
    user: &UserId,
) -> Result<Option<Role>, SourceError> {
    let role = snapshot
        .prepare_cached("SELECT role FROM workspace_members WHERE workspace_id = ? AND user_id = ?")
        .and_then(|mut prepared| {
            let mut rows = prepared.query([workspace.as_str(), user.as_str()])?;
            rows.next()?.map(|row| row.get::<_, String>(0)).transpose()
        })
        .map_err(errors::of_sqlite)?;
    Ok(role.as_deref().and_then(Role::parse))
}
