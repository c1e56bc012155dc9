//! The memory tier: pages ready to send, bounded by bytes, evicted by a policy that scans do not
//! flush (CLOCK-Pro).
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
use parking_lot::Mutex;
use quick_cache::sync::{Cache, EntryAction, EntryResult};
use quick_cache::{Lifecycle, Weighter};

use super::page::CachedPage;

type Counts = Arc<Mutex<HashMap<(WorkspaceId, Tag), HashSet<KeyDigest>>>>;

/// What a page weighs, roughly, in bytes; for how many pages there is room at first.
const USUAL_BYTES: u64 = 16 * 1024;

/// Pages of this process.
pub struct MemoryTier {
    pages: Cache<CacheKey, Arc<CachedPage>, ByBytes, RandomState, OnEviction>,
    counts: Counts,
    evictions: Arc<AtomicU64>,
    max_bytes: u64,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<CacheKey, Arc<CachedPage>> for ByBytes {
    fn weight(&self, _: &CacheKey, page: &Arc<CachedPage>) -> u64 {
        u64::from(page.weight())
    }
}

/// Counts what makes room, and takes it out of the counts of its tag.
#[derive(Clone)]
struct OnEviction {
    counts: Counts,
    evictions: Arc<AtomicU64>,
}

impl Lifecycle<CacheKey, Arc<CachedPage>> for OnEviction {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), key: CacheKey, _: Arc<CachedPage>) {
        self.evictions.fetch_add(1, Ordering::Relaxed);
        let mut counts = self.counts.lock();
        if let Entry::Occupied(mut keys) = counts.entry(place(&key)) {
            keys.get_mut().remove(&key.digest());
            if keys.get().is_empty() {
                keys.remove();
            }
        }
    }
}

impl MemoryTier {
    /// A tier of at most `max_bytes`.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        let (counts, evictions) = (Counts::default(), Arc::<AtomicU64>::default());
        let on_eviction = OnEviction { counts: counts.clone(), evictions: evictions.clone() };
        let usual = usize::try_from(max_bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        let pages = Cache::with(usual, max_bytes, ByBytes, RandomState::default(), on_eviction);
        Self { pages, counts, evictions, max_bytes }
    }

    /// The page under a key, servable or not.
    #[must_use]
    pub fn get(&self, key: &CacheKey) -> Option<Arc<CachedPage>> {
        self.pages.get(key)
    }

    /// Stores a page, unless the one that is there has a newer stamp.
    pub fn put(&self, key: &CacheKey, page: &Arc<CachedPage>) {
        // Counted first: what is evicted at once is taken out again.
        self.counts.lock().entry(place(key)).or_default().insert(key.digest());
        let occupied = |_: &CacheKey, old: &mut Arc<CachedPage>| {
            if page.header().stamp.is_older_than(&old.header().stamp) {
                return EntryAction::Retain(());
            }
            // Room is made only for what comes into an empty place.
            if page.weight() > old.weight() {
                return EntryAction::ReplaceWithGuard;
            }
            *old = page.clone();
            EntryAction::Retain(())
        };
        if let EntryResult::Vacant(place) | EntryResult::Replaced(place, _) =
            self.pages.entry(key, None, occupied)
        {
            // An error says that it was taken out meanwhile, which nobody here does.
            let _ = place.insert(page.clone());
        }
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

    /// What its pages weigh, in bytes, each roughly.
    #[must_use]
    pub fn weight_bytes(&self) -> u64 {
        self.pages.weight()
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

    /// How many pages it holds.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.pages.len() as u64
    }

    /// Whether it holds nothing.
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

    fn workspace() -> VerifiedWorkspace {
        let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
        let proof = keys.check("an-internal-key-for-tests").unwrap();
        VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap())
    }

    fn put(tier: &MemoryTier, key: &CacheKey) {
        put_body(tier, key, b"{}");
    }

    fn put_body(tier: &MemoryTier, key: &CacheKey, body: &[u8]) {
        let header = EntryHeader {
            key_digest: key.digest(),
            etag: [0; 16],
            incarnation: None,
            stored_at_ms: 0,
            lifetime: Lifetime::jittered(60, 0),
            stamp: View::new().stamp(key.tags()),
            read_set: None,
            encoding: Encoding::Identity,
        };
        let entry = Bytes::from(coherence::encode(&header, body).unwrap());
        tier.put(key, &Arc::new(CachedPage::decode(entry).unwrap()));
    }

    #[test]
    fn pages_that_grow_make_room_for_themselves() {
        let workspace = workspace();
        let contacts = (0..200).map(|n| ContactId::parse(&format!("contact_{n}")).unwrap());
        let pages: Vec<_> = contacts.map(|contact| ContactQuery::new(&workspace, contact).key()).collect();
        let tier = MemoryTier::new(1 << 20);
        for key in &pages {
            put(&tier, key);
        }
        assert_eq!((tier.len(), tier.evictions()), (200, 0));
        for key in &pages {
            put_body(&tier, key, &b" ".repeat(20_000));
        }
        assert!(tier.weight_bytes() <= tier.max_bytes(), "{} bytes", tier.weight_bytes());
        assert!(tier.len() < 100 && tier.evictions() > 100, "{} pages", tier.len());
        // One that shrinks stays where it is.
        let kept: Vec<_> = pages.iter().filter(|key| tier.get(key).is_some()).collect();
        for key in &kept {
            put(&tier, key);
        }
        assert_eq!(tier.len(), kept.len() as u64);
        let invalidation = Invalidation::of(workspace.id().clone(), &[Change::Workspace]);
        assert_eq!(tier.count_overtaken(workspace.id(), invalidation.tags()), tier.len());
    }

    #[test]
    fn a_page_is_counted_once_whichever_of_its_tags_is_invalidated() {
        let workspace = workspace();
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
