//! A contact query: one contact, every column of it.

use coherence::{ContactBucket, Tag};
use identity::VerifiedWorkspace;
use ids::{ContactId, UserId, WorkspaceId};

use crate::key::{CacheKey, Resource};

/// A request for one contact, of somebody who may make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactQuery {
    workspace: WorkspaceId,
    contact: ContactId,
    /// Whose own the answer is, where members do not share answers.
    owner: Option<UserId>,
}

impl ContactQuery {
    /// The query of a verified caller.
    #[must_use]
    pub fn new(workspace: &VerifiedWorkspace, contact: ContactId) -> Self {
        Self { workspace: workspace.id().clone(), owner: workspace.owner().cloned(), contact }
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

    /// The key of the answer.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let (workspace, contact) = (&self.workspace, &self.contact);
        let text = format!("contact:{workspace}:{contact}");
        key_about(contact, Resource::ContactDetails, workspace, text, self.owner.as_ref())
    }
}

/// The key of whatever is about one contact: the change of any contact that is not named takes it along.
pub(crate) fn key_about(
    contact: &ContactId,
    resource: Resource,
    workspace: &WorkspaceId,
    text: String,
    owner: Option<&UserId>,
) -> CacheKey {
    let narrower = [Tag::Contacts, Tag::Contact(ContactBucket::of(contact))];
    CacheKey::of_member(resource, workspace, text, (owner, None), narrower)
}
