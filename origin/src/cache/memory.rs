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
use foldhash::fast::RandomState;
use ids::WorkspaceId;
use moka::notification::RemovalCause;
use moka::ops::compute::Op;
use moka::sync::Cache;
use parking_lot::Mutex;

use super::page::CachedPage;

type Counts = Arc<Mutex<HashMap<(WorkspaceId, Tag), HashSet<KeyDigest>>>>;

/// Pages of this process.
pub struct MemoryTier {
    pages: Cache<CacheKey, Arc<CachedPage>, RandomState>,
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
                    if let Entry::Occupied(mut keys) = counts.entry(place(&key)) {
                        keys.get_mut().remove(&key.digest());
                        if keys.get().is_empty() {
                            keys.remove();
                        }
                    }
                }
            })
            .build_with_hasher(RandomState::default());
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
        self.counts.lock().entry(place(key)).or_default().insert(key.digest());
    }

    /// Counts the pages that an invalidation of `tags` makes unreachable, and starts their counts anew.
    #[must_use]
    pub fn count_overtaken(&self, workspace: &WorkspaceId, tags: &[Tag]) -> u64 {
        let mut counts = self.counts.lock();
        let mut overtaken = 0;
        counts.retain(|(owner, tag), keys| {
            let hit = owner == workspace && tags.iter().any(|wider| wider.includes(tag));
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

/// Where a key is counted: under its narrowest tag alone. What a wider tag has is the sum of those that it includes.
fn place(key: &CacheKey) -> (WorkspaceId, Tag) {
    (key.workspace().clone(), key.narrowest_tag().clone())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use cache_key::{Change, ContactQuery, CountsQuery, Invalidation, MessagesQuery, PageParams};
    use coherence::{Encoding, EntryHeader, Lifetime, View};
    use identity::{InternalKeys, VerifiedWorkspace};
    use ids::ContactId;

    use super::*;

    fn put(tier: &MemoryTier, key: &CacheKey) {
        let header = EntryHeader {
            key_digest: key.digest(),
            etag: [0; 16],
            incarnation: None,
            stored_at_ms: 0,
            lifetime: Lifetime::jittered(60, 0),
            stamp: View::new().stamp(key.tags()),
            encoding: Encoding::Identity,
        };
        let entry = Bytes::from(coherence::encode(&header, b"{}").unwrap());
        tier.put(key, Arc::new(CachedPage::decode(entry).unwrap()));
    }

    #[test]
    fn a_page_is_counted_once_whichever_of_its_tags_is_invalidated() {
        let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
        let proof = keys.check("an-internal-key-for-tests").unwrap();
        let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap());
        // Three buckets: see the tests of `coherence::Tag`.
        let contacts = ["contact_123", "contact_456", "a"].map(|id| ContactId::parse(id).unwrap());
        let tier = MemoryTier::new(1 << 20);
        let overtaken = |change: Change| {
            put(&tier, &CountsQuery::new(&workspace).key());
            for contact in &contacts {
                put(&tier, &ContactQuery::new(&workspace, contact.clone()).key());
                put(&tier, &MessagesQuery::new(&workspace, contact.clone(), PageParams::default()).key());
            }
            let invalidation = Invalidation::of(workspace.id().clone(), &[change]);
            let overtaken = tier.count_overtaken(workspace.id(), invalidation.tags());
            assert_eq!(tier.count_overtaken(workspace.id(), invalidation.tags()), 0, "counted twice");
            overtaken
        };
        assert_eq!(overtaken(Change::Messages { contact: Some(contacts[0].clone()) }), 2);
        assert_eq!(overtaken(Change::Messages { contact: None }), 6);
        assert_eq!(overtaken(Change::Workspace), 7);
    }
}
