//! The configurations that are checked: what must hold under the stated rules, and what must fail once a rule is broken.

use crate::config::{Config, Faults};
use crate::rules::{Capture, EdgeStamp, Join, Offline, Order, Record, Rules};
use crate::spared::Touch::{Elsewhere, Page, Unknown};

/// The steps of [`EVERYTHING`] that are looked at; all of them are too many.
const EVERYTHING_DEPTH: usize = 10;

/// The same for two origins with memory tiers and a crash of Redis.
const PUSH_CRASH_DEPTH: usize = 15;

/// Two locations with answers of the ledger of different age, and two writes at once.
pub const EDGES: Config = Config { name: "edges", memory: false, last_tick: 1, ..Config::BASE };

/// An entry with two tags, the memory tier, and writes that invalidate one tag or both.
pub const TAGS: Config = Config { name: "tags", edges: 1, tags: 2, last_tick: 1, ..Config::BASE };

/// Two origins that readers ask themselves: memory tiers, slow pushes, slow loads that others join.
pub const PUSH: Config = Config {
    name: "push",
    edges: 0,
    origins: 2,
    writes: 1,
    last_tick: 1,
    direct_readers: true,
    rules: Rules { offline: Offline::Refuse, ..Rules::STATED },
    ..Config::BASE
};

/// The same, with one fault of these kinds.
const fn push_with(name: &'static str, kinds: Faults) -> Config {
    Config { name, faults: 1, kinds, ..PUSH }
}

/// Two origins, one of which loses Redis and goes on accepting invalidations.
pub const PARTITION: Config = Config {
    name: "partition",
    edges: 1,
    origins: 2,
    memory: false,
    writes_overlap: false,
    last_tick: 0,
    faults: 1,
    kinds: Faults { link: true, ..Faults::NONE },
    ..Config::BASE
};

/// The same, with writes whose invalidations overlap.
pub const OVERLAP: Config =
    Config { name: "partition, overlapping writes", writes_overlap: true, ..PARTITION };

/// The same, and the clock of one origin is behind.
pub const SKEW: Config = Config { name: "partition, clocks differ", skew_ms: 20, ..PARTITION };

/// Redis crashes, and comes back empty or without its last changes; seen through an edge.
pub const CRASH: Config = Config {
    name: "crash",
    kinds: Faults { crash_empty: true, crash_snapshot: true, ..Faults::NONE },
    ..PARTITION
};

/// Two origins that spare what a change did not touch, and readers through an edge.
pub const SPARED: Config = Config {
    name: "pages are spared",
    edges: 1,
    origins: 2,
    memory: false,
    writes: 2,
    touches: [Page, Elsewhere, Unknown],
    last_tick: 0,
    rules: SPARING,
    ..Config::BASE
};

/// The same of one origin with a memory tier, which readers ask themselves.
pub const SPARED_MEMORY: Config = Config {
    name: "pages are spared, in memory too",
    edges: 0,
    origins: 1,
    memory: true,
    direct_readers: true,
    touches: [Elsewhere, Page, Unknown],
    last_tick: 1,
    ..SPARED
};

/// The same, of changes of which some say nothing, while Redis loses what it has.
pub const SPARED_LOST: Config = Config {
    name: "pages are spared, Redis crashes or evicts",
    edges: 1,
    origins: 1,
    writes: 3,
    writes_overlap: false,
    touches: [Elsewhere, Unknown, Elsewhere],
    faults: 1,
    kinds: Faults { crash_empty: true, crash_snapshot: true, evict: true, ..Faults::NONE },
    ..SPARED
};

/// The rules where pages are spared: no origin mints without Redis.
const SPARING: Rules = Rules { spares_untouched: true, offline: Offline::Refuse, ..Rules::STATED };

/// Everybody, and any two faults: as far as it is looked at.
pub const EVERYTHING: Config = Config {
    name: "everything",
    edges: 2,
    origins: 2,
    waiting: 2,
    last_tick: 2,
    faults: 2,
    kinds: Faults {
        crash_empty: true,
        crash_snapshot: true,
        link: true,
        push: true,
        restart: true,
        ..Faults::NONE
    },
    max_depth: EVERYTHING_DEPTH,
    ..Config::BASE
};

