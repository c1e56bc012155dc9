//! Workers KV, as its documentation describes it ("How KV works", "Limits"):
//!
//! - a write is seen where it was made at once, elsewhere after up to 60 s;
//! - each location caches what it read, and that it found nothing, for `cacheTtl` (60 s), whatever is written meanwhile;
//! - one write a second to a key; more are refused with 429;
//! - values expire.

use std::collections::BTreeMap;

use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::places::LOCATIONS;
use crate::world::{World, event};

const SPREAD_MS: u64 = 60_000;
const CACHE_TTL_MS: u64 = 60_000;
const WRITE_INTERVAL_MS: u64 = 1_000;

/// A call failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

#[derive(Clone)]
struct Write {
    /// `None`: deleted.
    value: Option<Vec<u8>>,
    expires_at_ms: u64,
    visible_at_ms: [u64; LOCATIONS],
}

struct Cached {
    value: Option<Vec<u8>>,
    expires_at_ms: u64,
    until_ms: u64,
}

/// The whole namespace.
#[derive(Default)]
pub(crate) struct Kv {
    writes: BTreeMap<String, Vec<Write>>,
    written_at_ms: BTreeMap<String, u64>,
    caches: [BTreeMap<String, Cached>; LOCATIONS],
}

impl Kv {
    /// What a location sees, past its cache: the last write that has reached it.
    fn visible(&self, location: usize, key: &str, now_ms: u64) -> Option<&Write> {
        self.writes.get(key)?.iter().rev().find(|write| write.visible_at_ms[location] <= now_ms)
    }

    fn newest(&self, key: &str) -> Option<&Write> {
        self.writes.get(key)?.last()
    }

    fn read(&mut self, location: usize, key: &str, now_ms: u64) -> (Option<Vec<u8>>, Option<Fault>) {
        let is_cached = self.caches[location].get(key).is_some_and(|cached| now_ms < cached.until_ms);
        if !is_cached {
            let seen = self.visible(location, key, now_ms).cloned();
            let cached = Cached {
                expires_at_ms: seen.as_ref().map_or(0, |write| write.expires_at_ms),
                value: seen.and_then(|write| write.value),
                until_ms: now_ms + CACHE_TTL_MS,
            };
            self.caches[location].insert(key.to_owned(), cached);
        }
        let live = |value: &Option<Vec<u8>>, expires_at_ms| value.clone().filter(|_| now_ms < expires_at_ms);
        let cached = &self.caches[location][key];
        let found = live(&cached.value, cached.expires_at_ms);
        let newest = self.newest(key).and_then(|write| live(&write.value, write.expires_at_ms));
        let old = match (&found, &newest) {
            (Some(found), newest) if Some(found) != newest.as_ref() => Some(Fault::KvOldValue),
            (None, Some(_)) => Some(Fault::KvOldNothing),
            _ => None,
        };
        (found, old)
    }

    fn write(
        &mut self,
        location: usize,
        key: &str,
        write: Write,
        now_ms: u64,
        refreshes_cache: bool,
    ) -> Result<(), Failed> {
        if self.written_at_ms.get(key).is_some_and(|at_ms| now_ms < at_ms + WRITE_INTERVAL_MS) {
            return Err(Failed);
        }
        self.written_at_ms.insert(key.to_owned(), now_ms);
        if refreshes_cache {
            self.caches[location].remove(key);
        }
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
}

impl World {
    async fn kv_delay(&self) -> Result<(), Failed> {
        if self.strikes(Fault::KvSlow) {
            self.fault(Fault::KvSlow, format_args!(""));
            sleep_ms(self.between(500, 4_000)).await;
        }
        self.travel(1, 8).await;
        if self.strikes(Fault::KvError) {
            self.fault(Fault::KvError, format_args!(""));
            return Err(Failed);
        }
        Ok(())
    }

    /// Reads a key at a location.
    pub(crate) async fn kv_get(&self, location: usize, key: &str) -> Result<Option<Vec<u8>>, Failed> {
        self.kv_delay().await?;
        let (found, old) = self.kv.lock().read(location, key, self.now_ms());
        if let Some(old) = old {
            self.fault(old, format_args!("{key} at {location}"));
        }
        event!(self, "kv get {key} at {location}: {}", if found.is_some() { "found" } else { "nothing" });
        self.travel(0, 3).await;
        Ok(found)
    }

    /// Writes a key at a location; `None` deletes it.
    pub(crate) async fn kv_put(
        &self,
        location: usize,
        key: &str,
        value: Option<Vec<u8>>,
        keep_secs: u64,
    ) -> Result<(), Failed> {
        self.kv_delay().await?;
        let now_ms = self.now_ms();
        let mut visible_at_ms = [0; LOCATIONS];
        for (place, at_ms) in visible_at_ms.iter_mut().enumerate() {
            *at_ms = if place == location { now_ms } else { now_ms + self.between(50, SPREAD_MS) };
        }
        let write = Write { value, expires_at_ms: now_ms + keep_secs * 1000, visible_at_ms };
        let refreshes_cache = self.chance(500);
        let written = self.kv.lock().write(location, key, write, now_ms, refreshes_cache);
        match written {
            Ok(()) => event!(self, "kv put {key} at {location}"),
            Err(Failed) => self.fault(Fault::KvThrottled, format_args!("{key} at {location}")),
        }
        self.travel(0, 3).await;
        written
    }
}
