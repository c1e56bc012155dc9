//! What changed under each generation, where that is known: an overtaken entry that no change since has touched is
//! current still.
//!
//! This is backward validation, as optimistic concurrency control has it (Kung and Robinson, "On Optimistic Methods for
//! Concurrency Control", ACM TODS 6(2), 1981; Härder, "Observations on Optimistic Concurrency Control Schemes",
//! Information Systems 9(2), 1984): an entry has a read set, a change has a write set, and an entry is valid unless one
//! meets the write set of a change that it does not reflect.
//!
//! Who mints a tag's generations keeps the log, and writes it in the same step. Each record names the generation before
//! its own, so that a log proves itself: where a generation was minted, merged or lost without a record, the chain is
//! broken there, and nothing is spared beyond it.

use std::fmt::Write as _;

use crate::Generation;
use crate::fnv::fnv1a;

/// What an entry was read from, or what a change has written: names, each as a 32-bit hash. Names that share a hash make
/// a page look touched that was not; never the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemSet(Box<[u32]>);

impl ItemSet {
    /// The most items of a set.
    pub const MAX_LEN: usize = 255;

    /// The set of these items; `None` where there are too many.
    #[must_use]
    pub fn new(mut items: Vec<u32>) -> Option<Self> {
        items.sort_unstable();
        items.dedup();
        (items.len() <= Self::MAX_LEN).then(|| Self(items.into_boxed_slice()))
    }

    /// The hash of a name that consists of these parts: 64-bit FNV-1a, folded. The same everywhere and for ever.
    #[must_use]
    pub fn item(parts: &[&str]) -> u32 {
        // A part ends in a byte that no text has, or `a`, `bc` would be `ab`, `c`.
        let whole = fnv1a(parts.iter().flat_map(|part| part.bytes().chain([0xff])));
        (whole >> 32) as u32 ^ whole as u32
    }

    /// The items, sorted, each once.
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// What is in either; `None` where that is too much.
    #[must_use]
    pub fn union(&self, other: &Self) -> Option<Self> {
        Self::new([&*self.0, &*other.0].concat())
    }

    /// Whether something is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let (few, many) = if self.0.len() < other.0.len() { (self, other) } else { (other, self) };
        few.0.iter().any(|item| many.0.binary_search(item).is_ok())
    }

    /// Eight hexadecimal digits for each item.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(8 * self.0.len()), |mut hex, item| {
            let _ = write!(hex, "{item:08x}");
            hex
        })
    }

    /// Reads what [`ItemSet::to_hex`] writes.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let digits = hex.as_bytes().chunks(8);
        let item = |digits: &[u8]| match std::str::from_utf8(digits) {
            Ok(digits) if digits.len() == 8 && !digits.starts_with('+') => {
                u32::from_str_radix(digits, 16).ok()
            }
            _ => None,
        };
        Self::new(digits.map(item).collect::<Option<_>>()?)
    }
}

/// A record: what was written under a generation, and which generation the tag had before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    before: Generation,
    generation: Generation,
    written: ItemSet,
}

/// The last changes of a tag, in the order in which they were minted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeLog(Vec<Record>);

impl ChangeLog {
    /// How many changes are kept. A page that more have overtaken is loaded anew.
    pub const MAX_LEN: usize = 128;

    /// Records a change. `before` is the highest generation of the tag that was known when this one was minted.
    pub fn record(&mut self, before: Generation, generation: Generation, written: ItemSet) {
        if self.0.len() == Self::MAX_LEN {
            self.0.remove(0);
        }
        self.0.push(Record { before, generation, written });
    }

    /// How far a generation may be raised for being told out of order: by one each time.
    pub const MAX_RENUMBERED: u64 = 16;

    /// Records that the tag's generation, on record so far as `held`, was raised to `told` by no change of its own: whoever recorded one late gave it a number
    /// above those that came first. What is further above is taken for a change of which nothing is known, and is not on record.
    pub fn renumber(&mut self, held: Generation, told: Generation) {
        let is_on_record = self.0.last().is_some_and(|last| last.generation == held);
        if is_on_record && told > held && told.get() - held.get() <= Self::MAX_RENUMBERED {
            self.record(held, told, ItemSet::default());
        }
    }

    /// Takes in that somebody tells of a generation while `held` is the tag's. One that was minted between two that are on record, and is neither of them, ends
    /// the log: it does not tell all.
    pub fn hear(&mut self, held: Generation, told: Generation) {
        if told > held {
            self.renumber(held, told);
        } else if told < held && !self.accounts_for(told) {
            self.0.clear();
        }
    }

    /// Whether a generation that is told late changes nothing of what the log says: it is on record, or earlier than all that is.
    fn accounts_for(&self, generation: Generation) -> bool {
        let is_earlier = self.0.first().is_none_or(|oldest| generation <= oldest.before);
        is_earlier
            || self.0.iter().any(|record| record.before == generation || record.generation == generation)
    }

