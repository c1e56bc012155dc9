//! Writing to the model of Workers KV, as any Worker's write arrives.

use rand::Rng;
use simulation::kv::model::{Kv, SPREAD_MS, TooManyWrites, Write};

use crate::network::LOCATIONS;

/// Writes a key at a location, or deletes it. It is seen there at once, which no longer has the old one cached, and elsewhere some time later.
pub(crate) fn put(
    kv: &mut Kv,
    random: &mut impl Rng,
    location: usize,
    (key, value): (&str, Option<&[u8]>),
    now_ms: u64,
    keep_ms: u64,
) -> Result<(), TooManyWrites> {
    let visible_at_ms = (0..LOCATIONS.len())
        .map(|place| if place == location { now_ms } else { now_ms + random.random_range(50..=SPREAD_MS) })
        .collect();
    let write = Write { value: value.map(Into::into), expires_at_ms: now_ms + keep_ms, visible_at_ms };
    kv.write(key, write, now_ms)?;
    kv.forget_cached(location, key);
    Ok(())
}
