//! How far the ledgers are, as far as is known here: what each said it has, and when it was last told all that waited.
//!
//! A reader's token must not be behind what a ledger has: it raises what it is told above what it held. Where it was ahead of Redis (it heard of what was
//! minted without Redis, say), a token of the generation that Redis minted would be met by pages that the edge had before.

use std::sync::atomic::{AtomicU64, Ordering};

use coherence::{Generation, Stamp, View};
use ids::WorkspaceId;

use crate::bounded::{Bounded, bounded};

/// Of how many workspaces it is remembered.
const MAX_WORKSPACES: usize = 10_000;
/// With more tags than this a workspace's are begun anew.
const MAX_TAGS: usize = 1_000;

/// The tries to tell a ledger, numbered in the order in which they began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Try(u64);

/// How far each workspace's ledger is.
pub(super) struct LedgerReach {
    has: Bounded<WorkspaceId, View>,
    last_told: Bounded<WorkspaceId, Try>,
    tries: AtomicU64,
}

impl Default for LedgerReach {
    fn default() -> Self {
        Self { has: bounded(MAX_WORKSPACES), last_told: bounded(MAX_WORKSPACES), tries: AtomicU64::new(0) }
    }
}

impl LedgerReach {
    /// Begins a try. What waits is read after that.
    pub(super) fn begin_try(&self) -> Try {
        Try(self.tries.fetch_add(1, Ordering::AcqRel))
    }

    /// The next try: it, and whichever comes after it, tells of what waits by now.
    pub(super) fn next_try(&self) -> Try {
        Try(self.tries.load(Ordering::Acquire))
    }

    /// Notes that a try has told all that waited when it began.
    pub(super) fn told(&self, workspace: &WorkspaceId, number: Try) {
        // One ledger is told by one try at a time, but for the end of the process.
        self.last_told.insert(workspace.clone(), number);
    }

    /// Whether that try or a later one has told all that waited.
    pub(super) fn was_told_since(&self, workspace: &WorkspaceId, number: Try) -> bool {
        self.last_told.get(workspace).is_some_and(|last| last >= number)
    }

    /// Notes what the ledger has of some tags.
    pub(super) fn note(&self, workspace: &WorkspaceId, has: &View) {
        let mut known = self.has.get(workspace).filter(|known| known.len() <= MAX_TAGS).unwrap_or_default();
        known.merge_view(has);
        self.has.insert(workspace.clone(), known);
    }

    /// The same generations, none behind what the ledger has.
    pub(super) fn raised(&self, workspace: &WorkspaceId, generations: &Stamp) -> Stamp {
        generations.raised_to(&self.has.get(workspace).unwrap_or_default())
    }

    /// The same generations, each above what the ledger has: so high at least it will raise them when it hears of them.
    pub(super) fn surpassed(&self, workspace: &WorkspaceId, generations: &Stamp) -> Stamp {
        let has = self.has.get(workspace).unwrap_or_default();
        let raises = has.iter().filter(|(tag, _)| tag.is_kept_at_edge());
        generations.raised_to(&raises.map(|(tag, last)| (tag.clone(), Generation::mint(last, 0))).collect())
    }
}
