//! Workers KV, as its documentation describes it ("How KV works", "Limits"):
//!
//! - a write is seen where it was made at once, elsewhere after up to [`SPREAD_MS`];
//! - each location caches what it read, and that it found nothing, for `cacheTtl` (60 s), whatever is written meanwhile;
//! - one write a second to a key; more are refused with 429;
//! - values expire.
//!
//! It has no clock and draws no lots: when a write is seen where is for whoever writes to say.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest that a write takes to be seen elsewhere, in milliseconds.
pub const SPREAD_MS: u64 = 60_000;
const CACHE_TTL_MS: u64 = 60_000;
const WRITE_INTERVAL_MS: u64 = 1_000;

/// More than one write a second to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyWrites;

/// A write.
#[derive(Debug, Clone)]
pub struct Write {
    /// `None`: deleted.
    pub value: Option<Arc<[u8]>>,
    /// When the value is gone, in milliseconds.
    pub expires_at_ms: u64,
    /// From when on each location sees it unless it has another one cached, in milliseconds.
    pub visible_at_ms: Vec<u64>,
}

/// What a location found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value, or nothing.
    pub value: Option<Arc<[u8]>>,
    /// Whether it came from the location's own cache.
    pub was_cached: bool,
    /// What is there by now.
    pub newest: Option<Arc<[u8]>>,
}

struct Cached {
    value: Option<Arc<[u8]>>,
    expires_at_ms: u64,
    until_ms: u64,
}

/// A whole namespace, and what each location has of it in its cache.
pub struct Kv {
    writes: BTreeMap<String, Vec<Write>>,
    written_at_ms: BTreeMap<String, u64>,
    caches: Vec<BTreeMap<String, Cached>>,
}

impl Kv {
    /// An empty one, used from so many locations.
    #[must_use]
    pub fn new(locations: usize) -> Self {
        Self {
            writes: BTreeMap::new(),
            written_at_ms: BTreeMap::new(),
            caches: (0..locations).map(|_| BTreeMap::new()).collect(),
        }
    }

    /// What a location sees, past its cache: the last write that has reached it.
    fn visible(&self, location: usize, key: &str, now_ms: u64) -> Option<&Write> {
        self.writes.get(key)?.iter().rev().find(|write| write.visible_at_ms[location] <= now_ms)
    }

    fn newest(&self, key: &str) -> Option<&Write> {
        self.writes.get(key)?.last()
    }

    /// Reads a key at a location.
    pub fn read(&mut self, location: usize, key: &str, now_ms: u64) -> Found {
        let was_cached = self.caches[location].get(key).is_some_and(|cached| now_ms < cached.until_ms);
        if !was_cached {
            let seen = self.visible(location, key, now_ms).cloned();
            let cached = Cached {
                expires_at_ms: seen.as_ref().map_or(0, |write| write.expires_at_ms),
                value: seen.and_then(|write| write.value),
                until_ms: now_ms + CACHE_TTL_MS,
            };
            self.caches[location].insert(key.to_owned(), cached);
        }
        let live =
            |value: &Option<Arc<[u8]>>, expires_at_ms| value.clone().filter(|_| now_ms < expires_at_ms);
        let cached = &self.caches[location][key];
        let value = live(&cached.value, cached.expires_at_ms);
        let newest = self.newest(key).and_then(|write| live(&write.value, write.expires_at_ms));
        Found { value, was_cached, newest }
    }

    /// Writes a key.
    ///
    /// # Errors
    /// When the key was written less than a second ago.
    pub fn write(&mut self, key: &str, write: Write, now_ms: u64) -> Result<(), TooManyWrites> {
        if self.written_at_ms.get(key).is_some_and(|at_ms| now_ms < at_ms + WRITE_INTERVAL_MS) {
            return Err(TooManyWrites);
        }
        self.written_at_ms.insert(key.to_owned(), now_ms);
        let writes = self.writes.entry(key.to_owned()).or_default();
        // What every location has seen the successor of will not be seen again.
        if let Some(seen) =
            writes.iter().rposition(|write| write.visible_at_ms.iter().all(|at_ms| *at_ms <= now_ms))
        {
            writes.drain(..seen);
        }
        writes.push(write);
        Ok(())
    }

    /// Has a location ask anew when it next reads a key.
    pub fn forget_cached(&mut self, location: usize, key: &str) {
        self.caches[location].remove(key);
    }

    /// The keys that begin so and have a value somewhere.
    #[must_use]
    pub fn list(&self, prefix: &str, now_ms: u64) -> Vec<String> {
        let from = self.writes.range(prefix.to_owned()..);
        from.take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(_, writes)| {
                writes.last().is_some_and(|write| write.value.is_some() && now_ms < write.expires_at_ms)
            })
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Lets go of what no read can find any more.
    pub fn sweep(&mut self, now_ms: u64) {
        self.writes.retain(|_, writes| {
            writes.retain(|write| now_ms < write.expires_at_ms);
            !writes.is_empty()
        });
        self.written_at_ms.retain(|_, at_ms| now_ms < *at_ms + WRITE_INTERVAL_MS);
        for cache in &mut self.caches {
            cache.retain(|_, cached| now_ms < cached.until_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(value: &[u8], visible_at_ms: [u64; 2]) -> Write {
        Write { value: Some(value.into()), expires_at_ms: 500_000, visible_at_ms: visible_at_ms.into() }
    }

    fn read(kv: &mut Kv, location: usize, now_ms: u64) -> Option<Vec<u8>> {
        kv.read(location, "k", now_ms).value.map(|value| value.to_vec())
    }

    #[test]
    fn a_write_is_seen_elsewhere_later_and_nothing_is_cached_as_well() {
        let mut kv = Kv::new(2);
        assert_eq!(read(&mut kv, 1, 0), None);
        kv.write("k", write(b"a", [0, 5_000]), 0).unwrap();
        assert_eq!(read(&mut kv, 0, 0).as_deref(), Some(&b"a"[..]));
        assert_eq!(read(&mut kv, 1, 6_000), None, "the location has cached that there was nothing");
        assert_eq!(read(&mut kv, 1, 60_000).as_deref(), Some(&b"a"[..]));
        assert_eq!(read(&mut kv, 1, 500_000), None, "it has expired");
    }

    #[test]
    fn a_key_takes_one_write_a_second() {
        let mut kv = Kv::new(2);
        kv.write("k", write(b"a", [0, 0]), 0).unwrap();
        assert_eq!(kv.write("k", write(b"b", [999, 999]), 999), Err(TooManyWrites));
        kv.write("k", write(b"b", [1_000, 1_000]), 1_000).unwrap();
        assert_eq!(read(&mut kv, 0, 1_000).as_deref(), Some(&b"b"[..]));
    }

    #[test]
    fn a_list_has_what_is_there_and_sweeping_changes_no_answer() {
        let mut kv = Kv::new(2);
        kv.write("k", write(b"a", [0, 0]), 0).unwrap();
        kv.write("l", Write { value: None, ..write(b"", [0, 0]) }, 0).unwrap();
        kv.sweep(1_000);
        assert_eq!(kv.list("k", 1_000), ["k"]);
        assert_eq!(kv.list("", 1_000), ["k"], "what was deleted is not there");
        assert_eq!(kv.list("", 500_000), [""; 0]);
        kv.sweep(500_000);
        assert!(kv.writes.is_empty() && kv.written_at_ms.is_empty());
    }
}
