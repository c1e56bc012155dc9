//! Who is a member of what.
//!
//! Where the operator has said that a claim of the token decides, it does so for as long as a "yes" of when the token was issued would (`claims`);
//! else the source is asked (`asked`). Where nobody can say whether the claim holds still, and the source knows of no membership, the answer is that
//! nobody knows.

use std::sync::Arc;

use coherence::{Stamp, Tag};
use identity::{CacheScope, Membership, Role, VerifiedUser, VerifiedWorkspace};
use ids::WorkspaceId;

use super::asked::Asked;
use super::claims::{Claim, Claims};
use super::pipeline::Cache;
use crate::source::SourceError;
use crate::tokens::UserToken;

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

/// Decides who is a member: by a claim of the token where one decides, else by what the source says.
pub struct Memberships {
    claims: Claims,
    asked: Asked,
    scope: CacheScope,
}

impl Memberships {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(cache: Arc<Cache>) -> Self {
        Self { claims: Claims::new(cache.clone()), asked: Asked::new(cache), scope: CacheScope::default() }
    }

    /// The same, for members who share what is cached as `scope` has it.
    #[must_use]
    pub fn in_scope(self, scope: CacheScope) -> Self {
        Self { scope, ..self }
    }

    /// The workspace by this name, if the user is known for a member of it and the source has the word. `None` says nothing.
    #[must_use]
    pub fn known(
        &self,
        user: &VerifiedUser,
        token: &UserToken,
        workspace: &str,
        now_ms: u64,
    ) -> Option<VerifiedWorkspace> {
        if user.claims_memberships() {
            return None;
        }
        let member = self.asked.known_member(workspace, user.id(), token, now_ms)?;
        VerifiedWorkspace::of_member(user, member.membership()).map(|verified| verified.in_scope(self.scope))
    }

    /// The workspace, if the user is a member of it. `token` is the user's own, to be passed on to the source.
    pub async fn verify(
        &self,
        user: &VerifiedUser,
        token: &UserToken,
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
        token: &UserToken,
        workspace: &WorkspaceId,
        may_remember: bool,
    ) -> Result<(Option<Role>, Stamp), MembershipError> {
        let is_unjudged = match self.claims.judge(user, workspace, may_remember).await {
            Claim::Decides(claimed, stamp) => return Ok((claimed.role(), stamp)),
            Claim::Unjudged => true,
            Claim::Silent => false,
        };
        let now_ms = self.asked.now_ms();
        if may_remember
            && let Some(member) = self.asked.known_member(workspace.as_str(), user.id(), token, now_ms)
        {
            return Ok((member.membership().role(), member.stamp().clone()));
        }
        let place = (workspace.clone(), user.id().clone());
        let (role, stamp) = Box::pin(self.asked.ask(&place, token, may_remember)).await?;
        if role.is_none() && is_unjudged {
            return Err(MembershipError::Unjudged);
        }
        Ok((role, stamp))
    }
}
