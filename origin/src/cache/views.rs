//! What this process has heard of generations, and whether it may rely on it.
//!
//! With Redis, generations are pushed to every process over a connection of its own. That connection proves itself: the
//! answer to a heartbeat shows that all that was pushed before it has arrived, so the views are complete as of when the
//! heartbeat was *sent*, and are trusted for the staleness bound from then. When the connection breaks, a new *epoch* begins: a
//! generation is relied upon only if it was read from Redis in the current epoch, that is, after the present
//! subscription began. Everything older must be read again, tag by tag, as it is needed.
//!
//! Without Redis there is one process and nothing to miss: the views are always trusted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coherence::{Generation, Stamp, Tag, View};
use foldhash::HashMap;
use ids::WorkspaceId;
use parking_lot::RwLock;

/// No epoch: what was not read in any.
pub const NO_EPOCH: u64 = 0;
/// The first epoch.
pub const FIRST_EPOCH: u64 = 1;

/// The views of every workspace that this process has heard of.
pub struct Views {
    workspaces: RwLock<HashMap<WorkspaceId, Arc<RwLock<Known>>>>,
    trust: Trust,
}

#[derive(Default)]
struct Known {
    view: View,
    /// In which epoch each tag's generation was last read from the authority.
    read_in: HashMap<Tag, u64>,
}

/// How far the views can be relied upon.
pub struct Trust {
    epoch: AtomicU64,
    until_ms: AtomicU64,
    incarnation: RwLock<Option<[u8; 20]>>,
}

impl Trust {
    /// The views are complete as of `as_of_ms` plus the bound.
    pub fn extend(&self, until_ms: u64) {
        self.until_ms.fetch_max(until_ms, Ordering::AcqRel);
    }

    /// The push connection is to this incarnation of the store. Pages of another one are not trusted: what it was told may
    /// have been lost with it.
    pub fn set_incarnation(&self, incarnation: [u8; 20]) {
        *self.incarnation.write() = Some(incarnation);
    }

    /// The incarnation that the views are of; `None` where there is no shared store.
    #[must_use]
    pub fn incarnation(&self) -> Option<[u8; 20]> {
        *self.incarnation.read()
    }

    /// Whether it is this incarnation that the push connection is to.
    #[must_use]
    pub fn is_of(&self, incarnation: [u8; 20]) -> bool {
        self.incarnation() == Some(incarnation)
    }

    /// The connection broke: nothing is trusted until it is read again. Returns the new epoch.
    pub fn begin_epoch(&self) -> u64 {
        // The order matters: nobody may see the new epoch with the old time.
        self.until_ms.store(0, Ordering::Release);
        self.epoch.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The current epoch. Capture it before asking the authority.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether the views may be relied upon at this time.
    #[must_use]
    pub fn holds(&self, now_ms: u64) -> bool {
        now_ms < self.until_ms.load(Ordering::Acquire)
    }
}

impl Views {
    /// Views of a process that is told of generations by push: nothing is trusted yet.
    #[must_use]
    pub fn told_by_push() -> Self {
        Self::with_trust(0)
    }

    /// Views of the only process there is: always trusted.
    #[must_use]
    pub fn alone() -> Self {
        Self::with_trust(u64::MAX)
    }

    fn with_trust(until_ms: u64) -> Self {
        Self {
            workspaces: RwLock::default(),
            trust: Trust {
                epoch: AtomicU64::new(FIRST_EPOCH),
                until_ms: AtomicU64::new(until_ms),
                incarnation: RwLock::default(),
            },
        }
    }

    /// How far the views can be relied upon.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    fn known(&self, workspace: &WorkspaceId) -> Arc<RwLock<Known>> {
        if let Some(known) = self.workspaces.read().get(workspace) {
            return known.clone();
        }
        self.workspaces.write().entry(workspace.clone()).or_default().clone()
    }

    /// Merges a view that came from somebody trusted: a tier, or a caller with the internal key. Where it has heard of nothing, nothing is kept.
    pub fn merge(&self, workspace: &WorkspaceId, view: &View) {
        let mut heard = view.iter().filter(|(_, generation)| *generation > Generation::ZERO).peekable();
        if heard.peek().is_some() {
            let known = self.known(workspace);
            let mut known = known.write();
            for (tag, generation) in heard {
                known.view.merge(tag, generation);
            }
        }
    }