/// What is checked with every test run.
pub const QUICK: [Config; 13] = [
    Config { last_tick: 2, ..EDGES },
    TAGS,
    PUSH,
    PARTITION,
    OVERLAP,
    SKEW,
    CRASH,
    LEDGER_AND_LINK,
    ALONE,
    SPARED,
    SPARED_MEMORY,
    SPARED_LOST,
    EVERYTHING,
];

/// What is checked by `--deep`.
pub const DEEP: [Config; 16] = [
    Config { last_tick: 2, ..EDGES },
    Config { name: "edges, two readers wait", waiting: 2, ..EDGES },
    Config { last_tick: 2, ..TAGS },
    PUSH,
    Config {
        max_depth: PUSH_CRASH_DEPTH,
        ..push_with("push, Redis crashes", Faults { crash_empty: true, crash_snapshot: true, ..Faults::NONE })
    },
    push_with("push, Redis evicts generations", Faults { evict: true, ..Faults::NONE }),
    push_with("push, a connection breaks", Faults { link: true, push: true, ..Faults::NONE }),
    push_with("push, an origin is killed", Faults { restart: true, ..Faults::NONE }),
    Config { last_tick: 1, ..PARTITION },
    Config {
        name: "partition, an origin is killed",
        faults: 2,
        kinds: Faults { link: true, restart: true, ..Faults::NONE },
        ..PARTITION
    },
    Config { last_tick: 1, ..ALONE },
    SKEW,
    Config { last_tick: 1, ..CRASH },
    Config { name: "crash and partition, overlapping writes", ..CRASH_AND_LINK },
    Config { last_tick: 1, ..LEDGER_AND_LINK },
    Config { max_depth: 12, ..EVERYTHING },
];

/// A rule broken, or a limit passed: where a counterexample must be found.
#[derive(Debug, Clone, Copy)]
pub struct Broken {
    /// What is done wrong, or asked too much.
    pub what: &'static str,
    /// Where it is found.
    pub config: Config,
}

const fn broken(what: &'static str, config: Config, rules: Rules) -> Broken {
    Broken { what, config: Config { rules, ..config } }
}

/// Small enough for a rule to fail quickly.
const SMALL: Config = Config { edges: 1, writes: 1, ..EDGES };

/// Two origins, one write, one loses Redis; time passes.
const ONE_WRITE: Config = Config { last_tick: 1, writes: 1, ..PARTITION };

/// Two faults while invalidations overlap.
const CRASH_AND_LINK: Config =
    Config { faults: 2, kinds: Faults { crash_empty: true, link: true, ..Faults::NONE }, ..OVERLAP };

/// The ledger is away, and so is Redis from one of two origins.
const LEDGER_AND_LINK: Config = Config {
    name: "the ledger is away, and Redis from one origin",
    last_tick: 1,
    faults: 2,
    kinds: Faults { ledger: true, link: true, ..Faults::NONE },
    ..ONE_WRITE
};

/// The only origin, which readers ask themselves: it loses Redis, accepts a write, and is killed.
const ALONE: Config = Config {
    name: "one origin without an edge, killed without Redis",
    edges: 0,
    last_tick: 0,
    direct_readers: true,
    faults: 2,
    kinds: Faults { link: true, restart: true, ..Faults::NONE },
    ..Config::BASE
};

/// The rules where readers pass the edge by.
const DIRECT: Rules = PUSH.rules;

