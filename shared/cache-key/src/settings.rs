//! A settings query: what of a workspace is cached, and for how long.

use coherence::Tag;
use identity::VerifiedWorkspace;
use ids::WorkspaceId;

use crate::key::{CacheKey, Resource};

/// The tags of a workspace's settings.
pub const SETTINGS_TAGS: [Tag; 2] = [Tag::Workspace, Tag::Settings];

/// A request for a workspace's cache settings, of somebody who may make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsQuery {
    workspace: WorkspaceId,
}

impl SettingsQuery {
    /// The query of a verified caller.
    #[must_use]
    pub fn new(workspace: &VerifiedWorkspace) -> Self {
        Self { workspace: workspace.id().clone() }
    }

    /// The query for the workspace of a key, which was verified when the key was made.
    #[must_use]
    pub fn beside(key: &CacheKey) -> Self {
        Self { workspace: key.workspace().clone() }
    }

    /// The workspace, verified when the query was made.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// The key of the answer.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let workspace = &self.workspace;
        let text = format!("settings:{workspace}");
        CacheKey::new(Resource::WorkspaceConfig, workspace.clone(), text, SETTINGS_TAGS.to_vec())
    }
}
