//! What a token claims of a workspace, where the operator has said that a claim decides: is it to be believed?
//!
//! A claim is an answer of when the token was issued, and a later change of the workspace's members overtakes it. So it can be judged only by
//! generations that are known to be complete. A process that has not heard of the workspace yet, having just started, asks the shared tier for them:
//! one question at a time for each workspace, and only for a "yes", since anybody can name any workspace and be told "no". Where the tier holds none,
//! having lost them or never had any, they begin now, and a token that is older is not believed: what changed before is not known.
//!
//! What cannot be judged is believed by nobody, and is no "no" either.

use std::sync::Arc;

use coherence::{Generation, Stamp, Tag};
use identity::{ClaimedMembership, Membership, VerifiedUser};
use ids::WorkspaceId;

use super::flight::SingleFlight;
use super::membership::TAGS;
use super::pipeline::Cache;

/// What comes of a claim.
pub(super) enum Claim {
    /// There is none, or the members have changed since: the source has the word.
    Silent,
    /// It decides, under these generations.
    Decides(Membership, Stamp),
    /// It says "yes", and nobody can say whether that is so still.
    Unjudged,
}

/// Judges claims.
pub(super) struct Claims {
    cache: Arc<Cache>,
    questions: SingleFlight<WorkspaceId, ()>,
}

impl Claims {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        Self { cache, questions: SingleFlight::default() }
    }

    /// Judges what the user's token claims of a workspace. `may_remember` is false for an asker who knows too little of generations for any
    /// remembered answer to do: a claim is one.
    pub(super) async fn judge(
        &self,
        user: &VerifiedUser,
        workspace: &WorkspaceId,
        may_remember: bool,
    ) -> Claim {
        let Some(claimed) = user.claimed_membership(workspace) else { return Claim::Silent };
        let says_yes = claimed.membership.role().is_some();
        if may_remember {
            let mut judged = self.judged(workspace, &claimed);
            if judged.is_none() && says_yes && self.may_learn() {
                let arrival = self.questions.arrive();
                let work = || learn(self.cache.clone(), workspace.clone());
                // A panic leaves the claim unjudged.
                let _ = Box::pin(self.questions.board(workspace, arrival, work)).await;
                judged = self.judged(workspace, &claimed);
            }
            if let Some(claim) = judged {
                return claim;
            }
        }
        if says_yes { Claim::Unjudged } else { Claim::Silent }
    }

    /// Whether what is learned could be relied upon.
    fn may_learn(&self) -> bool {
        self.cache.views().trust().holds(self.cache.clock().now_ms())
    }

    /// By what this process knows; `None` if that cannot be relied upon, or is not all.
    fn judged(&self, workspace: &WorkspaceId, claimed: &ClaimedMembership) -> Option<Claim> {
        let stamp = Stamp::as_of(&TAGS, claimed.as_of_ms);
        let now_ms = self.cache.clock().now_ms();
        self.cache.views().if_trusted(workspace, &TAGS, now_ms, |view| {
            // A store that has lost its generations mints the workspace's afresh. Until then it cannot say what changed before.
            if view.get(&Tag::Workspace) == Generation::ZERO {
                return None;
            }
            Some(if view.has_overtaken(&stamp) {
                Claim::Silent
            } else {
                Claim::Decides(claimed.membership.clone(), view.stamp(&TAGS))
            })
        })?
    }
}

/// Learns the generations by which the members of a workspace are judged. While the shared tier is away nothing is learned.
async fn learn(cache: Arc<Cache>, workspace: WorkspaceId) {
    // Only the workspace's own generation is minted: that of its members, where there is none, says that they have not changed.
    if cache.shared().hold(&workspace, &[Tag::Workspace]).await.is_ok()
        && let Ok((read, epoch)) = cache.shared().generations(&workspace, &TAGS).await
    {
        cache.views().merge_read(&workspace, &read, epoch);
    }
}
