//! What the source says of who is a member: asked once however many wait for it, remembered briefly, forgotten at once when it changes.
//!
//! A "yes" is remembered under the same rule as a page: only while the views are trusted and no invalidation of the
//! workspace's members has overtaken it. One that is asked for again towards its end is asked of the source while it still holds, so that a busy reader
//! never waits for it. A "no" is remembered for a shorter time, since somebody waits to be let in, in a small place
//! of its own, and leaves no trace in the views: anybody with a token can ask about any workspace, and must not be able to push out
//! what is known of members, or create generations, by asking.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coherence::Stamp;
use identity::{Membership, Role};
use ids::{UserId, WorkspaceId};
use quick_cache::Equivalent;

use super::flight::{Boarded, SingleFlight};
use super::membership::TAGS;
use super::pipeline::Cache;
use super::request::Reader;
use crate::bounded::{Bounded, bounded};
use crate::leaky;
use crate::source::SourceError;
use crate::tokens::UserToken;

/// How long a membership is remembered, in milliseconds.
const KEEP_MS: u64 = 30_000;
/// After how long it is asked for anew while it is still believed, in milliseconds.
const REFRESH_MS: u64 = 20_000;
/// How long an attempt at that is left alone, in milliseconds.
const REFRESH_AGAIN_MS: u64 = 1_000;
/// How long it is remembered that somebody is no member, in milliseconds.
const KEEP_NO_MS: u64 = 5_000;
/// The same while what is known of generations cannot be relied upon: no longer than the shortest staleness bound that can be set.
const KEEP_UNSURE_NO_MS: u64 = 50;
/// How many memberships are remembered.
const MAX_REMEMBERED: usize = 100_000;
/// How many times it is remembered that somebody is no member.
const MAX_NO_REMEMBERED: usize = 10_000;

/// A user in a workspace.
pub(super) type Place = (WorkspaceId, UserId);

/// The same, to look up by: the name of a workspace need not be one.
#[derive(Clone, Copy)]
struct Named<'a> {
    workspace: &'a str,
    user: &'a UserId,
}

impl<'a> Named<'a> {
    fn of((workspace, user): &'a Place) -> Self {
        Self { workspace: workspace.as_str(), user }
    }
}

/// As a [`Place`] is hashed.
impl Hash for Named<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.workspace, self.user).hash(state);
    }
}

impl Equivalent<Place> for Named<'_> {
    fn equivalent(&self, (workspace, user): &Place) -> bool {
        self.workspace == workspace.as_str() && self.user == user
    }
}

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

/// Somebody whom the source knows for a member.
pub(super) struct Member {
    membership: Membership,
    stamp: Stamp,
    epoch: u64,
    asked_at_ms: u64,
    /// When it was last asked for anew.
    refreshed_at_ms: AtomicU64,
}

struct NoMember {
    stamp: Stamp,
    epoch: u64,
    asked_at_ms: u64,
}

