//! Caches of this process that are bounded by how many things they hold.

use std::hash::Hash;

use foldhash::fast::RandomState;
use moka::sync::Cache;

/// Things by their key, the ones that are asked for most. Hashed with a seed of the process's own: keys may be a caller's text.
pub type Bounded<K, V> = Cache<K, V, RandomState>;

/// One that holds nothing yet, and never more than `max`.
pub fn bounded<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(
    max: u64,
) -> Bounded<K, V> {
    Cache::builder().max_capacity(max).build_with_hasher(RandomState::default())
}
