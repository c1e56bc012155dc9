//! The source of truth: boards with a version each, and who is a member of what. It has latency, fails, and goes down.
//!
//! A page says which workspace, board, page and user it is of and which version of it was read, so that the oracle can tell
//! from an answer what it is. Page `n` of a board shows one contact, `cn`: a change of that one alone makes no other page old.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::{ListQuery, MessagesQuery};
use dto::ContactCounts;
use dto::settings::CacheSettings;
use identity::Role;
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use origin::source::{
    Asker, ContactPage, ContactSource, ListedWorkspace, MessagePage, SourceError, StoredSettings,
};

use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::origin::life::Life;
use crate::places::{is_member_at_first, number};
use crate::world::{World, event};

/// How long the origin waits for its source: as the Supabase source does.
const TIMEOUT_MS: u64 = 5_000;

/// Workspace and board.
pub(crate) type BoardPlace = (usize, usize);
/// Workspace and user.
pub(crate) type MemberPlace = (usize, usize);

/// A change of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoardChange {
    pub(crate) board: BoardPlace,
    /// The page that shows what changed; 0 where none does, and `None` where any may.
    pub(crate) page: Option<u64>,
    /// The version of the board that it made.
    pub(crate) version: u64,
}

impl BoardChange {
    /// Whether it made a page old.
    pub(crate) fn touches(&self, board: BoardPlace, page: u64) -> bool {
        self.board == board && self.page.is_none_or(|touched| touched == page)
    }
}

/// The rows.
#[derive(Default)]
pub(crate) struct Source {
    /// The pages that were touched, for each version of a board after the first.
    boards: BTreeMap<BoardPlace, Vec<Option<u64>>>,
    /// Whether the user was a member, in each version of the membership.
    members: BTreeMap<MemberPlace, Vec<bool>>,
    down: u32,
    slow: u32,
}

impl Source {
    /// The version of a page: that of its board when it was last touched.
    pub(crate) fn version(&self, board: BoardPlace, page: u64) -> u64 {
        let touched = self.boards.get(&board).map(Vec::as_slice).unwrap_or_default();
        let last = touched.iter().rposition(|touched| touched.is_none_or(|touched| touched == page));
        last.map_or(0, |index| index as u64 + 1)
    }

    /// Commits a change of a board: of what this page shows, or of any page.
    pub(crate) fn commit(&mut self, board: BoardPlace, page: Option<u64>) -> BoardChange {
        let touched = self.boards.entry(board).or_default();
        touched.push(page);
        BoardChange { board, page, version: touched.len() as u64 }
    }

    fn memberships(&mut self, place: MemberPlace) -> &mut Vec<bool> {
        self.members.entry(place).or_insert_with(|| vec![is_member_at_first(place.0, place.1)])
    }

    /// Lets a user in, or throws the user out, and returns the version of the membership.
    pub(crate) fn toggle_member(&mut self, place: MemberPlace) -> u64 {
        let versions = self.memberships(place);
        let is_member = versions.last().copied().unwrap_or_default();
        versions.push(!is_member);
        versions.len() as u64 - 1
    }

    /// Whether the user was a member in one of these versions, and whether in all of them.
    pub(crate) fn was_member(&mut self, place: MemberPlace, from: u64) -> (bool, bool) {
        let versions = self.memberships(place).get(from as usize..).unwrap_or_default();
        (versions.iter().any(|is| *is), versions.iter().all(|is| *is))
    }

    pub(crate) fn is_member(&mut self, place: MemberPlace) -> bool {
        self.memberships(place).last().copied().unwrap_or_default()
    }

    pub(crate) fn set_down(&mut self, is_down: bool) {
        self.down = if is_down { self.down + 1 } else { self.down.saturating_sub(1) };
    }

    pub(crate) fn set_slow(&mut self, is_slow: bool) {
        self.slow = if is_slow { self.slow + 1 } else { self.slow.saturating_sub(1) };
    }
}

