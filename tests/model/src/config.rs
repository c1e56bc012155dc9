//! What a run of the checker covers: who takes part, what may fail, and how far it goes.

use crate::rules::Rules;
use crate::spared::Touch;

/// Logical milliseconds between two ticks.
pub const TICK_MS: u16 = 100;
/// The time of tick 0.
const EPOCH_MS: u16 = 1000;

/// Which faults may happen. Each costs one of [`Config::faults`]; recovering is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "a set of faults")]
pub struct Faults {
    /// Redis crashes and comes back empty.
    pub crash_empty: bool,
    /// Redis crashes and comes back as it was at some earlier moment.
    pub crash_snapshot: bool,
    /// Redis evicts the generations and keeps the entry.
    pub evict: bool,
    /// An origin loses its connection to Redis, for as long as may be.
    pub link: bool,
    /// An origin's push connection breaks. (That it is slow, for as long as may be, is always possible.)
    pub push: bool,
    /// An origin process is killed and started again.
    pub restart: bool,
    /// The ledger cannot be reached.
    pub ledger: bool,
}

impl Faults {
    /// None.
    pub const NONE: Self = Self {
        crash_empty: false,
        crash_snapshot: false,
        evict: false,
        link: false,
        push: false,
        restart: false,
        ledger: false,
    };
}

/// A configuration.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// What it is called in reports.
    pub name: &'static str,
    /// Edge locations, up to 2.
    pub edges: usize,
    /// Origin processes, 1 or 2.
    pub origins: usize,
    /// Tags of an entry, 1 or 2. With two, the first write invalidates the first tag and the others both.
    pub tags: usize,
    /// Writes, up to 3.
    pub writes: usize,
    /// What is known of each write.
    pub touches: [Touch; 3],
    /// Whether a write may begin before the one before it was acknowledged.
    pub writes_overlap: bool,
    /// The last tick.
    pub last_tick: u8,
    /// The staleness bound, in ticks.
    pub bound: u8,
    /// Whether the origins keep pages in memory, and are told of generations by push.
    pub memory: bool,
    /// How many readers may wait for a load at the same time, over all edges and origins.
    pub waiting: usize,
    /// Whether there are readers that ask the origins themselves.
    pub direct_readers: bool,
    /// Which faults may happen.
    pub kinds: Faults,
    /// How many.
    pub faults: u8,
    /// How far ahead a lost generation is minted.
    pub fresh_lead_ms: u16,
    /// How far ahead an origin without Redis mints.
    pub offline_lead_ms: u16,
    /// How far the clock of the second origin is behind the others.
    pub skew_ms: u16,
    /// How many steps are looked at; 0 for all there are.
    pub max_depth: usize,
    /// The rules.
    pub rules: Rules,
}

impl Config {
    /// Two edges, one origin, nothing fails.
    pub const BASE: Self = Self {
        name: "base",
        edges: 2,
        origins: 1,
        tags: 1,
        writes: 2,
        touches: [Touch::Unknown; 3],
        writes_overlap: true,
        last_tick: 2,
        bound: 1,
        memory: true,
        waiting: 1,
        direct_readers: false,
        kinds: Faults::NONE,
        faults: 0,
        fresh_lead_ms: 250,
        offline_lead_ms: 280,
        skew_ms: 0,
        max_depth: 0,
        rules: Rules::STATED,
    };

    /// The time at a tick, after so many mintings: no two generations are minted in the same millisecond.
    #[must_use]
    pub fn now_ms(&self, tick: u8, minted: u8) -> u16 {
        EPOCH_MS + TICK_MS * u16::from(tick) + u16::from(minted)
    }
}
