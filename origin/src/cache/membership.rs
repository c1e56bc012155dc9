//! Who is a member of what: asked of the source, remembered briefly, forgotten at once when it changes.
//!
//! A "yes" is remembered under the same rule as a page: only while the views are trusted and no invalidation of the
//! workspace's members has overtaken it. A "no" is not remembered: anybody with a token can ask about any workspace, and must
//! not be able to fill a cache, or create generations, by asking.

use std::sync::Arc;

use coherence::{Stamp, Tag, View};
use identity::{Membership, Role, VerifiedUser, VerifiedWorkspace};
use ids::{UserId, WorkspaceId};
use moka::sync::Cache as MokaCache;

use super::pipeline::Cache;
use super::request::Reader;
use crate::source::SourceError;

/// How long a membership is remembered, in milliseconds.
const KEEP_MS: u64 = 30_000;
/// How many memberships are remembered.
const MAX_REMEMBERED: u64 = 100_000;
const TAGS: [Tag; 2] = [Tag::Workspace, Tag::Members];

/// Remembered memberships.
pub struct Memberships {
    cache: Arc<Cache>,
    known: MokaCache<(WorkspaceId, UserId), Arc<Known>>,
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
        Self { cache, known: MokaCache::new(MAX_REMEMBERED) }
    }

    /// The workspace, if the user is a member of it. `token` is the user's own, to be passed on to the source.
    pub async fn verify(
        &self,
        user: &VerifiedUser,
        token: &Arc<str>,
        workspace: &WorkspaceId,
    ) -> Result<Option<VerifiedWorkspace>, SourceError> {
        let (role, _) = self.role(user, token, workspace, true).await?;
        let membership = Membership::answered(workspace.clone(), user.id().clone(), role);
        Ok(VerifiedWorkspace::of_member(user, &membership))
    }

    /// The user's role, and the generations under which the answer is valid. `may_remember` is false for an asker who knows
    /// too little of generations for a remembered answer to do.
    pub async fn role(
        &self,
        user: &VerifiedUser,
        token: &Arc<str>,
        workspace: &WorkspaceId,
        may_remember: bool,
    ) -> Result<(Option<Role>, Stamp), SourceError> {
        let place = (workspace.clone(), user.id().clone());
        if may_remember
            && let Some(known) = self.known.get(&place)
            && self.is_valid(workspace, &known)
        {
            return Ok((Some(known.role), known.stamp.clone()));
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
        if let (Some(role), Ok((read, epoch))) = (role, read) {
            self.cache.views().merge_read(workspace, &read, epoch);
            self.known.insert(place, Arc::new(Known { role, stamp: stamp.clone(), epoch, asked_at_ms }));
        } else {
            self.known.invalidate(&place);
        }
        Ok((role, stamp))
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
