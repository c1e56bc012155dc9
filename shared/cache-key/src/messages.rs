//! A messages query: a page of what was written to and by one contact, newest first.

use identity::VerifiedWorkspace;
use ids::{ContactId, UserId, WorkspaceId};

use crate::PageParams;
use crate::contact::key_about;
use crate::key::{CacheKey, Resource};

/// A request for a page of a contact's messages, of somebody who may make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagesQuery {
    workspace: WorkspaceId,
    contact: ContactId,
    params: PageParams,
    /// Whose own the answer is, where members do not share answers.
    owner: Option<UserId>,
}

impl MessagesQuery {
    /// The query of a verified caller.
    #[must_use]
    pub fn new(workspace: &VerifiedWorkspace, contact: ContactId, params: PageParams) -> Self {
        Self { workspace: workspace.id().clone(), owner: workspace.owner().cloned(), contact, params }
    }

    /// The workspace, verified when the query was made.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// The contact. It may be one of another workspace, or none: the source tells.
    #[must_use]
    pub const fn contact(&self) -> &ContactId {
        &self.contact
    }

    /// Which page.
    #[must_use]
    pub const fn params(&self) -> PageParams {
        self.params
    }

    /// The key of the answer.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let (workspace, contact) = (&self.workspace, &self.contact);
        let PageParams { page, per_page } = self.params;
        let text = format!("messages:{workspace}:{contact}:p={page}:n={per_page}");
        key_about(contact, Resource::MessageHistory, workspace, text, self.owner.as_ref())
    }
}
