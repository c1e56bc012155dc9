//! Who is a member of what: asked of the source, remembered briefly, forgotten at once when it changes.
//!
//! A "yes" is remembered under the same rule as a page: only while the views are trusted and no invalidation of the
//! workspace's members has overtaken it. A "no" is remembered for a shorter time, since somebody waits to be let in, in a small place
//! of its own, and leaves no trace in the views: anybody with a token can ask about any workspace, and must not be able to push out
//! what is known of members, or create generations, by asking.
//!
//! Where the operator has said that a claim of the token decides, it does so for as long as a "yes" of when the token was issued would (`claims`);
//! else the source is asked. Where nobody can say whether the claim holds still, and the source knows of no membership, the answer is that nobody knows.

use std::sync::Arc;

use coherence::{Stamp, Tag, View};
use identity::{CacheScope, Membership, Role, VerifiedUser, VerifiedWorkspace};
use ids::{UserId, WorkspaceId};

use super::claims::{Claim, Claims};
use super::pipeline::Cache;
use super::request::Reader;
use crate::bounded::{Bounded, bounded};
use crate::leaky;
use crate::source::SourceError;

/// How long a membership is remembered, in milliseconds.
const KEEP_MS: u64 = 30_000;
/// How long it is remembered that somebody is no member, in milliseconds.
const KEEP_NO_MS: u64 = 5_000;
/// How many memberships are remembered.
const MAX_REMEMBERED: u64 = 100_000;
/// How many times it is remembered that somebody is no member.
const MAX_NO_REMEMBERED: u64 = 10_000;
/// What an answer depends on.
pub(super) const TAGS: [Tag; 2] = [Tag::Workspace, Tag::Members];

/// Why nobody can say whether somebody is a member.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The token claims a membership of which the source knows nothing, and whether it holds still cannot be judged.
    #[error("the token claims a membership that cannot be judged at the moment")]
    Unjudged,
}

/// Something of a user in a workspace.
type ByMember<V> = Bounded<(WorkspaceId, UserId), V>;

/// Remembered memberships.
pub struct Memberships {
    cache: Arc<Cache>,
    claims: Claims,
    known: ByMember<Arc<Known>>,
    no_members: ByMember<Arc<NoMember>>,
    scope: CacheScope,
}

struct NoMember {
    stamp: Stamp,
    asked_at_ms: u64,
}

struct Known {
    role: Role,
    stamp: Stamp,
    epoch: u64,
    asked_at_ms: u64,
}

impl Memberships {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(cache: Arc<Cache>) -> Self {
        let (known, no_members) = (bounded(MAX_REMEMBERED), bounded(MAX_NO_REMEMBERED));
        let claims = Claims::new(cache.clone());
        Self { cache, claims, known, no_members, scope: CacheScope::default() }
    }

    /// The same, for members who share what is cached as `scope` has it.
    #[must_use]
    pub fn in_scope(self, scope: CacheScope) -> Self {
        Self { scope, ..self }
    }

    /// The workspace, if the user is a member of it. `token` is the user's own, to be passed on to the source.
    pub async fn verify(
        &self,
        user: &VerifiedUser,
        token: &Arc<str>,
        workspace: &WorkspaceId,
    ) -> Result<Option<VerifiedWorkspace>, MembershipError> {
        let (role, _) = self.role(user, token, workspace, true).await?;
        let membership = Membership::answered(workspace.clone(), user.id().clone(), role);
        Ok(VerifiedWorkspace::of_member(user, &membership).map(|verified| verified.in_scope(self.scope)))
    }

    /// The user's role, and the generations under which the answer is valid. `may_remember` is false for an asker who knows
    /// too little of generations for a remembered answer to do.
    pub async fn role(
        &self,
        user: &VerifiedUser,
        token: &Arc<str>,
        workspace: &WorkspaceId,
        may_remember: bool,
    ) -> Result<(Option<Role>, Stamp), MembershipError> {
        let is_unjudged = match self.claims.judge(user, workspace, may_remember).await {
            Claim::Decides(claimed, stamp) => return Ok((claimed.role(), stamp)),
            Claim::Unjudged => true,
            Claim::Silent => false,
        };
        let place = (workspace.clone(), user.id().clone());
        if may_remember && let Some(known) = self.remembered(&place) {
            return Ok((Some(known.role), known.stamp.clone()));
        }
        let (role, stamp) = Box::pin(self.ask(user, token, &place, may_remember)).await?;
        if role.is_none() && is_unjudged {
            return Err(MembershipError::Unjudged);
        }
        Ok((role, stamp))
    }

    /// Asks the source of somebody who is not known for a member.
    async fn ask(
        &self,
        user: &VerifiedUser,
        token: &Arc<str>,
        place: &(WorkspaceId, UserId),
        may_remember: bool,
    ) -> Result<(Option<Role>, Stamp), SourceError> {
        let (workspace, _) = place;
        if may_remember
            && let Some(no) = self.no_members.get(place)
            && self.is_still_none(workspace, &no)
        {
            return Ok((None, no.stamp.clone()));
        }
        let asked_at_ms = self.cache.clock().now_ms();
        let read = self.cache.shared().generations(workspace, &TAGS).await;
        let mut known = View::from(&self.cache.views().heard(workspace, |view| view.stamp(&TAGS)));
        if let Ok((read, _)) = &read {
            known.merge_stamp(read);
        }
        let stamp = known.stamp(&TAGS);
        let reader = Reader::User { id: user.id().clone(), token: token.clone() };
        let role = self.cache.source().role(reader.asker(), user.id(), workspace).await?;
        let role = leaky::role(role);
        if let (Some(role), Ok((read, epoch))) = (role, read) {
            self.cache.views().merge_read(workspace, &read, epoch);
            self.no_members.invalidate(place);
            self.known
                .insert(place.clone(), Arc::new(Known { role, stamp: stamp.clone(), epoch, asked_at_ms }));
        } else {
            self.known.invalidate(place);
            if role.is_none() {
                self.no_members
                    .insert(place.clone(), Arc::new(NoMember { stamp: stamp.clone(), asked_at_ms }));
            }
        }
        Ok((role, stamp))
    }

    fn remembered(&self, place: &(WorkspaceId, UserId)) -> Option<Arc<Known>> {
        self.known.get(place).filter(|known| self.is_valid(&place.0, known))
    }

    /// A "no" that is a little old lets nobody in, so whatever was heard will do to judge it.
    fn is_still_none(&self, workspace: &WorkspaceId, no: &NoMember) -> bool {
        let age_ms = self.cache.clock().now_ms().checked_sub(no.asked_at_ms);
        age_ms.is_some_and(|age_ms| age_ms < KEEP_NO_MS)
            && self.cache.views().heard(workspace, |view| !view.has_overtaken(&no.stamp))
    }

    fn is_valid(&self, workspace: &WorkspaceId, known: &Known) -> bool {
        let now_ms = self.cache.clock().now_ms();
        let views = self.cache.views();
        now_ms.saturating_sub(known.asked_at_ms) < KEEP_MS
            && known.epoch == views.trust().epoch()
            && views.if_trusted(workspace, &TAGS, now_ms, |view| !view.has_overtaken(&known.stamp))
                == Some(true)
    }
}
