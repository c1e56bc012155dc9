//! What the ledger said it has: a reader's token must not be behind that.
//!
//! The ledger raises what it is told above what it held. Where it was ahead of Redis (it heard of what was minted without Redis, say), a token of the
//! generation that Redis minted would be met by pages that the edge had before.

use coherence::{Generation, Stamp, View};
use ids::WorkspaceId;

use crate::bounded::{Bounded, bounded};

/// Of how many workspaces it is remembered.
const MAX_WORKSPACES: usize = 10_000;
/// With more tags than this a workspace's are begun anew.
const MAX_TAGS: usize = 1_000;

/// The last that the ledger said of each workspace.
pub(super) struct LedgerReach(Bounded<WorkspaceId, View>);

impl Default for LedgerReach {
    fn default() -> Self {
        Self(bounded(MAX_WORKSPACES))
    }
}

impl LedgerReach {
    /// Notes what the ledger has of some tags.
    pub(super) fn note(&self, workspace: &WorkspaceId, has: &View) {
        let mut known = self.0.get(workspace).filter(|known| known.len() <= MAX_TAGS).unwrap_or_default();
        known.merge_view(has);
        self.0.insert(workspace.clone(), known);
    }

    /// The same generations, none behind what the ledger has.
    pub(super) fn raised(&self, workspace: &WorkspaceId, generations: &Stamp) -> Stamp {
        generations.raised_to(&self.0.get(workspace).unwrap_or_default())
    }

    /// The same generations, each above what the ledger has: so high at least it will raise them when it hears of them.
    pub(super) fn surpassed(&self, workspace: &WorkspaceId, generations: &Stamp) -> Stamp {
        let has = self.0.get(workspace).unwrap_or_default();
        generations
            .raised_to(&has.iter().map(|(tag, last)| (tag.clone(), Generation::mint(last, 0))).collect())
    }
}
