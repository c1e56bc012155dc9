//! The rules of the protocol as switches: the stated protocol, and ways of getting it wrong.

/// Which generations a page is stamped with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capture {
    /// Those of the look-up that the load began with: what the authority has confirmed. Without an authority, none, and the
    /// page is kept nowhere.
    Confirmed,
    /// Whatever the process has heard of, confirmed or not, just before it reads the source; kept if Redis answered the
    /// look-up.
    HeardWithRedis,
    /// The same, kept in any case.
    Heard,
    /// Whatever it has heard of once the source has been read.
    AfterSource,
}

/// The order in which an invalidation is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The source commits; the origin mints and records; the ledger records; it is acknowledged.
    Stated,
    /// Acknowledged before the ledger records.
    AckBeforeLedger,
    /// Minted from the origin's clock, recorded by the ledger, then by Redis, then acknowledged.
    LedgerFirst,
    /// The same, but acknowledged before Redis records.
    LedgerFirstAckEarly,
    /// Invalidated before the source commits.
    InvalidateFirst,
}

/// Whose load a reader may share that was under way when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// One that is not behind what the process knows, if at that moment it is known to know everything.
    Trusted,
    /// One that is not behind what the process has heard of.
    Heard,
    /// Any.
    Any,
}

/// What an origin does with an invalidation while it cannot reach Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offline {
    /// It mints from its clock with a lead, and owes the generation to Redis.
    Accept,
    /// It refuses; the caller tries again.
    Refuse,
}

/// How the ledger records a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// The maximum of what it has and what it is told.
    Max,
    /// The same, but always above what it has: every acknowledged invalidation raises it.
    Raise,
}

/// Under which stamp an edge keeps the origin's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeStamp {
    /// What the ledger had said before the origin was asked. Pages are judged by what the ledger has said, and by that alone.
    Ledgers,
    /// The origin's, which the edge merges into its view.
    Origins,
}

/// The rules that a configuration follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each switches off one rule, alone")]
pub struct Rules {
    /// Which generations a page is stamped with.
    pub capture: Capture,
    /// The order of an invalidation.
    pub order: Order,
    /// Whose load may be shared.
    pub join: Join,
    /// What happens to an invalidation at an origin without Redis.
    pub offline: Offline,
    /// How the ledger records.
    pub record: Record,
    /// What an edge keeps a page under.
    pub edge_stamp: EdgeStamp,
    /// The request that invalidates carries the ledger's view, and the origin mints above it.
    pub invalidation_carries_ledger: bool,
    /// The request for a page carries the edge's view, and the origin merges it.
    pub read_carries_view: bool,
    /// An edge that does not have the ledger's word asks the origin to pass its caches by.
    pub bypass_asks_uncached: bool,
    /// An entry of another incarnation of Redis is not trusted.
    pub incarnation_checked: bool,
    /// Nor are generations of another incarnation: they are minted afresh.
    pub generations_die_with_incarnation: bool,
    /// The memory tier trusts its view for the bound since its last heartbeat was sent, and no longer.
    pub push_trust_bounded: bool,
    /// The edge believes the ledger's answer for the bound since it asked; else since it was answered.
    pub ledger_bound_from_question: bool,
    /// A look-up in Redis reads the entry first and the generations after it.
    pub entry_before_generations: bool,
    /// What was minted without Redis is merged before Redis is used again.
    pub owed_is_merged: bool,
    /// It outlasts the process that minted it.
    pub owed_is_written_down: bool,
    /// What is merged into a Redis that does not hold the tag is raised to a generation minted afresh.
    pub merge_mints_lost: bool,
    /// A page that was overtaken is stamped anew where Redis has it on record that no change since has touched it.
    pub spares_untouched: bool,
    /// A record names the generation before its own: what was minted without one is missed.
    pub records_name_before: bool,
    /// A page that is spared is stamped with the generations that the look-up read, and not with those of the record.
    pub spared_as_of_look_up: bool,
}

impl Rules {
    /// The protocol as it is to be.
    pub const STATED: Self = Self {
        capture: Capture::Confirmed,
        order: Order::Stated,
        join: Join::Trusted,
        offline: Offline::Accept,
        record: Record::Raise,
        edge_stamp: EdgeStamp::Ledgers,
        invalidation_carries_ledger: false,
        read_carries_view: true,
        bypass_asks_uncached: true,
        incarnation_checked: true,
        generations_die_with_incarnation: true,
        push_trust_bounded: true,
        ledger_bound_from_question: true,
        entry_before_generations: true,
        owed_is_merged: true,
        owed_is_written_down: true,
        merge_mints_lost: true,
        spares_untouched: false,
        records_name_before: true,
        spared_as_of_look_up: true,
    };
    /// The protocol as it was first built, before the model.
    pub const FIRST_BUILT: Self = Self {
        capture: Capture::Heard,
        join: Join::Heard,
        record: Record::Max,
        edge_stamp: EdgeStamp::Origins,
        bypass_asks_uncached: false,
        generations_die_with_incarnation: false,
        merge_mints_lost: false,
        ..Self::STATED
    };
}
