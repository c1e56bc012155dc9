//! What happened, in order: a digest that two runs of one seed must share, counts, and the trace of a replay.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::fault::{Fault, FaultCounts};

/// How many violations of a run are kept in words.
const MAX_TOLD: usize = 20;

/// A violation of what the protocol promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// An answer was older than what was acknowledged a staleness bound before the request began.
    PastTheBound,
    /// An answer to a reader with a token was older than what the token stands for.
    OwnWriteUnread,
    /// An answer held another workspace's, board's, page's or user's data, or went to somebody who is no member.
    Isolation,
    /// A member was told not to be one.
    WronglyRefused,
    /// An invalidation was never acknowledged, or a page was still old, after the faults had stopped.
    Lost,
    /// The system did not get back to hitting.
    NoHits,
    /// A page was loaded twice under one generation while nothing was wrong.
    LoadedTwice,
    /// A request got no answer at all.
    Hung,
    /// A page held what the source has never said.
    Invented,
}

impl Violation {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::PastTheBound,
        Self::OwnWriteUnread,
        Self::Isolation,
        Self::WronglyRefused,
        Self::Lost,
        Self::NoHits,
        Self::LoadedTwice,
        Self::Hung,
        Self::Invented,
    ];

    /// What was violated.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PastTheBound => "an old page past the staleness bound",
            Self::OwnWriteUnread => "an old page for a reader with the token",
            Self::Isolation => "another's data",
            Self::WronglyRefused => "a member refused",
            Self::Lost => "an invalidation lost",
            Self::NoHits => "no hits after the faults",
            Self::LoadedTwice => "a page loaded twice under one generation",
            Self::Hung => "no answer",
            Self::Invented => "a page that never was",
        }
    }
}

/// What happened in a run, or in many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines of the event log.
    pub events: u64,
    /// Requests of readers.
    pub reads: u64,
    /// Reads that carried a token.
    pub reads_with_token: u64,
    /// Acknowledged invalidations.
    pub acknowledged: u64,
    /// Attempts to invalidate that failed and were repeated.
    pub retried: u64,
    /// Questions for pages that reached the source.
    pub loads: u64,
    /// How often it was looked up what had changed since a page.
    pub logs_read: u64,
    /// Virtual time, in milliseconds.
    pub virtual_ms: u64,
    /// How reads were answered: by tier, or with which failure.
    pub answers: BTreeMap<String, u64>,
    /// Faults.
    pub faults: FaultCounts,
    /// Violations.
    pub violations: BTreeMap<Violation, u64>,
}

impl Tally {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.reads += other.reads;
        self.reads_with_token += other.reads_with_token;
        self.acknowledged += other.acknowledged;
        self.retried += other.retried;
        self.loads += other.loads;
        self.logs_read += other.logs_read;
        self.virtual_ms += other.virtual_ms;
        for (answer, count) in &other.answers {
            *self.answers.entry(answer.clone()).or_default() += count;
        }
        self.faults.add(&other.faults);
        for (violation, count) in &other.violations {
            *self.violations.entry(*violation).or_default() += count;
        }
    }

    /// All violations.
    #[must_use]
    pub fn violation_count(&self) -> u64 {
        self.violations.values().sum()
    }
}

/// The journal of a run.
pub(crate) struct Journal {
    digest: Fnv,
    is_traced: bool,
    pub(crate) tally: Tally,
    /// The first violations, in words.
    pub(crate) told: Vec<String>,
}

impl Journal {
    pub(crate) fn new(is_traced: bool) -> Self {
        Self { digest: Fnv::default(), is_traced, tally: Tally::default(), told: Vec::new() }
    }

    pub(crate) fn event(&mut self, now_ms: u64, what: fmt::Arguments<'_>) {
        self.tally.events += 1;
        // Writing into a digest cannot fail.
        let _ = writeln!(self.digest, "{now_ms} {what}");
        if self.is_traced {
            println!("{:>7}.{:03} {what}", now_ms / 1000, now_ms % 1000);
        }
    }

    pub(crate) fn fault(&mut self, now_ms: u64, fault: Fault, what: fmt::Arguments<'_>) {
        self.tally.faults.count(fault);
        self.event(now_ms, format_args!("FAULT {}: {what}", fault.as_str()));
    }

    pub(crate) fn violation(&mut self, now_ms: u64, violation: Violation, what: fmt::Arguments<'_>) {
        *self.tally.violations.entry(violation).or_default() += 1;
        self.event(now_ms, format_args!("VIOLATION {}: {what}", violation.as_str()));
        if self.told.len() < MAX_TOLD {
            self.told.push(format!("at {now_ms} ms: {}: {what}", violation.as_str()));
        }
    }

    pub(crate) const fn digest(&self) -> u64 {
        self.digest.0
    }
}

/// FNV-1a: the same on every machine, and in every version.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
