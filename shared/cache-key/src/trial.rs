//! A key for measuring with: nobody asks for it, and nothing of anybody's is under it.

use coherence::Tag;
use identity::VerifiedWorkspace;
use ids::WorkspaceId;

use crate::key::{CacheKey, Resource};

/// A trial of the cache, for one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialQuery {
    workspace: WorkspaceId,
    serial: u128,
}

impl TrialQuery {
    /// A trial; `serial` tells it from every other.
    #[must_use]
    pub fn new(workspace: &VerifiedWorkspace, serial: u128) -> Self {
        Self { workspace: workspace.id().clone(), serial }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let text = format!("trial:{}:{:032x}", self.workspace, self.serial);
        CacheKey::new(
            Resource::ContactCounts,
            self.workspace.clone(),
            text,
            vec![Tag::Workspace, Tag::Counts],
        )
    }
}
