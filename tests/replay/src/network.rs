//! The model of what lies between the tiers: how long a question takes there and back. It is stated, not measured: nothing here can
//! measure Cloudflare's network.
//!
//! The origin, its Redis and its database stand in one region, near the first location. Times between two locations are those over
//! that region, which is never too short.

use rand::Rng;

/// A location of Cloudflare.
#[derive(Debug, Clone, Copy)]
pub struct Location {
    /// Its code.
    pub code: &'static str,
    /// There and back between it and the origin's region, in milliseconds.
    pub origin_rtt_ms: u64,
    /// How many of a hundred workspaces have their people here.
    pub share: u32,
}

const fn at(code: &'static str, origin_rtt_ms: u64, share: u32) -> Location {
    Location { code, origin_rtt_ms, share }
}

/// All of them. Round-trip times are of the size that the public internet has between these cities.
pub const LOCATIONS: [Location; 6] = [
    at("FRA", 8, 35),
    at("LHR", 16, 20),
    at("IAD", 88, 25),
    at("LAX", 148, 10),
    at("SIN", 160, 5),
    at("SYD", 250, 5),
];

/// A read of Workers KV that the location has cached, in milliseconds: from, to.
pub const KV_CACHED_MS: (u64, u64) = (1, 4);
/// A read of Workers KV that goes to a central store.
pub const KV_COLD_MS: (u64, u64) = (20, 60);
/// A write to Workers KV.
pub const KV_WRITE_MS: (u64, u64) = (40, 80);
/// A ledger in the same location. It is where its workspace was first asked for.
pub const LEDGER_NEAR_MS: u64 = 3;

/// There and back between a location and a workspace's ledger, in milliseconds.
#[must_use]
pub const fn ledger_rtt_ms(location: usize, home: usize) -> u64 {
    if location == home {
        return LEDGER_NEAR_MS;
    }
    LOCATIONS[location].origin_rtt_ms + LOCATIONS[home].origin_rtt_ms
}

/// Where the people of a workspace are: the same for each run.
#[must_use]
pub fn home_of(workspace: usize) -> usize {
    // A step that shares no factor with a hundred spreads the shares over popular and unpopular workspaces alike.
    let mut place = (workspace * 37 % 100) as u32;
    for (index, location) in LOCATIONS.iter().enumerate() {
        if place < location.share {
            return index;
        }
        place -= location.share;
    }
    0
}

/// Some time in this range, in milliseconds.
pub(crate) fn within(random: &mut impl Rng, (from, to): (u64, u64)) -> u64 {
    random.random_range(from..=to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_are_shared_out_among_the_locations() {
        let mut homes = [0; LOCATIONS.len()];
        for workspace in 0..500 {
            homes[home_of(workspace)] += 1;
        }
        let wanted = LOCATIONS.map(|location| location.share * 5);
        assert_eq!(homes, wanted);
        assert_eq!(LOCATIONS.iter().map(|location| location.share).sum::<u32>(), 100);
    }
}
