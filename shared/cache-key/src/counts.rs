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
}

impl CountsQuery {
    /// The query of a verified caller. The user is part of it: one figure is how many contacts are assigned to the caller.
    #[must_use]
    pub fn new(workspace: &VerifiedWorkspace) -> Self {
        Self { workspace: workspace.id().clone(), user: workspace.user().cloned() }
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
        let text = match &self.user {
            Some(user) => format!("counts:{workspace}:{user}"),
            None => format!("counts:{workspace}"),
        };
        CacheKey::new(Resource::ContactCounts, workspace.clone(), text, vec![Tag::Workspace, Tag::Counts])
    }
}
