//! Contact sources: where pages, contacts, messages, counts and settings come from when no cache has them.
//!
//! Two implementations, held to the same answers by one conformance suite: [`supabase`] (PostgREST, the caller's token
//! passed on so that row-level security decides) and [`sqlite`] (embedded, the default where no Supabase is set).
//! A source knows nothing of caches.

pub mod sqlite;
pub mod supabase;
mod time;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::{ListQuery, MessagesQuery};
use dto::ContactCounts;
use dto::settings::CacheSettings;
use identity::Role;
use ids::{BoardId, ContactId, UserId, WorkspaceId};

/// On whose behalf the source is asked.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    /// A user, with the user's own verified token: the source's row-level security decides what is seen.
    User {
        /// The user.
        id: &'a UserId,
        /// The user's bearer token, to be passed on.
        token: &'a str,
    },
    /// The service itself: the caller has shown an internal key and the workspace is fixed in the query.
    Service,
}

/// A page of contacts, as the source printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPage {
    /// A JSON array of the contacts, every column passed through. It is not parsed here.
    pub contacts_json: Bytes,
    /// How many contacts match over all pages.
    pub total: u64,
}

/// A page of a contact's messages, as the source printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePage {
    /// A JSON array of messages, newest first, each `{"id", "contact_id", "direction", "channel", "body", "created_at"}`. It is not
    /// parsed here.
    pub messages_json: Bytes,
    /// How many messages the contact has over all pages.
    pub total: u64,
}

/// A workspace in a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWorkspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Whether anything of it is cached.
    pub cache_enabled: bool,
    /// How many boards it has; counted to [`MAX_BOARDS`].
    pub boards: u64,
}

impl ListedWorkspace {
    /// As it is stored: `cache` are its cache settings, unset where nobody has made any.
    pub(crate) fn stored(
        id: &str,
        name: String,
        cache: Option<&serde_json::Value>,
        boards: u64,
    ) -> Result<Self, SourceError> {
        let malformed = |_| SourceError::Failed("a workspace's id is malformed".to_owned());
        let id = WorkspaceId::parse(id).map_err(malformed)?;
        let cache_enabled = cache.map_or_else(CacheSettings::default, CacheSettings::from_stored).enabled;
        Ok(Self { id, name, cache_enabled, boards })
    }
}

/// The cache settings that somebody has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSettings {
    /// The settings.
    pub cache: CacheSettings,
    /// When the workspace's settings were last written, as the source prints points in time.
    pub updated_at: String,
}

/// Why a source did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// The workspace has no such board, or the asker may not see it.
    #[error("there is no such board")]
    NoBoard,
    /// What was asked for by its id is not in the workspace, or the asker may not see it.
    #[error("there is no such thing in the workspace")]
    NotFound,
    /// The asker is known and may not do this.
    #[error("the asker may not do this")]
    Forbidden,
    /// The source refused the asker's token.
    #[error("the source refused the token")]
    Refused,
    /// No answer in time.
    #[error("the source timed out")]
    Timeout,
    /// No connection, or an answer that says that the source is down.
    #[error("the source cannot be reached: {0}")]
    Unreachable(String),
    /// An answer that makes no sense. The text is for the log: it holds no row and no token.
    #[error("the source failed: {0}")]
    Failed(String),
}

/// Where contacts and memberships are read when no cache has them.
#[async_trait]
pub trait ContactSource: Send + Sync + 'static {
    /// Reads one page. `now_secs` (seconds since the Unix epoch) is what "recent" is measured from.
    ///
    /// A page past the end is empty and has the true total. A board that has no contact at all is told from a board
    /// that does not exist: the latter is [`SourceError::NoBoard`].
    async fn list_contacts(
        &self,
        asker: Asker<'_>,
        query: &ListQuery,
        now_secs: u64,
    ) -> Result<ContactPage, SourceError>;

    /// Reads one contact: a JSON object as the source printed it, every column passed through. [`SourceError::NotFound`] where the
    /// workspace has none.
    async fn contact(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        contact: &ContactId,
    ) -> Result<Bytes, SourceError>;

    /// Reads a page of a contact's messages, newest first.
    ///
    /// A page past the end is empty and has the true total. A contact without messages is told from one that is not in the workspace:
    /// the latter is [`SourceError::NotFound`].
    async fn messages(&self, asker: Asker<'_>, query: &MessagesQuery) -> Result<MessagePage, SourceError>;

    /// Counts a workspace's contacts; "assigned to me" are those of `user`. Whoever may not see the workspace counts nothing.
    async fn contact_counts(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        user: Option<&UserId>,
        now_secs: u64,
    ) -> Result<ContactCounts, SourceError>;

    /// The cache settings of a workspace; `None` where nobody has made any, or the asker may not see them.
    async fn settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
    ) -> Result<Option<StoredSettings>, SourceError>;

    /// Replaces the cache settings of a workspace and leaves its other settings alone. Returns when, as the source prints points in
    /// time. [`SourceError::Forbidden`] for who is no admin there, [`SourceError::NotFound`] where there is no such workspace.
    async fn put_settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        settings: &CacheSettings,
    ) -> Result<String, SourceError>;

    /// The boards of a workspace, by id: at most [`MAX_BOARDS`] of them. None where there is no such workspace, or the asker may not
    /// see it.
    async fn boards(&self, asker: Asker<'_>, workspace: &WorkspaceId) -> Result<Vec<BoardId>, SourceError>;

    /// The workspaces that the asker may see, by id: at most [`MAX_WORKSPACES`] of them.
    async fn workspaces(&self, asker: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError>;

    /// The role of a user in a workspace; `None` for somebody who is not a member, or where there is no such workspace.
    async fn role(
        &self,
        asker: Asker<'_>,
        user: &UserId,
        workspace: &WorkspaceId,
    ) -> Result<Option<Role>, SourceError>;

    /// Whether the source answers at all.
    async fn ready(&self) -> Result<(), SourceError>;
}

/// How far back "recent activity" reaches, in seconds: seven days.
pub const RECENT_ACTIVITY_SECS: u64 = 7 * 86_400;

/// How many boards of a workspace are listed at most.
pub const MAX_BOARDS: u32 = 100;

/// How many workspaces are listed at most.
pub const MAX_WORKSPACES: u32 = 1000;
