//! A state of the whole system: plain values, small, hashable.

use crate::gens::Gens;
use crate::spared::Record;

/// No time: for moments that have not come.
pub const NEVER: u8 = u8::MAX;
/// Acknowledged longer ago than the bound.
pub const PAST: u8 = u8::MAX - 1;

/// A cached page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Page {
    /// The version of the source that it shows.
    pub version: u8,
    /// Its stamp.
    pub stamp: Gens,
    /// The incarnation of Redis under which it was loaded; 0 in KV, which does not look at it.
    pub incarnation: u8,
}

/// A reader that waits for a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Waiter {
    /// The origin asked.
    pub origin: u8,
    /// Whose acknowledged write's token it sends, plus one; 0 for none.
    pub token: u8,
    /// What it must see at least: all that was acknowledged more than the bound before it began.
    pub must_see: u8,
    /// What the ledger had said to the edge before the origin was asked.
    pub said: Gens,
    /// What the origin had heard of when it came.
    pub needed: Gens,
    /// Whether the origin was known to know everything then.
    pub trusted: bool,
    /// Whether the load was under way already.
    pub under_way: bool,
    /// Whether the edge keeps what it gets.
    pub keeps: bool,
    /// Whether the asker knows too little for anything cached to do.
    pub uncached: bool,
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The first half of the look-up in Redis is done.
    Looking,
    /// What was found has been overtaken; it is about to be held against the changes since.
    Comparing,
    /// Nothing servable was found; the source is about to be read.
    Missed,
    /// The source has been read.
    Loaded,
}

/// A load of the page at an origin; there is at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flight {
    /// How far it has come.
    pub phase: Phase,
    /// The token of the reader that began it, as in [`Waiter::token`].
    pub token: u8,
    /// Whether that reader takes nothing cached.
    pub uncached: bool,
    /// What was found in Redis.
    pub entry: Option<Page>,
    /// The generations that the look-up read.
    pub looked_up: Gens,
    /// The incarnation that was asked; 0 when Redis could not be.
    pub incarnation: u8,
    /// Whether the epoch of its look-up still lasts.
    pub in_epoch: bool,
    /// The stamp, once captured.
    pub stamp: Gens,
    /// The version read, once loaded.
    pub version: u8,
}

/// An origin process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Origin {
    /// What it has heard of.
    pub heard: Gens,
    /// What it has minted or heard without Redis having it.
    pub owed: Gens,
    /// The incarnation that the connection for commands is to; 0 for none.
    pub link: u8,
    /// The incarnation that the push connection is to; 0 for none.
    pub push: u8,
    /// The incarnation that the push connection was last made to.
    pub told_by: u8,
    /// Whether the generations were read in the present epoch.
    pub read: bool,
    /// Until which tick the view is trusted; 0 when it is not.
    pub trusted_until: u8,
    /// Pushed, and not delivered yet.
    pub pushed: Gens,
    /// The memory tier.
    pub memory: Option<Page>,
    /// The load under way.
    pub flight: Option<Flight>,
    /// A page on its way to Redis.
    pub storing: Option<Page>,
    /// A reader that asked this origin itself.
    pub direct: Option<Waiter>,
}

/// An edge location: one isolate. Its memory holds nothing that KV may not return, so it is not told apart from KV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Edge {
    /// What it has heard of, from whomever: told to origins.
    pub view: Gens,
    /// What the ledger has said; only where that is what pages are judged by.
    pub said: Gens,
    /// Until which tick the ledger's last answer is believed; 0 when it is not.
    pub believed_until: u8,
    /// An answer of the ledger on its way; only where that matters, see [`crate::actions`].
    pub answer: Option<Gens>,
    /// A reader that waits for an origin.
    pub waiter: Option<Waiter>,
}

/// Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Redis {
    /// Which incarnation it is, from 1.
    pub incarnation: u8,
    /// Generations; 0 for one that is not held.
    pub held: Gens,
    /// The entry.
    pub entry: Option<Page>,
    /// What was written under its last generations, the first first. Whatever else is lost, it is not: its chain has to do without.
    pub log: [Record; 6],
    /// What a crash may take it back to.
    pub snapshot: Option<(Gens, Option<Page>)>,
}

/// A write, with its invalidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    /// How many of its steps are done.
    pub steps: u8,
    /// The version it made; 0 until it is committed.
    pub version: u8,
    /// What the ledger said before the origin was asked.
    pub told: Gens,
    /// Its generations, once minted.
    pub minted: Gens,
    /// The tick at which it was acknowledged, [`NEVER`] or [`PAST`].
    pub acked: u8,
}

impl Write {
    /// Whether it has been acknowledged.
    #[must_use]
    pub const fn is_acked(&self) -> bool {
        self.acked != NEVER
    }
}

/// Everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// The time.
    pub tick: u8,
    /// How many generations were minted, wherever.
    pub minted: u8,
    /// How many faults there were.
    pub faults: u8,
    /// The version that the source has.
    pub version: u8,
    /// Whether the ledger can be reached.
    pub ledger_up: bool,
    /// The ledger.
    pub ledger: Gens,
    /// Redis.
    pub redis: Redis,
    /// The origins.
    pub origins: [Origin; 2],
    /// The edges.
    pub edges: [Edge; 2],
    /// The writes.
    pub writes: [Write; 3],
    /// Every page that KV may return, anywhere.
    pub kv: Vec<Page>,
    /// A reader got something older than the bound allows.
    pub served_stale: bool,
    /// A reader got something older than its token.
    pub served_behind_token: bool,
}

impl State {
    /// The beginning: everything empty, all connections made, nothing trusted yet.
    #[must_use]
    pub fn first(origins: usize) -> Self {
        let log = [Record::default(); 6];
        let redis = Redis { incarnation: 1, held: Gens::NONE, entry: None, log, snapshot: None };
        let mut state = Self {
            tick: 0,
            minted: 0,
            faults: 0,
            version: 0,
            ledger_up: true,
            ledger: Gens::NONE,
            redis,
            origins: [Origin::default(); 2],
            edges: [Edge::default(); 2],
            writes: [Write { steps: 0, version: 0, told: Gens::NONE, minted: Gens::NONE, acked: NEVER }; 3],
            kv: Vec::new(),
            served_stale: false,
            served_behind_token: false,
        };
        for origin in &mut state.origins[..origins] {
            *origin = Origin { link: 1, push: 1, told_by: 1, ..Origin::default() };
        }
        state
    }
}
