//! Caches of this process that are bounded by how many things they hold.

use std::hash::Hash;

use foldhash::fast::RandomState;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

/// Things by their key, the ones that are asked for most. Hashed with a seed of the process's own: keys may be a caller's text.
pub type Bounded<K, V> = Cache<K, V, UnitWeighter, RandomState>;

/// One that holds nothing yet, and never more than some `max`.
pub fn bounded<K: Hash + Eq, V: Clone>(max: usize) -> Bounded<K, V> {
    Cache::with(max, max as u64, UnitWeighter, RandomState::default(), DefaultLifecycle::default())
}
