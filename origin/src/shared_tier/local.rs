//! No shared tier: one origin process, whose own memory has the last word on generations.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{ChangeLog, Generation, ItemSet, Stamp, Tag, View};
use ids::WorkspaceId;
use parking_lot::Mutex;

use super::{Lease, Leased, Lookup, Recorded, SharedTier, TierError};
use crate::cache::views::FIRST_EPOCH;
use crate::clock::Clock;

/// Generations of one process. Forgotten when it ends: what was cached under them is gone then as well, and what the
/// edge holds is judged by the edge's own ledger.
pub struct LocalTier {
    clock: Arc<dyn Clock>,
    views: Mutex<HashMap<WorkspaceId, View>>,
    /// What was written under the last generations of a tag. Of tags that nobody has told of there is nothing here.
    changes: Mutex<HashMap<(WorkspaceId, Tag), ChangeLog>>,
}

impl LocalTier {
    /// An authority that has minted nothing.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, views: Mutex::default(), changes: Mutex::default() }
    }

    /// The generations of `tags`, and those of them that had to be minted.
    fn stamp(&self, workspace: &WorkspaceId, tags: &[Tag]) -> (Stamp, Option<Stamp>) {
        let mut views = self.views.lock();
        let view = views.entry(workspace.clone()).or_default();
        let is_missing = |tag: &&Tag| view.get(tag) == Generation::ZERO;
        let missing: Vec<Tag> = tags.iter().filter(is_missing).cloned().collect();
        for tag in &missing {
            view.merge(tag, Generation::mint(Generation::ZERO, self.clock.now_ms()));
        }
        (view.stamp(tags), (!missing.is_empty()).then(|| view.stamp(&missing)))
    }
}

#[async_trait]
impl SharedTier for LocalTier {
    fn stores_entries(&self) -> bool {
        false
    }

    async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError> {
        let (generations, minted) = self.stamp(key.workspace(), key.tags());
        Ok(Lookup { entry: None, generations, minted, epoch: FIRST_EPOCH, incarnation: None })
    }

    async fn generations(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        let views = self.views.lock();
        Ok((views.get(workspace).unwrap_or(&View::new()).stamp(tags), FIRST_EPOCH))
    }

    async fn hold(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        Ok((self.stamp(workspace, tags).0, FIRST_EPOCH))
    }

    async fn store(&self, _: &CacheKey, _: &Stamp, _: Bytes, _: u64) -> Result<bool, TierError> {
        Ok(false)
    }

    async fn invalidate(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        heard: &View,
        written: &[(Tag, &ItemSet)],
    ) -> Result<Recorded, TierError> {
        let mut views = self.views.lock();
        let view = views.entry(workspace.clone()).or_default();
        let held: Vec<Generation> = written.iter().map(|(tag, _)| view.get(tag)).collect();
        view.merge_view(heard);
        let last = tags.iter().map(|tag| view.get(tag)).max().unwrap_or_default();
        let minted = Generation::mint(last, self.clock.now_ms());
        let mut changes = self.changes.lock();
        for ((tag, written), held) in std::iter::zip(written, held) {
            let place = (workspace.clone(), tag.clone());
            match view.heard_of(tag) {
                Some(before) => {
                    let log = changes.entry(place).or_default();
                    log.renumber(held, before);
                    log.record(before, minted, (*written).clone());
                }
                None => drop(changes.remove(&place)),
            }
        }
        for tag in tags {
            view.merge(tag, minted);
        }
        Ok(Recorded { generations: view.stamp(tags), entries: 0 })
    }

    async fn changes(&self, workspace: &WorkspaceId, tag: &Tag) -> Result<ChangeLog, TierError> {
        // While nothing is minted: a log that is read is not behind the generations.
        let _views = self.views.lock();
        Ok(self.changes.lock().get(&(workspace.clone(), tag.clone())).cloned().unwrap_or_default())
    }

    async fn forget(&self, workspace: &WorkspaceId, minted: &Stamp) {
        if let Some(view) = self.views.lock().get_mut(workspace) {
            view.forget(minted);
        }
    }

    async fn merge(&self, workspace: &WorkspaceId, stamp: &Stamp) -> Result<(), TierError> {
        let mut views = self.views.lock();
        let view = views.entry(workspace.clone()).or_default();
        for (tag, generation) in stamp.iter() {
            let held = view.get(tag);
            view.merge(tag, generation);
            if let Some(log) = self.changes.lock().get_mut(&(workspace.clone(), tag.clone())) {
                log.hear(held, generation);
            }
        }
        Ok(())
    }

    async fn take_lease(&self, key: &CacheKey, _: u64) -> Result<Leased, TierError> {
        Ok(Leased { lease: None, lookup: self.look_up(key).await? })
    }

    async fn release_lease(&self, _: &CacheKey, _: &Lease) {}

    async fn ping(&self) -> Result<(), TierError> {
        Ok(())
    }
}