    /// Reads a log from its records, the oldest first, each as `before SP generation SP items`. What cannot be read breaks
    /// the chain.
    pub fn parse<'a>(records: impl IntoIterator<Item = &'a str>) -> Self {
        let read = |record: &str| {
            let mut fields = record.split(' ');
            let mut generation = || Generation::parse(fields.next()?);
            let (before, generation) = (generation()?, generation()?);
            Some(Record { before, generation, written: ItemSet::from_hex(fields.next()?)? })
        };
        Self(records.into_iter().filter_map(read).collect())
    }

    /// Whether an entry that has read `read`, and is stamped with `stamped`, is as current as one that is stamped with
    /// `held`: whether each generation in between is on record, and none of those changes has written what was read.
    #[must_use]
    pub fn spares(&self, read: &ItemSet, stamped: Generation, held: Generation) -> bool {
        let mut missing = held;
        for record in self.0.iter().rev().skip_while(|record| record.generation > held) {
            if missing <= stamped {
                break;
            }
            if record.generation != missing || record.written.meets(read) {
                return false;
            }
            missing = record.before;
        }
        missing <= stamped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[u32]) -> ItemSet {
        ItemSet::new(items.to_vec()).unwrap()
    }

    fn g(generation: u64) -> Generation {
        Generation::new(generation)
    }

    fn log() -> ChangeLog {
        let mut log = ChangeLog::default();
        for (before, generation, written) in [(10, 20, 1), (20, 30, 2), (30, 40, 3)] {
            log.record(g(before), g(generation), set(&[written]));
        }
        log
    }

    #[test]
    fn what_no_change_since_has_written_is_spared() {
        let log = log();
        let spares = |read: u32, stamped, held| log.spares(&set(&[read, 9]), g(stamped), g(held));
        assert!(spares(7, 10, 40) && spares(7, 20, 30) && spares(7, 40, 40));
        assert!(!spares(1, 10, 40) && !spares(2, 10, 40) && !spares(3, 10, 40));
        // What an entry reflects has not overtaken it, and what is later than the view is not asked about.
        assert!(spares(1, 20, 40) && spares(2, 30, 40) && spares(3, 10, 30));
    }

    #[test]
    fn a_generation_without_a_record_spares_nothing() {
        let mut log = log();
        let spares = |log: &ChangeLog, stamped, held| log.spares(&set(&[7]), g(stamped), g(held));
        assert!(!spares(&log, 9, 40), "older than the log");
        assert!(!spares(&log, 10, 41), "later than the log");
        assert!(!spares(&log, 10, 35), "of no record");
        // 50 was minted without one.
        log.record(g(50), g(60), set(&[4]));
        assert!(spares(&log, 50, 60) && !spares(&log, 40, 60) && !spares(&log, 40, 50));
        assert!(!spares(&ChangeLog::default(), 10, 20));
    }

    #[test]
    fn a_change_that_was_given_a_later_number_is_spared_over_and_one_out_of_nowhere_is_not() {
        let spares = |held: u64, told: u64| {
            let mut log = log();
            log.renumber(g(held), g(told));
            log.spares(&set(&[7]), g(10), g(told))
        };
        assert!(spares(40, 41) && spares(40, 40 + ChangeLog::MAX_RENUMBERED));
        assert!(!spares(40, 41 + ChangeLog::MAX_RENUMBERED), "too far");
        for (held, told) in [(39, 41), (42, 43), (40, 40), (40, 39)] {
            let mut same = log();
            same.renumber(g(held), g(told));
            assert_eq!(same, log(), "{held} to {told}");
        }
        let mut empty = ChangeLog::default();
        empty.renumber(g(40), g(41));
        assert_eq!(empty, ChangeLog::default());
    }

    #[test]
    fn a_generation_is_accounted_for_that_is_on_record_or_before_all_that_is() {
        let log = log();
        for (generation, is_accounted_for) in
            [(5, true), (10, true), (11, false), (20, true), (29, false), (30, true), (40, true), (41, false)]
        {
            assert_eq!(log.accounts_for(g(generation)), is_accounted_for, "{generation}");
        }
        assert!(ChangeLog::default().accounts_for(g(1)));
    }

    #[test]
    fn what_is_told_late_and_is_of_no_record_ends_the_log() {
        let heard = |told: u64| {
            let mut log = log();
            log.hear(g(40), g(told));
            log
        };
        assert_eq!([heard(5), heard(20), heard(40), heard(57)], [log(), log(), log(), log()]);
        assert_eq!(heard(29), ChangeLog::default());
        assert!(heard(41).spares(&set(&[7]), g(10), g(41)));
    }

    #[test]
    fn a_log_forgets_its_oldest_changes() {
        let mut log = ChangeLog::default();
        for n in 1..=300 {
            log.record(g(n), g(n + 1), set(&[1]));
        }
        let oldest = 301 - ChangeLog::MAX_LEN as u64;
        assert!(log.spares(&set(&[2]), g(oldest), g(301)));
        assert!(!log.spares(&set(&[2]), g(oldest - 1), g(301)));
    }

    #[test]
    fn a_log_is_read_as_it_is_written_and_nonsense_breaks_it() {
        let written = set(&[0, 0x1234_abcd, u32::MAX]);
        assert_eq!(written.to_hex(), "000000001234abcdffffffff");
        let lines = ["10 20 00000001", "20 30 00000002", "30 40 00000003"];
        assert_eq!(ChangeLog::parse(lines), log());
        for nonsense in ["", "20 30", "20 x 00000002", "20 30 0000002", "20 30 0000000g", "20 30 +0000002"] {
            let broken = ChangeLog::parse([lines[0], nonsense, lines[2]]);
            assert!(!broken.spares(&set(&[7]), g(10), g(40)), "{nonsense}");
        }
    }

    #[test]
    fn sets_meet_where_they_share_an_item() {
        assert!(set(&[1, 5, 9]).meets(&set(&[9])) && set(&[9]).meets(&set(&[1, 5, 9])));
        assert!(!set(&[1, 5]).meets(&set(&[2, 6])) && !set(&[]).meets(&set(&[1])));
        assert_eq!(set(&[3, 1]).union(&set(&[2, 3])), Some(set(&[1, 2, 3])));
        let many: Vec<u32> = (0..=ItemSet::MAX_LEN as u32).collect();
        assert!(ItemSet::new(many.clone()).is_none());
        assert!(set(&many[1..]).union(&set(&many[..1])).is_none());
        assert_ne!(ItemSet::item(&["a", "bc"]), ItemSet::item(&["ab", "c"]));
    }
}
