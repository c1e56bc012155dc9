//! What a seed makes of a run: how long, how busy, how skewed the clocks are, and which faults there are at all.
//!
//! Each seed switches a random part of the faults on ("swarm testing", Groce et al., ISSTA 2012): a run with all of them
//! hardly ever gets into the states that need one of them to be absent.

use origin::cache::invalidation::{Rules, WithoutSharedTier};

use crate::fault::Fault;
use crate::places::{LOCATIONS, ORIGINS};
use crate::random::Random;

/// How long faults are injected. Pages are fresh for three minutes: the longest see pages expire, and stand in.
const STORMS_MS: [u64; 8] = [30_000, 30_000, 40_000, 40_000, 60_000, 60_000, 120_000, 400_000];

/// The ways to invalidate that can be configured.
const RULES: [Rules; 4] = [
    Rules { without_shared_tier: WithoutSharedTier::Accept, spares_untouched: false },
    Rules { without_shared_tier: WithoutSharedTier::Refuse, spares_untouched: false },
    Rules { without_shared_tier: WithoutSharedTier::Refuse, spares_untouched: true },
    Rules { without_shared_tier: WithoutSharedTier::Refuse, spares_untouched: true },
];

/// The parameters of a run.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) staleness_bound_ms: u64,
    /// How long faults are injected.
    pub(crate) stormy_ms: u64,
    /// The mean pause between reads, or bursts of reads.
    pub(crate) read_pause_ms: u64,
    /// The mean pause between writes.
    pub(crate) write_pause_ms: u64,
    /// The mean pause between faults that last.
    pub(crate) fault_pause_ms: u64,
    /// Of a thousand calls, how many are hit by each fault that hits single calls.
    pub(crate) call_fault_per_mille: u64,
    pub(crate) location_ahead_ms: [i64; LOCATIONS],
    pub(crate) origin_ahead_ms: [i64; ORIGINS],
    pub(crate) redis_ahead_ms: i64,
    enabled: Vec<Fault>,
    /// `KV_WRITES` of the Worker.
    pub(crate) kv_writes: &'static str,
    /// How the origins invalidate: `INVALIDATE_WITHOUT_REDIS` and `PRECISE_INVALIDATION`.
    pub(crate) invalidation: Rules,
}

impl Scenario {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let skew_ms = [0, 50, 1_000][random.below(3) as usize];
        let mut ahead = || random.below(2 * skew_ms + 1).cast_signed() - skew_ms.cast_signed();
        let (location_ahead_ms, origin_ahead_ms, redis_ahead_ms) =
            ([ahead(), ahead(), ahead()], [ahead(), ahead()], ahead());
        let share = random.between(150, 900);
        Self {
            staleness_bound_ms: [1_000, 1_000, 500, 3_000][random.below(4) as usize],
            stormy_ms: STORMS_MS[random.below(8) as usize],
            read_pause_ms: 0,
            write_pause_ms: 0,
            fault_pause_ms: random.between(1_000, 10_000),
            call_fault_per_mille: random.between(1, 30),
            location_ahead_ms,
            origin_ahead_ms,
            redis_ahead_ms,
            enabled: Fault::ALL.iter().copied().filter(|_| random.chance(share)).collect(),
            kv_writes: ["every-load", "asked-again"][random.below(2) as usize],
            invalidation: RULES[random.below(4) as usize],
        }
        .with_load(random)
    }

    /// About as many requests in a short run as in a long one.
    fn with_load(mut self, random: &mut Random) -> Self {
        self.read_pause_ms = self.stormy_ms / random.between(200, 500);
        self.write_pause_ms = self.stormy_ms / random.between(15, 80);
        self
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.enabled.contains(&fault)
    }
}