/// The mistakes, each of which must have a counterexample.
pub const BROKEN: [Broken; 22] = [
    broken("the protocol as first built", OVERLAP, Rules::FIRST_BUILT),
    broken(
        "the view is captured after the source was read",
        SMALL,
        Rules { capture: Capture::AfterSource, ..Rules::STATED },
    ),
    broken(
        "a page is stamped with what was heard, confirmed by Redis or not",
        OVERLAP,
        Rules { capture: Capture::HeardWithRedis, ..Rules::STATED },
    ),
    broken(
        "the ledger takes the maximum, and a rolled-back Redis mints what it has already",
        CRASH,
        Rules { record: Record::Max, generations_die_with_incarnation: false, ..Rules::STATED },
    ),
    broken(
        "generations of another incarnation are trusted, and the edge keeps pages under the origin's stamp",
        Config { kinds: Faults { crash_snapshot: true, ..Faults::NONE }, ..OVERLAP },
        Rules { generations_die_with_incarnation: false, edge_stamp: EdgeStamp::Origins, ..Rules::STATED },
    ),
    broken(
        "acknowledged before the ledger records",
        SMALL,
        Rules { order: Order::AckBeforeLedger, ..Rules::STATED },
    ),
    broken(
        "the ledger first, minted by the origin's clock",
        Config { faults: 0, ..ONE_WRITE },
        Rules { order: Order::LedgerFirst, ..Rules::STATED },
    ),
    broken(
        "the ledger first, acknowledged before Redis records",
        PUSH,
        Rules { order: Order::LedgerFirstAckEarly, ..DIRECT },
    ),
    broken(
        "invalidated before the source commits",
        SMALL,
        Rules { order: Order::InvalidateFirst, ..Rules::STATED },
    ),
    broken(
        "the ledger's answer is believed from its arrival on",
        SMALL,
        Rules { ledger_bound_from_question: false, ..Rules::STATED },
    ),
    broken(
        "a read does not carry the edge's view",
        ONE_WRITE,
        Rules { read_carries_view: false, ..Rules::STATED },
    ),
    broken(
        "push is trusted for as long as the connection seems alive",
        PUSH,
        Rules { push_trust_bounded: false, ..DIRECT },
    ),
    broken("any load under way is joined", PUSH, Rules { join: Join::Any, ..DIRECT }),
    broken(
        "a load under way is joined on what was heard, trusted or not",
        PUSH,
        Rules { join: Join::Heard, ..DIRECT },
    ),
    broken(
        "entries of another incarnation are trusted",
        push_with("push, snapshot", Faults { crash_snapshot: true, ..Faults::NONE }),
        Rules { incarnation_checked: false, generations_die_with_incarnation: false, ..DIRECT },
    ),
    broken(
        "an edge without the ledger's word takes what an origin has cached",
        LEDGER_AND_LINK,
        Rules { bypass_asks_uncached: false, ..Rules::STATED },
    ),
    broken(
        "an edge keeps pages under the origin's stamp",
        CRASH_AND_LINK,
        Rules { edge_stamp: EdgeStamp::Origins, ..Rules::STATED },
    ),
    broken(
        "an origin without Redis mints no further ahead than Redis does what it lost",
        Config { offline_lead_ms: SKEW.fresh_lead_ms, ..SKEW },
        Rules::STATED,
    ),
    broken(
        "what is owed to Redis is not written down, and its origin is killed",
        ALONE,
        Rules { owed_is_written_down: false, ..Rules::STATED },
    ),
    broken(
        "pages are spared although an origin without Redis accepts invalidations",
        Config { touches: [Page, Elsewhere, Unknown], writes: 2, last_tick: 3, ..PARTITION },
        Rules { spares_untouched: true, ..Rules::STATED },
    ),
    broken(
        "a record does not name the generation before it",
        Config { touches: [Unknown, Elsewhere, Unknown], ..SPARED },
        Rules { records_name_before: false, ..SPARING },
    ),
    broken(
        "a page is spared up to what Redis holds by now, and held against what it held before",
        SPARED_MEMORY,
        Rules { spared_as_of_look_up: false, ..SPARING },
    ),
];

/// What the protocol does not promise: the stated rules, and more faults than they are made for.
pub const LIMITS: [Broken; 2] = [
    broken(
        "an origin without Redis accepts invalidations although readers pass the edge by",
        push_with("push, link", Faults { link: true, ..Faults::NONE }),
        Rules::STATED,
    ),
    broken(
        "Redis evicts generations just after an origin without it has minted",
        Config { faults: 2, kinds: Faults { evict: true, link: true, ..Faults::NONE }, ..OVERLAP },
        Rules::STATED,
    ),
];
