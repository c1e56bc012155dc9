//! Pages that a change has overtaken and did not touch, by the real [`ChangeLog`].

use coherence::{ChangeLog, Generation, ItemSet};

use crate::gens::{Gens, overtaken, servable};
use crate::state::{Flight, Page, Redis};
use crate::step::Next;

/// What an invalidation says of its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// Nothing: any page may be old.
    Unknown,
    /// That it wrote what the page shows.
    Page,
    /// That it wrote something else: the page is as it was.
    Elsewhere,
}

/// What is on record of a change; a generation of 0 is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Record {
    /// The generation that the tag had before.
    pub before: u16,
    /// The generation that was minted.
    pub generation: u16,
    /// Whether it wrote what the page shows.
    pub touches: bool,
}

/// What the page was read from, and what a change elsewhere has written.
const PAGE: u32 = 1;
const ELSEWHERE: u32 = 2;

impl Redis {
    /// Whether a page is as current as one that is stamped with `held`.
    #[must_use]
    pub fn spares(&self, page: &Page, held: Gens) -> bool {
        let set = |item| ItemSet::new(vec![item]).unwrap_or_default();
        let generation = |generation: u16| Generation::new(generation.into());
        let mut log = ChangeLog::default();
        for record in self.log.iter().filter(|record| record.generation > 0) {
            let written = set(if record.touches { PAGE } else { ELSEWHERE });
            log.record(generation(record.before), generation(record.generation), written);
        }
        log.spares(&set(PAGE), generation(page.stamp.0[0]), generation(held.0[0]))
    }
}

impl Next<'_> {
    /// Puts on record what a change has written, in the same step as its generation is minted.
    pub fn put_on_record(&mut self, write: usize, before: u16, generation: u16) {
        let touches = match self.config.touches[write] {
            Touch::Page => true,
            Touch::Elsewhere => false,
            Touch::Unknown => return,
        };
        if !self.config.rules.spares_untouched || before == 0 {
            return;
        }
        let before = if self.config.rules.records_name_before { before } else { 0 };
        let free = self.state.redis.log.iter_mut().find(|record| record.generation == 0);
        // There are more places than writes.
        if let Some(place) = free {
            *place = Record { before, generation, touches };
        }
    }

    /// A generation is raised by no change of its own: see [`ChangeLog::renumber`].
    pub fn renumber(&mut self, held: u16, told: u16) {
        let log = &mut self.state.redis.log;
        let is_on_record = held > 0 && told > held && log.iter().any(|record| record.generation == held);
        if is_on_record && u64::from(told - held) <= ChangeLog::MAX_RENUMBERED {
            let free = log.iter_mut().find(|record| record.generation == 0);
            // Where there is no place, the chain ends: as where a record is too old to be kept.
            if let Some(place) = free {
                *place = Record { before: held, generation: told, touches: false };
            }
        }
    }

    /// What a look-up has found that may be spared: of Redis, or of memory.
    #[must_use]
    pub fn candidate(&self, origin: usize, flight: &Flight) -> Option<Page> {
        if !self.config.rules.spares_untouched || flight.uncached {
            return None;
        }
        let of_this_redis = |page: &Page| page.incarnation == flight.incarnation;
        let kept = self.state.origins[origin].memory.filter(|_| self.config.memory);
        flight.entry.filter(of_this_redis).or_else(|| kept.filter(of_this_redis))
    }

    /// The page that was found, stamped anew, if it is spared.
    #[must_use]
    pub fn spared(&self, origin: usize, flight: &Flight) -> Option<Page> {
        let redis = &self.state.redis;
        let can_ask =
            self.state.origins[origin].link == redis.incarnation && flight.incarnation == redis.incarnation;
        let held = if self.config.rules.spared_as_of_look_up { flight.looked_up } else { redis.held };
        let page = flight.entry.filter(|page| can_ask && redis.spares(page, flight.looked_up))?;
        let page = Page { stamp: page.stamp.merged(held), ..page };
        let floor = self.token(flight.token);
        servable(page.stamp, flight.looked_up, floor, self.config.tags, self.now_ms()).then_some(page)
    }

    /// Whether nobody will ever be served a page any more by who knows as much as `view`: what is not on record by now never will be, unless records leave
    /// gaps that later ones hide.
    #[must_use]
    pub fn is_gone_for_good(&self, page: &Page, view: Gens) -> bool {
        self.config.rules.records_name_before && self.is_gone(page, view)
    }

    /// Whether nobody is served a page who knows as much as `view`: it was overtaken, and is not spared.
    #[must_use]
    pub fn is_gone(&self, page: &Page, view: Gens) -> bool {
        let redis = &self.state.redis;
        let is_spared = self.config.rules.spares_untouched
            && page.incarnation == redis.incarnation
            && redis.held.0[0] >= view.0[0]
            && redis.spares(page, redis.held);
        overtaken(page.stamp, view, self.config.tags) && !is_spared
    }
}
