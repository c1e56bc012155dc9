//! A source, a clock and a request for tests of the cache: under the test's control, and countable.

#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::{Change, Invalidation, ListParams, ListQuery, MessagesQuery};
use coherence::Floor;
use dto::ContactCounts;
use dto::settings::CacheSettings;
use identity::{InternalKeys, Role, VerifiedWorkspace};
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use origin::cache::answer::Answer;
use origin::cache::invalidation::Rules;
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::request::{ReadRequest, Reader};
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::clock::Clock;
use origin::shared_tier::local::LocalTier;
use origin::source::{
    Asker, ContactPage, ContactSource, ListedWorkspace, MessagePage, SourceError, StoredSettings,
};

#[derive(Default)]
pub struct TestClock(pub AtomicU64);

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        1_785_000_000_000 + self.0.load(Ordering::SeqCst)
    }
}

/// A source whose rows are one version number, read when the load begins and answered 10 ms later.
#[derive(Default)]
pub struct TestSource {
    pub version: AtomicU64,
    pub loads: AtomicU64,
    pub down: AtomicBool,
    pub no_board: AtomicBool,
    /// Whether pages show two contacts, `c1` and `c2`, in place of the version number.
    pub shows_contacts: AtomicBool,
    /// How many rows follow the version number.
    pub rows: AtomicU64,
    /// How much longer than 10 ms it takes.
    pub delay_ms: AtomicU64,
    /// How many boards are listed: `b0` and so on.
    pub boards: AtomicU64,
    /// Who is a member of every workspace.
    pub members: Mutex<HashSet<String>>,
    /// How many times it was asked for a role.
    pub roles: AtomicU64,
    /// Whether everybody is a member of everything.
    pub everybody_is_a_member: AtomicBool,
    /// The cache settings that somebody has made.
    pub settings: Mutex<Option<CacheSettings>>,
}

#[async_trait]
impl ContactSource for TestSource {
    async fn list_contacts(&self, _: Asker<'_>, _: &ListQuery, _: u64) -> Result<ContactPage, SourceError> {
        let version = self.version.load(Ordering::SeqCst);
        self.loads.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10 + self.delay_ms.load(Ordering::SeqCst))).await;
        if self.no_board.load(Ordering::SeqCst) {
            return Err(SourceError::NoBoard);
        }
        if self.down.load(Ordering::SeqCst) {
            return Err(SourceError::Timeout);
        }
        let rows = (0..self.rows.load(Ordering::SeqCst))
            .map(|row| format!(r#",{{"id":"contact_{row}","status":"open"}}"#));
        let contacts_json = Bytes::from(if self.shows_contacts.load(Ordering::SeqCst) {
            format!(r#"[{{"id":"c1","version":{version}}},{{"id":"c2"}}]"#)
        } else {
            format!("[{version}]{}", rows.collect::<String>())
        });
        Ok(ContactPage { contacts_json, total: 1 })
    }

    async fn contact(&self, _: Asker<'_>, _: &WorkspaceId, _: &ContactId) -> Result<Bytes, SourceError> {
        Err(SourceError::NotFound)
    }

    async fn messages(&self, _: Asker<'_>, _: &MessagesQuery) -> Result<MessagePage, SourceError> {
        Err(SourceError::NotFound)
    }

    async fn contact_counts(
        &self,
        _: Asker<'_>,
        _: &WorkspaceId,
        _: Option<&UserId>,
        _: u64,
    ) -> Result<ContactCounts, SourceError> {
        Ok(ContactCounts::default())
    }

    async fn settings(&self, _: Asker<'_>, _: &WorkspaceId) -> Result<Option<StoredSettings>, SourceError> {
        let cache = *self.settings.lock().unwrap();
        Ok(cache.map(|cache| StoredSettings { cache, updated_at: String::new() }))
    }

    async fn put_settings(
        &self,
        _: Asker<'_>,
        _: &WorkspaceId,
        _: &CacheSettings,
    ) -> Result<String, SourceError> {
        Err(SourceError::Forbidden)
    }

    async fn boards(&self, _: Asker<'_>, _: &WorkspaceId) -> Result<Vec<BoardId>, SourceError> {
        Ok((0..self.boards.load(Ordering::SeqCst))
            .map(|n| BoardId::parse(&format!("b{n}")).unwrap())
            .collect())
    }

    async fn workspaces(&self, _: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError> {
        let id = WorkspaceId::parse("w").unwrap();
        let boards = self.boards.load(Ordering::SeqCst);
        Ok(vec![ListedWorkspace { id, name: "W".to_owned(), cache_enabled: true, boards }])
    }

    async fn role(&self, _: Asker<'_>, user: &UserId, _: &WorkspaceId) -> Result<Option<Role>, SourceError> {
        self.roles.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if self.down.load(Ordering::SeqCst) {
            return Err(SourceError::Timeout);
        }
        let is_member = self.everybody_is_a_member.load(Ordering::SeqCst)
            || self.members.lock().unwrap().contains(user.as_str());
        Ok(is_member.then_some(Role::Member))
    }

    async fn ready(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

/// A cache of one process without Redis, and what it is made of.
pub struct World {
    pub cache: Arc<Cache>,
    pub source: Arc<TestSource>,
    pub clock: Arc<TestClock>,
}

impl World {
    pub fn alone(rules: impl Into<Rules>, fair_shares: Shares) -> Self {
        let (source, clock) = (Arc::<TestSource>::default(), Arc::<TestClock>::default());
        let (memory, views) = (MemoryTier::new(1 << 20), Arc::new(Views::alone()));
        let shared = Arc::new(LocalTier::new(clock.clone()));
        let cache = Cache::new(memory, views, shared, source.clone(), clock.clone(), rules, fair_shares);
        Self { cache, source, clock }
    }
}

/// The one workspace that the tests have.
pub fn workspace() -> VerifiedWorkspace {
    let proof =
        InternalKeys::parse("an-internal-key-for-tests").unwrap().check("an-internal-key-for-tests").unwrap();
    VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap())
}

/// A request of the service for a list of any board.
pub fn list(board: &str, query: &str) -> ReadRequest<ListQuery> {
    let (board, params) = (BoardId::parse(board).unwrap(), ListParams::parse(query).unwrap());
    let query = ListQuery::new(&workspace(), board, params).unwrap();
    ReadRequest { query, reader: Reader::Service, floor: Floor::none() }
}

pub fn request(floor: &str) -> ReadRequest<ListQuery> {
    let query = ListQuery::new(&workspace(), BoardId::parse("b").unwrap(), ListParams::default()).unwrap();
    ReadRequest { query, reader: Reader::Service, floor: Floor::parse(floor, u64::MAX / 2).unwrap() }
}

/// The invalidation of the one board that the tests have.
pub fn board_changed() -> Invalidation {
    let change = Change::Contact { board: BoardId::parse("b").unwrap(), contact: None };
    Invalidation::of(WorkspaceId::parse("w").unwrap(), &[change])
}

/// The invalidation of columns of one contact of that board.
pub fn columns_changed(contact: &str, columns: &[&str]) -> Invalidation {
    let contact = ContactId::parse(contact).unwrap();
    let written = cache_key::written(&contact, columns.iter().copied(), None).unwrap();
    let change = Change::Columns { board: BoardId::parse("b").unwrap(), contact, written };
    Invalidation::of(WorkspaceId::parse("w").unwrap(), &[change])
}

pub fn version(answer: &Answer) -> u64 {
    let body = std::str::from_utf8(answer.page.body()).unwrap();
    body.split(['[', ']']).nth(1).unwrap().parse().unwrap()
}