    /// Merges generations that were read from the authority, asked for in `epoch`.
    pub fn merge_read(&self, workspace: &WorkspaceId, stamp: &Stamp, epoch: u64) {
        let known = self.known(workspace);
        let mut known = known.write();
        known.view.merge_stamp(stamp);
        for (tag, _) in stamp.iter() {
            let read_in = known.read_in.entry(tag.clone()).or_default();
            *read_in = epoch.max(*read_in);
        }
    }

    /// Forgets tags of nothing, unless they have moved on.
    pub fn forget(&self, workspace: &WorkspaceId, stamp: &Stamp) {
        let Some(known) = self.workspaces.read().get(workspace).cloned() else { return };
        let mut known = known.write();
        known.view.forget(stamp);
        let Known { view, read_in } = &mut *known;
        read_in.retain(|tag, _| view.heard_of(tag).is_some());
    }

    /// Runs `judge` on the view if it can be relied upon for all of `tags`; `None` if not.
    pub fn if_trusted<T>(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        now_ms: u64,
        judge: impl FnOnce(&View) -> T,
    ) -> Option<T> {
        // Read before the generations: if the epoch changes meanwhile, the tags are found unread in it.
        let epoch = self.trust.epoch();
        // Both locks are held while it is judged, which is quick: a handle of one's own would be counted by every processor for each hit.
        let workspaces = self.workspaces.read();
        let known = workspaces.get(workspace)?.read();
        let read = tags.iter().all(|tag| known.read_in.get(tag) == Some(&epoch));
        (read && self.trust.holds(now_ms) && self.trust.epoch() == epoch).then(|| judge(&known.view))
    }

    /// Runs `f` on what was heard, trusted or not. What it has overtaken is never served; that it has not overtaken
    /// something says nothing.
    pub fn heard<T>(&self, workspace: &WorkspaceId, f: impl FnOnce(&View) -> T) -> T {
        let known = self.workspaces.read().get(workspace).cloned();
        match known {
            Some(known) => f(&known.read().view),
            None => f(&View::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> WorkspaceId {
        WorkspaceId::parse("15213").unwrap()
    }

    fn stamp(generation: u64) -> Stamp {
        Stamp::new(vec![(Tag::Workspace, Generation::new(generation))])
    }

    #[test]
    fn a_view_is_trusted_for_the_bound_and_no_longer() {
        let views = Views::told_by_push();
        let trusted = |now_ms| views.if_trusted(&workspace(), &[Tag::Workspace], now_ms, |_| ()).is_some();
        views.merge_read(&workspace(), &stamp(7), views.trust().epoch());
        assert!(!trusted(0), "no heartbeat yet");
        views.trust().extend(1000);
        assert!(trusted(999));
        assert!(!trusted(1000));
    }

    #[test]
    fn after_a_broken_connection_every_tag_is_read_again() {
        let views = Views::told_by_push();
        let before = views.trust().epoch();
        views.merge_read(&workspace(), &stamp(7), before);
        views.trust().begin_epoch();
        views.trust().extend(1000);
        let trusted = || views.if_trusted(&workspace(), &[Tag::Workspace], 0, |_| ()).is_some();
        assert!(!trusted());
        views.merge_read(&workspace(), &stamp(7), before);
        assert!(!trusted(), "asked before the connection broke");
        views.merge_read(&workspace(), &stamp(7), views.trust().epoch());
        assert!(trusted());
    }

    #[test]
    fn a_tag_that_was_only_heard_of_is_not_trusted() {
        let views = Views::told_by_push();
        views.trust().extend(1000);
        views.merge(&workspace(), &View::from_iter([(Tag::Workspace, Generation::new(9))]));
        assert!(views.if_trusted(&workspace(), &[Tag::Workspace], 0, |_| ()).is_none());
        assert_eq!(views.heard(&workspace(), |view| view.get(&Tag::Workspace)), Generation::new(9));
    }
}
