//! A counts query: the figures of a workspace, one of which is the caller's own.

use coherence::Tag;
use identity::VerifiedWorkspace;
use ids::{UserId, WorkspaceId};

use crate::key::{CacheKey, Resource};

/// A request for a workspace's counts, of somebody who may make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountsQuery {
    workspace: WorkspaceId,
    user: Option<UserId>,
    /// Whose own all figures are, where members do not share answers.
    owner: Option<UserId>,
}

impl CountsQuery {
    /// The query of a verified caller. The user is part of it: one figure is how many contacts are assigned to the caller.
    #[must_use]
    pub fn new(workspace: &VerifiedWorkspace) -> Self {
        Self {
            workspace: workspace.id().clone(),
            user: workspace.user().cloned(),
            owner: workspace.owner().cloned(),
        }
    }

    /// The workspace, verified when the query was made.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// Whose contacts are "assigned to me"; `None` for the service, to whom nothing is assigned.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// The key of the answer.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let workspace = &self.workspace;
        let text = match (&self.owner, &self.user) {
            (None, Some(user)) => format!("counts:{workspace}:{user}"),
            _ => format!("counts:{workspace}"),
        };
        let whose = (self.owner.as_ref(), None);
        CacheKey::of_member(Resource::ContactCounts, workspace, text, whose, [Tag::Counts])
    }
}