impl Asked {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        let (members, no_members) = (bounded(MAX_REMEMBERED), bounded(MAX_NO_REMEMBERED));
        Self { book: Arc::new(Book { cache, members, no_members }), questions: SingleFlight::default() }
    }

    /// Somebody who is known for a member at the time `now_ms`. `token` is the user's own, to ask anew with.
    pub(super) fn known_member(
        &self,
        workspace: &str,
        user: &UserId,
        token: &UserToken,
        now_ms: u64,
    ) -> Option<Arc<Member>> {
        let member = self.book.member(Named { workspace, user }, now_ms)?;
        if member.takes_refresh(now_ms) {
            let place = member.place();
            self.questions.dispatch(&place, || self.book.clone().ask(place.clone(), token.clone()));
        }
        Some(member)
    }

    /// The time.
    pub(super) fn now_ms(&self) -> u64 {
        self.book.now_ms()
    }

    /// Asks of somebody who is not known for a member.
    pub(super) async fn ask(
        &self,
        place: &Place,
        token: &UserToken,
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
    async fn ask(self: Arc<Self>, place: Place, token: UserToken) -> Result<Said, SourceError> {
        let (workspace, user) = &place;
        let (asked_at_ms, views) = (self.now_ms(), self.cache.views());
        let unconfirmed = || (views.heard(workspace, |view| view.stamp(&TAGS)), views.trust().epoch());
        let confirmed = self.cache.confirmed(workspace, &TAGS).await.ok();
        let is_confirmed = confirmed.is_some();
        let (stamp, epoch) = confirmed.unwrap_or_else(unconfirmed);
        let reader = Reader::User { id: user.clone(), token };
        let role = leaky::role(self.cache.source().role(reader.asker(), user, workspace).await?);
        if let Some(role) = role
            && is_confirmed
        {
            views.merge_read(workspace, &stamp, epoch);
            self.no_members.remove(&place);
            let membership = Membership::answered(workspace.clone(), user.clone(), Some(role));
            let refreshed_at_ms = AtomicU64::new(asked_at_ms);
            let member = Member { membership, stamp: stamp.clone(), epoch, asked_at_ms, refreshed_at_ms };
            self.members.insert(place, Arc::new(member));
        } else {
            self.members.remove(&place);
            if role.is_none() {
                let no = NoMember { stamp: stamp.clone(), epoch, asked_at_ms };
                self.no_members.insert(place, Arc::new(no));
            }
        }
        Ok((role, stamp))
    }

    /// What is remembered and holds.
    fn said(&self, place: &Place) -> Option<Said> {
        let yes = self.member(Named::of(place), self.now_ms());
        let yes = yes.map(|member| (member.membership.role(), member.stamp.clone()));
        yes.or_else(|| self.no_member(place))
    }

    fn member(&self, named: Named<'_>, now_ms: u64) -> Option<Arc<Member>> {
        self.members.get(&named).filter(|member| self.is_valid(member, now_ms))
    }

    fn is_valid(&self, member: &Member, now_ms: u64) -> bool {
        let (views, workspace) = (self.cache.views(), member.membership.workspace());
        // A time ahead of the clock means that it was set back: then there is no telling.
        now_ms.checked_sub(member.asked_at_ms).is_some_and(|age_ms| age_ms < KEEP_MS)
            && member.epoch == views.trust().epoch()
            && views.if_trusted(workspace, &TAGS, now_ms, |view| !view.has_overtaken(&member.stamp))
                == Some(true)
    }

    /// Without a view to judge it by, since it left no trace there: by whether a change would have been heard of, and was not.
    fn no_member(&self, place: &Place) -> Option<Said> {
        let (no, views, now_ms) = (self.no_members.get(place)?, self.cache.views(), self.now_ms());
        let is_sure = no.epoch == views.trust().epoch() && views.trust().holds(now_ms);
        let keep_ms = if is_sure { KEEP_NO_MS } else { KEEP_UNSURE_NO_MS };
        let holds = now_ms.checked_sub(no.asked_at_ms).is_some_and(|age_ms| age_ms < keep_ms)
            && views.heard(&place.0, |view| !view.has_overtaken(&no.stamp));
        holds.then(|| (None, no.stamp.clone()))
    }

    fn now_ms(&self) -> u64 {
        self.cache.clock().now_ms()
    }
}

impl Member {
    /// What the source said.
    pub(super) const fn membership(&self) -> &Membership {
        &self.membership
    }

    /// The generations under which that is valid.
    pub(super) const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Whether it is time to ask anew, and nobody has just tried.
    fn takes_refresh(&self, now_ms: u64) -> bool {
        if now_ms.saturating_sub(self.asked_at_ms) < REFRESH_MS {
            return false;
        }
        let last_ms = self.refreshed_at_ms.load(Ordering::Relaxed);
        now_ms.saturating_sub(last_ms) >= REFRESH_AGAIN_MS
            && self
                .refreshed_at_ms
                .compare_exchange(last_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    fn place(&self) -> Place {
        (self.membership.workspace().clone(), self.membership.user().clone())
    }
}