impl World {
    /// The way to the database, or back.
    async fn source_delay(&self) -> Result<(), SourceError> {
        if self.source.lock().down > 0 {
            if self.chance(300) {
                sleep_ms(TIMEOUT_MS).await;
                return Err(SourceError::Timeout);
            }
            sleep_ms(2).await;
            return Err(SourceError::Unreachable("down".to_owned()));
        }
        if self.source.lock().slow > 0 {
            let ms = self.between(200, 4_000);
            sleep_ms(ms).await;
        }
        self.travel(2, 25).await;
        if self.strikes(Fault::SourceFailed) {
            self.fault(Fault::SourceFailed, format_args!(""));
            return Err(match self.below(3) {
                0 => SourceError::Timeout,
                1 => SourceError::Unreachable("on purpose".to_owned()),
                _ => SourceError::Failed("on purpose".to_owned()),
            });
        }
        Ok(())
    }

    /// Reads a page: as of one moment between question and answer.
    pub(crate) async fn read_page(
        &self,
        user: Option<usize>,
        workspace: usize,
        board: usize,
        page: u64,
        whose: Option<usize>,
    ) -> Result<String, SourceError> {
        let work = async {
            self.source_delay().await?;
            let (version, may_see) = {
                let mut source = self.source.lock();
                let may_see = user.is_none_or(|user| source.is_member((workspace, user)));
                (source.version((workspace, board), page), may_see)
            };
            event!(self, "source: w{workspace} b{board} {page} is at {version}");
            self.source_delay().await?;
            if !may_see {
                return Err(SourceError::NoBoard);
            }
            let whose = whose.map_or("-".to_owned(), |user| format!("u{user}"));
            Ok(format!(
                r#"[{{"id":"c{page}","w":"w{workspace}","b":"b{board}","p":"{page}","u":"{whose}","v":"{version}"}}]"#
            ))
        };
        tokio::time::timeout(std::time::Duration::from_millis(TIMEOUT_MS), work)
            .await
            .unwrap_or(Err(SourceError::Timeout))
    }

    /// Reads whether a user is a member.
    pub(crate) async fn read_member(&self, place: MemberPlace) -> Result<bool, SourceError> {
        self.source_delay().await?;
        let is_member = self.source.lock().is_member(place);
        event!(self, "source: u{} in w{}: {is_member}", place.1, place.0);
        self.source_delay().await?;
        Ok(is_member)
    }
}

/// The source as one origin process sees it.
pub(crate) struct SimulatedSource {
    pub(crate) world: Arc<World>,
    pub(crate) life: Arc<Life>,
}

#[async_trait]
impl ContactSource for SimulatedSource {
    async fn list_contacts(
        &self,
        asker: Asker<'_>,
        query: &ListQuery,
        _: u64,
    ) -> Result<ContactPage, SourceError> {
        self.life.go_on().await;
        let key = query.key();
        self.world.note_load(key.as_str(), key.workspace(), key.tags());
        let user = match asker {
            Asker::User { id, .. } => Some(number(id.as_str())),
            Asker::Service => None,
        };
        let (workspace, board) = (number(query.workspace().as_str()), number(query.board().as_str()));
        let whose = query.user().map(|user| number(user.as_str()));
        let page = u64::from(query.params().page);
        let read = self.world.read_page(user, workspace, board, page, whose).await;
        self.life.go_on().await;
        if read.is_err() {
            self.world.disturb();
        }
        Ok(ContactPage { contacts_json: Bytes::from(read?), total: 100 })
    }

    // What is simulated are lists: there is nothing else in this source.
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
        Ok(None)
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
        Ok(Vec::new())
    }

    async fn workspaces(&self, _: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError> {
        Ok(Vec::new())
    }

    async fn role(
        &self,
        _: Asker<'_>,
        user: &UserId,
        workspace: &WorkspaceId,
    ) -> Result<Option<Role>, SourceError> {
        self.life.go_on().await;
        let is_member = self.world.read_member((number(workspace.as_str()), number(user.as_str()))).await;
        self.life.go_on().await;
        Ok(is_member?.then_some(Role::Member))
    }

    async fn ready(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
