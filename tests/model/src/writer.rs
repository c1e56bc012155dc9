//! Writers: commit to the source, then have the change invalidated.

use crate::gens::{Gens, mint};
use crate::rules::{Order, Record, Rules};
use crate::spared::Touch;
use crate::state::Write;
use crate::step::Next;

/// A step of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The source commits.
    Commit,
    /// The edge asks the ledger what it has.
    Tell,
    /// The origin mints and has Redis record; without Redis it mints from its clock.
    Mint,
    /// The origin mints from its clock and records nothing.
    MintByClock,
    /// Redis records what was minted by the clock.
    TellRedis,
    /// The ledger records.
    Record,
    /// The caller is told that it is done; always together with the step before it.
    Ack,
}

const STATED: &[Step] = &[Step::Commit, Step::Mint, Step::Record, Step::Ack];
const STATED_TELLING: &[Step] = &[Step::Commit, Step::Tell, Step::Mint, Step::Record, Step::Ack];
const ACK_BEFORE_LEDGER: &[Step] = &[Step::Commit, Step::Mint, Step::Ack, Step::Record];
const LEDGER_FIRST: &[Step] = &[Step::Commit, Step::MintByClock, Step::Record, Step::TellRedis, Step::Ack];
const LEDGER_FIRST_ACK_EARLY: &[Step] =
    &[Step::Commit, Step::MintByClock, Step::Record, Step::Ack, Step::TellRedis];
const INVALIDATE_FIRST: &[Step] = &[Step::Mint, Step::Record, Step::Commit, Step::Ack];

const fn steps(rules: &Rules) -> &'static [Step] {
    match rules.order {
        Order::Stated if rules.invalidation_carries_ledger => STATED_TELLING,
        Order::Stated => STATED,
        Order::AckBeforeLedger => ACK_BEFORE_LEDGER,
        Order::LedgerFirst => LEDGER_FIRST,
        Order::LedgerFirstAckEarly => LEDGER_FIRST_ACK_EARLY,
        Order::InvalidateFirst => INVALIDATE_FIRST,
    }
}

/// The next step of a write, if there is one.
#[must_use]
pub fn next(rules: &Rules, write: &Write) -> Option<Step> {
    steps(rules).get(usize::from(write.steps)).copied()
}

impl Next<'_> {
    /// The write does its next step, and is acknowledged if that comes next.
    pub fn write(&mut self, number: usize, origin: usize) {
        let Some(step) = next(&self.config.rules, &self.state.writes[number]) else { return };
        match step {
            Step::Commit => {
                // A change elsewhere leaves the page as it was, and promises nothing of it.
                if self.config.touches[number] != Touch::Elsewhere {
                    self.state.version += 1;
                    self.state.writes[number].version = self.state.version;
                }
            }
            Step::Tell => self.state.writes[number].told = self.state.ledger,
            Step::Mint => {
                self.hear(origin, self.state.writes[number].told);
                self.state.writes[number].told = Gens::NONE;
                self.state.writes[number].minted = self.invalidate(origin, number);
            }
            Step::MintByClock => {
                let tags = self.tags_of(number);
                let minted = self.mint_by_clock(origin, tags, 0);
                self.state.writes[number].minted = minted;
            }
            Step::TellRedis => self.merge_in_redis(self.state.writes[number].minted),
            Step::Record => self.record(number),
            Step::Ack => {}
        }
        let write = &mut self.state.writes[number];
        write.steps += 1;
        if step == Step::Ack || next(&self.config.rules, write) == Some(Step::Ack) {
            write.steps += u8::from(step != Step::Ack);
            write.acked = self.state.tick;
        }
    }

    /// Which tags a write invalidates: the first write the first one, the others all.
    #[must_use]
    pub fn tags_of(&self, write: usize) -> [bool; 2] {
        [true, self.config.tags > 1 && write > 0]
    }

    fn record(&mut self, number: usize) {
        let minted = self.state.writes[number].minted;
        for (tag, news) in minted.0.into_iter().enumerate().filter(|(_, news)| *news > 0) {
            let known = self.state.ledger.0[tag];
            self.state.ledger.0[tag] = match self.config.rules.record {
                Record::Max => known.max(news),
                // `mint` is the maximum of what it is told and one more than what it has.
                Record::Raise => mint(known, news),
            };
            self.state.writes[number].minted.0[tag] = match self.config.rules.record {
                Record::Max => news,
                Record::Raise => self.state.ledger.0[tag],
            };
        }
    }
}
