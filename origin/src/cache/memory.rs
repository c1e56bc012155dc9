//! The memory tier: pages ready to send, bounded by bytes, evicted by `TinyLFU`.
//!
//! It judges nothing: whoever reads from it must hold a trusted view. It also counts the pages of each tag that no
//! invalidation has overtaken yet, so that an invalidation without Redis can say how many it made unreachable.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_key::CacheKey;
use coherence::{KeyDigest, Tag};
use ids::WorkspaceId;
use moka::notification::RemovalCause;
use moka::ops::compute::Op;
use moka::sync::Cache;
use parking_lot::Mutex;

use super::page::CachedPage;

type Counts = Arc<Mutex<HashMap<(WorkspaceId, Tag), HashSet<KeyDigest>>>>;

/// Pages of this process.
pub struct MemoryTier {
    pages: Cache<CacheKey, Arc<CachedPage>>,
    counts: Counts,
    evictions: Arc<AtomicU64>,
    max_bytes: u64,
}

impl MemoryTier {
    /// A tier of at most `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        let counts = Counts::default();
        let forget = counts.clone();
        let evictions = Arc::new(AtomicU64::new(0));
        let evicted = evictions.clone();
        let pages = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, page: &Arc<CachedPage>| page.weight())
            .eviction_listener(move |key: Arc<CacheKey>, _, cause| {
                if cause == RemovalCause::Size {
                    evicted.fetch_add(1, Ordering::Relaxed);
                }
                if cause != RemovalCause::Replaced {
                    let mut counts = forget.lock();
                    for place in places(&key) {
                        if let Entry::Occupied(mut keys) = counts.entry(place) {
                            keys.get_mut().remove(&key.digest());
                            if keys.get().is_empty() {
                                keys.remove();
                            }
                        }
                    }
                }
            })
            .build();
        Self { pages, counts, evictions, max_bytes }
    }

    /// The page under a key, servable or not.
    #[must_use]
    pub fn get(&self, key: &CacheKey) -> Option<Arc<CachedPage>> {
        self.pages.get(key)
    }

    /// Stores a page, unless the one that is there has a newer stamp.
    pub fn put(&self, key: &CacheKey, page: Arc<CachedPage>) {
        self.pages.entry(key.clone()).and_compute_with(|old| match old {
            Some(old) if page.header().stamp.is_older_than(&old.value().header().stamp) => Op::Nop,
            _ => Op::Put(page),
        });
        let mut counts = self.counts.lock();
        for place in places(key) {
            counts.entry(place).or_default().insert(key.digest());
        }
    }

    /// Counts the pages that an invalidation of `tags` makes unreachable, and starts their counts anew.
    #[must_use]
    pub fn count_overtaken(&self, workspace: &WorkspaceId, tags: &[Tag]) -> u64 {
        let mut counts = self.counts.lock();
        let everything = tags.contains(&Tag::Workspace);
        let mut overtaken = 0;
        counts.retain(|(owner, tag), keys| {
            let hit = owner == workspace && (everything || tags.contains(tag));
            if hit {
                overtaken += keys.len() as u64;
            }
            !hit
        });
        overtaken
    }

    /// What its pages weigh, roughly, in bytes.
    #[must_use]
    pub fn weight_bytes(&self) -> u64 {
        self.pages.weighted_size()
    }

    /// What its pages may weigh, in bytes.
    #[must_use]
    pub const fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// How many pages made room for others so far.
    #[must_use]
    pub fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// How many pages it holds, roughly.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.pages.entry_count()
    }

    /// Whether it holds nothing, roughly.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where a key is counted: under each of its tags but the workspace's, which is the sum of the others.
fn places(key: &CacheKey) -> impl Iterator<Item = (WorkspaceId, Tag)> {
    key.tags().iter().filter(|tag| **tag != Tag::Workspace).map(|tag| (key.workspace().clone(), tag.clone()))
}
