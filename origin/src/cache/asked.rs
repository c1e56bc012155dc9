//! What the source says of who is a member: asked once however many wait for it, remembered briefly, forgotten at once when it changes.
//!
//! A "yes" is remembered under the same rule as a page: only while the views are trusted and no invalidation of the
//! workspace's members has overtaken it. One that is asked for again towards its end is asked of the source while it still holds, so that a busy reader
//! never waits for it. A "no" is remembered for a shorter time, since somebody waits to be let in, in a small place
//! of its own, and leaves no trace in the views: anybody with a token can ask about any workspace, and must not be able to push out
//! what is known of members, or create generations, by asking.

use std::sync::Arc;

use coherence::{Stamp, View};
use identity::Role;
use ids::{UserId, WorkspaceId};

use super::flight::{Boarded, SingleFlight};
use super::membership::TAGS;
use super::pipeline::Cache;
use super::request::Reader;
use crate::bounded::{Bounded, bounded};
use crate::leaky;
use crate::source::SourceError;

/// How long a membership is remembered, in milliseconds.
const KEEP_MS: u64 = 30_000;
/// After how long it is asked for anew while it is still believed, in milliseconds.
const REFRESH_MS: u64 = 20_000;
/// How long it is remembered that somebody is no member, in milliseconds.
const KEEP_NO_MS: u64 = 5_000;
/// How many memberships are remembered.
const MAX_REMEMBERED: usize = 100_000;
/// How many times it is remembered that somebody is no member.
const MAX_NO_REMEMBERED: usize = 10_000;

/// A user in a workspace.
pub(super) type Place = (WorkspaceId, UserId);
/// What the source said, and the generations under which that is valid.
pub(super) type Said = (Option<Role>, Stamp);

/// Asks, and remembers.
pub(super) struct Asked {
    book: Arc<Book>,
    questions: SingleFlight<Place, Result<Said, SourceError>>,
}

/// What is remembered.
struct Book {
    cache: Arc<Cache>,
    members: Bounded<Place, Arc<Member>>,
    no_members: Bounded<Place, Arc<NoMember>>,
}

struct Member {
    role: Role,
    stamp: Stamp,
    epoch: u64,
    asked_at_ms: u64,
}

struct NoMember {
    stamp: Stamp,
    asked_at_ms: u64,
}

impl Asked {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        let (members, no_members) = (bounded(MAX_REMEMBERED), bounded(MAX_NO_REMEMBERED));
        Self { book: Arc::new(Book { cache, members, no_members }), questions: SingleFlight::default() }
    }

    /// The role of somebody who is known for a member. `token` is the user's own, to ask anew with.
    pub(super) fn known_member(&self, place: &Place, token: &Arc<str>) -> Option<(Role, Stamp)> {
        let member = self.book.member(place)?;
        if self.book.age_ms(member.asked_at_ms) >= REFRESH_MS {
            self.questions.dispatch(place, || self.book.clone().ask(place.clone(), token.clone()));
        }
        Some((member.role, member.stamp.clone()))
    }

    /// Asks of somebody who is not known for a member.
    pub(super) async fn ask(
        &self,
        place: &Place,
        token: &Arc<str>,
        may_remember: bool,
    ) -> Result<Said, SourceError> {
        if may_remember && let Some(said) = self.book.no_member(place) {
            return Ok(said);
        }
        let arrival = self.questions.arrive();
        // One that was under way may have begun before a change that we know of; the next departs after we came.
        for _ in 0..2 {
            let mut is_ours = false;
            let work = || {
                is_ours = true;
                self.book.clone().ask(place.clone(), token.clone())
            };
            let flown = self.questions.board(place, arrival, work).await;
            match flown.ok_or_else(|| SourceError::Failed("asking for a membership panicked".to_owned()))? {
                (said, _) if is_ours => return said,
                (Ok(said), Boarded::AfterArrival) => return Ok(said),
                (Ok(_), Boarded::UnderWay) if may_remember => {
                    if let Some(said) = self.book.said(place) {
                        return Ok(said);
                    }
                }
                // What came of another token of the user says nothing about ours.
                _ => {}
            }
        }
        self.book.clone().ask(place.clone(), token.clone()).await
    }
}

impl Book {
    async fn ask(self: Arc<Self>, place: Place, token: Arc<str>) -> Result<Said, SourceError> {
        let (workspace, user) = &place;
        let asked_at_ms = self.cache.clock().now_ms();
        let read = self.cache.shared().generations(workspace, &TAGS).await;
        let mut known = View::from(&self.cache.views().heard(workspace, |view| view.stamp(&TAGS)));
        if let Ok((read, _)) = &read {
            known.merge_stamp(read);
        }
        let stamp = known.stamp(&TAGS);
        let reader = Reader::User { id: user.clone(), token };
        let role = leaky::role(self.cache.source().role(reader.asker(), user, workspace).await?);
        if let (Some(role), Ok((read, epoch))) = (role, read) {
            self.cache.views().merge_read(workspace, &read, epoch);
            self.no_members.remove(&place);
            let member = Member { role, stamp: stamp.clone(), epoch, asked_at_ms };
            self.members.insert(place, Arc::new(member));
        } else {
            self.members.remove(&place);
            if role.is_none() {
                self.no_members.insert(place, Arc::new(NoMember { stamp: stamp.clone(), asked_at_ms }));
            }
        }
        Ok((role, stamp))
    }

    /// What is remembered and holds.
    fn said(&self, place: &Place) -> Option<Said> {
        let yes = self.member(place).map(|member| (Some(member.role), member.stamp.clone()));
        yes.or_else(|| self.no_member(place))
    }

    fn member(&self, place: &Place) -> Option<Arc<Member>> {
        self.members.get(place).filter(|member| self.is_valid(&place.0, member))
    }

    fn is_valid(&self, workspace: &WorkspaceId, member: &Member) -> bool {
        let now_ms = self.cache.clock().now_ms();
        let views = self.cache.views();
        now_ms.saturating_sub(member.asked_at_ms) < KEEP_MS
            && member.epoch == views.trust().epoch()
            && views.if_trusted(workspace, &TAGS, now_ms, |view| !view.has_overtaken(&member.stamp))
                == Some(true)
    }

    /// A "no" that is a little old lets nobody in, so whatever was heard will do to judge it.
    fn no_member(&self, place: &Place) -> Option<Said> {
        let no = self.no_members.get(place)?;
        let age_ms = self.cache.clock().now_ms().checked_sub(no.asked_at_ms);
        let holds = age_ms.is_some_and(|age_ms| age_ms < KEEP_NO_MS)
            && self.cache.views().heard(&place.0, |view| !view.has_overtaken(&no.stamp));
        holds.then(|| (None, no.stamp.clone()))
    }

    fn age_ms(&self, asked_at_ms: u64) -> u64 {
        self.cache.clock().now_ms().saturating_sub(asked_at_ms)
    }
}
