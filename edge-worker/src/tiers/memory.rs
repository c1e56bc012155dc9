//! The memory tier: entries ready to be sent, least recently used out first, bounded by bytes.

use std::cell::RefCell;
use std::rc::Rc;

use cache_key::CacheKey;
use hashlink::LruCache;

use super::page::StoredPage;

/// How many bytes an isolate keeps. An isolate has 128 MB for everything, and WebAssembly memory never shrinks.
pub(crate) const CAPACITY_BYTES: usize = 16 * 1024 * 1024;
/// What an entry costs beside its bytes: header, token, map, key. Rounded up.
const OVERHEAD_BYTES: usize = 1024;

/// The memory of an isolate.
pub(crate) struct MemoryTier {
    pages: RefCell<Pages>,
    capacity_bytes: usize,
}

struct Pages {
    by_key: LruCache<CacheKey, Rc<StoredPage>>,
    bytes: usize,
}

impl MemoryTier {
    pub(crate) fn new(capacity_bytes: usize) -> Self {
        let pages = Pages { by_key: LruCache::new_unbounded(), bytes: 0 };
        Self { pages: RefCell::new(pages), capacity_bytes }
    }

    pub(crate) fn get(&self, key: &CacheKey) -> Option<Rc<StoredPage>> {
        self.pages.borrow_mut().by_key.get(key).cloned()
    }

    /// Keeps a page, unless a newer one is there: a late fill does no harm.
    pub(crate) fn insert(&self, key: &CacheKey, page: Rc<StoredPage>) {
        let pages = &mut *self.pages.borrow_mut();
        if pages.by_key.peek(key).is_some_and(|known| page.is_older_than(known)) {
            return;
        }
        pages.bytes += cost(&page);
        if let Some(replaced) = pages.by_key.insert(key.clone(), page) {
            pages.bytes -= cost(&replaced);
        }
        while pages.bytes > self.capacity_bytes {
            let Some((_, evicted)) = pages.by_key.remove_lru() else { break };
            pages.bytes -= cost(&evicted);
        }
    }
}

fn cost(page: &StoredPage) -> usize {
    page.bytes().len() + OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use cache_key::{ListParams, ListQuery};
    use coherence::{Encoding, EntryHeader, Lifetime, View, encode};
    use identity::{InternalKeys, VerifiedWorkspace};
    use ids::{BoardId, WorkspaceId};

    use super::*;

    fn key(page: u32) -> CacheKey {
        let proof =
            InternalKeys::parse("internal-key-0123456789").unwrap().check("internal-key-0123456789").unwrap();
        let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap());
        let params = ListParams { page, ..ListParams::default() };
        ListQuery::new(&workspace, BoardId::parse("b").unwrap(), params).unwrap().key()
    }

    fn page(key: &CacheKey, view: &str, stored_at_ms: u64, len: usize) -> Rc<StoredPage> {
        let header = EntryHeader {
            key_digest: key.digest(),
            etag: [0; 16],
            incarnation: None,
            stored_at_ms,
            lifetime: Lifetime::jittered(180, 0),
            stamp: View::from_token(view).unwrap().stamp(key.tags()),
            read_set: None,
            encoding: Encoding::Identity,
        };
        Rc::new(StoredPage::read(encode(&header, &vec![b'x'; len]).unwrap(), key).unwrap())
    }

    #[test]
    fn a_late_fill_does_not_replace_a_newer_entry() {
        let (tier, key) = (MemoryTier::new(1 << 20), key(1));
        tier.insert(&key, page(&key, "board:b=5", 100, 10));
        tier.insert(&key, page(&key, "board:b=4", 200, 10));
        assert_eq!(tier.get(&key).unwrap().token(), "workspace=0,board:b=5");
        tier.insert(&key, page(&key, "board:b=5", 90, 10));
        assert_eq!(tier.get(&key).unwrap().header().stored_at_ms, 100);
        tier.insert(&key, page(&key, "board:b=6", 90, 10));
        assert_eq!(tier.get(&key).unwrap().token(), "workspace=0,board:b=6");
    }

    #[test]
    fn memory_is_bounded_by_bytes_and_the_least_recently_used_goes_first() {
        let tier = MemoryTier::new(3 * (OVERHEAD_BYTES + 1200));
        let keys: Vec<CacheKey> = (1..=4).map(key).collect();
        for key in &keys[..3] {
            tier.insert(key, page(key, "", 1, 1000));
        }
        assert!(tier.get(&keys[0]).is_some());
        tier.insert(&keys[3], page(&keys[3], "", 1, 1000));
        assert!(tier.get(&keys[1]).is_none());
        assert!([0, 2, 3].iter().all(|index| tier.get(&keys[*index]).is_some()));
        tier.insert(&keys[0], page(&keys[0], "", 2, 1 << 20));
        assert_eq!(tier.pages.borrow().bytes, 0, "a page larger than the tier is not kept");
    }
}
