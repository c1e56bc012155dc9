//! The most that any caches can answer, whatever they are made of, which serve no page that has expired or been overtaken: one that is as large as it
//! has to be, that everybody reaches at once, and that hears of every change as it happens.
//!
//! What it misses is the traffic's: pages that nobody has asked for within a lifetime, or not since their board was changed; where pages are spared
//! that a move has not touched, not since they were touched. Which contacts a page shows is not known here: of as many pages as show all
//! of a board, one shows the contact, and which one is drawn.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher as _;

use coherence::{Lifetime, LifetimeClass};

use foldhash::fast::FixedState;

use crate::naive::key;
use crate::scale::{Scale, column_of};
use crate::trace::{Event, Trace, drawn, history};
use crate::workload::{Move, PER_PAGE, Read};

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ideal {
    /// Reads.
    pub reads: u64,
    /// Pages that were never asked for before.
    pub first: u64,
    /// Pages that a move had overtaken.
    pub overtaken: u64,
    /// Pages that had expired, and for too long to be served while they are loaded anew.
    pub expired: u64,
    /// Pages that had expired and were served while they were loaded anew.
    pub revalidated: u64,
}

impl Ideal {
    /// The share of reads that it answers.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        1.0 - (self.first + self.overtaken + self.expired) as f64 / self.reads as f64
    }

    /// Loads from the source for each read.
    #[must_use]
    pub fn loads(&self) -> f64 {
        1.0 - self.hit_rate() + self.revalidated as f64 / self.reads as f64
    }
}

/// A page that such caches have, and that is neither overtaken nor gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who asked for it last.
    pub read: Read,
    /// How often it was asked for since it was loaded, that time included.
    pub times: u64,
}

/// Replays a trace, after the traffic that has gone before it.
#[must_use]
pub fn replay(trace: &Trace, scale: Scale, seed: u64) -> Ideal {
    count(scale, seed, trace.events.iter().cloned(), trace.measured_from_ms)
}

/// Of traffic that is only drawn: what such caches would answer of it.
#[must_use]
pub fn of_traffic(scale: Scale, seed: u64) -> Ideal {
    count(scale, seed, drawn(scale, seed), scale.warm_up.as_millis() as u64)
}

/// What the traffic that has gone before leaves in such caches, in the order in which it was loaded.
#[must_use]
pub fn left(scale: Scale, seed: u64) -> Vec<Held> {
    let mut caches = Caches::new(scale);
    for (now_ms, event) in history(scale, seed) {
        caches.take(now_ms, event);
    }
    let now_ms = scale.history.as_millis() as u64;
    let mut pages: Vec<Page> = caches.pages.into_values().collect();
    pages.retain(|page| {
        let moves = caches.moves.get(&(page.read.workspace, page.read.board));
        matches!(page.standing(moves, scale, now_ms), Standing::Fresh | Standing::Stale)
    });
    pages.sort_by_key(|page| page.stored_ms);
    pages.into_iter().map(|Page { read, times, .. }| Held { read, times }).collect()
}

fn count(scale: Scale, seed: u64, events: impl Iterator<Item = (u64, Event)>, from_ms: u64) -> Ideal {
    let mut caches = Caches::new(scale);
    let before_ms = scale.history.as_millis() as u64;
    let events = events.map(|(at_ms, event)| (before_ms + at_ms, event));
    for (now_ms, event) in history(scale, seed).chain(events) {
        caches.take(now_ms, event);
        if now_ms < before_ms + from_ms {
            caches.counted = Ideal::default();
        }
    }
    caches.counted
}

/// What they hold, and what came of it so far.
struct Caches {
    scale: Scale,
    pages: HashMap<String, Page>,
    /// The moves of each board, and when they were made.
    moves: HashMap<(usize, usize), Vec<(u64, Move)>>,
    counted: Ideal,
}

struct Page {
    stored_ms: u64,
    read: Read,
    times: u64,
}

/// What may be done with a page.
enum Standing {
    Fresh,
    /// It has expired, and is served while it is loaded anew.
    Stale,
    Expired,
    Overtaken,
}

impl Page {
    const fn loaded(read: Read, now_ms: u64) -> Self {
        Self { stored_ms: now_ms, read, times: 1 }
    }

    fn standing(&self, moves: Option<&Vec<(u64, Move)>>, scale: Scale, now_ms: u64) -> Standing {
        let mut since = moves.into_iter().flatten().rev().take_while(|(at_ms, _)| *at_ms >= self.stored_ms);
        if since.any(|(_, one)| !scale.spares_untouched || self.is_touched_by(one, scale)) {
            return Standing::Overtaken;
        }
        let Lifetime { fresh_ms, stale_while_revalidate_ms, .. } = lifetime_of(&self.read, scale.ttl_secs);
        match now_ms - self.stored_ms {
            age_ms if age_ms < fresh_ms => Standing::Fresh,
            age_ms if age_ms < fresh_ms + stale_while_revalidate_ms => Standing::Stale,
            _ => Standing::Expired,
        }
    }
}

impl Page {
    /// Whether a move changes what a page shows: the order or the column that it is a list by, or one of its contacts.
    fn is_touched_by(&self, one: &Move, scale: Scale) -> bool {
        let Read { query, column, .. } = &self.read;
        let is_of = |of: usize| *column == Some(of);
        let pages = scale.contacts_of(one.board).div_ceil(PER_PAGE).max(1) as u64;
        query.contains("sort_by=updated_at")
            || is_of(one.column)
            || is_of(column_of(one.contact))
            || FixedState::default().hash_one((query, one.contact)).is_multiple_of(pages)
    }
}

impl Caches {
    fn new(scale: Scale) -> Self {
        Self { scale, pages: HashMap::new(), moves: HashMap::new(), counted: Ideal::default() }
    }

    fn take(&mut self, now_ms: u64, event: Event) {
        match event {
            Event::Read(read) => self.read(now_ms, read),
            Event::Move(one) => {
                self.moves.entry((one.workspace, one.board)).or_default().push((now_ms, one));
            }
        }
    }

    fn read(&mut self, now_ms: u64, read: Read) {
        let counted = &mut self.counted;
        counted.reads += 1;
        let moves = self.moves.get(&(read.workspace, read.board));
        let mut page = match self.pages.entry(key(&read)) {
            Entry::Vacant(place) => {
                counted.first += 1;
                place.insert(Page::loaded(read, now_ms));
                return;
            }
            Entry::Occupied(page) => page,
        };
        match page.get().standing(moves, self.scale, now_ms) {
            Standing::Fresh => {
                let Page { times, read: last, .. } = page.get_mut();
                *times += 1;
                *last = read;
                return;
            }
            Standing::Stale => counted.revalidated += 1,
            Standing::Expired => counted.expired += 1,
            Standing::Overtaken => counted.overtaken += 1,
        }
        page.insert(Page::loaded(read, now_ms));
    }
}

/// As the tiers have it, of a page that is neither the first nor the last to expire of those that were stored with it.
fn lifetime_of(read: &Read, ttl_secs: Option<u32>) -> Lifetime {
    let class = if read.query.starts_with("search=") {
        LifetimeClass::SearchResults
    } else {
        LifetimeClass::ContactLists
    };
    Lifetime::jittered(ttl_secs.unwrap_or(class.default_ttl_secs()), 512)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(at_ms: u64, page: u32) -> (u64, Event) {
        let query = format!("page={page}");
        (
            at_ms,
            Event::Read(Read {
                workspace: 0,
                board: 0,
                user: 0,
                location: 0,
                query,
                column: None,
                is_own: false,
            }),
        )
    }

    fn scale() -> Scale {
        Scale {
            workspaces: 50,
            contacts: 2_000,
            reads_per_second: 400.0,
            reads_per_move: 500.0,
            ttl_secs: None,
            spares_untouched: false,
            history: Duration::ZERO,
            warm_up: Duration::from_mins(1),
            measured: Duration::from_mins(1),
        }
    }

    #[test]
    fn a_page_is_missed_when_it_is_new_overtaken_or_expired_and_at_no_other_time() {
        let change = |at_ms, board| (at_ms, Event::Move(Move { workspace: 0, board, contact: 0, column: 0 }));
        let events = vec![
            read(0, 1),
            read(0, 2),
            read(1_000, 1),
            change(2_000, 0),
            change(2_000, 1),
            read(3_000, 1),
            read(4_000, 1),
            read(203_000, 1),
            read(473_000, 1),
        ];
        let of = |measured_from_ms| replay(&Trace { events: events.clone(), measured_from_ms }, scale(), 7);
        let counted = of(0);
        assert_eq!(counted, Ideal { reads: 7, first: 2, overtaken: 1, expired: 1, revalidated: 1 });
        assert!((counted.hit_rate() - 3.0 / 7.0).abs() < 1e-9 && (counted.loads() - 5.0 / 7.0).abs() < 1e-9);
        let warm = of(3_000);
        assert_eq!(warm, Ideal { reads: 4, first: 0, overtaken: 1, expired: 1, revalidated: 1 });
    }

    #[test]
    fn denser_traffic_is_answered_more_and_traffic_with_more_moves_less() {
        let of = |reads_per_second, reads_per_move| {
            of_traffic(Scale { reads_per_second, reads_per_move, ..scale() }, 7).hit_rate()
        };
        assert!(of(400.0, 500.0) > of(100.0, 500.0));
        assert!(of(400.0, 5_000.0) > of(400.0, 500.0));
    }

    #[test]
    fn where_pages_are_spared_few_are_overtaken() {
        let coarse = Scale { ttl_secs: Some(86_400), history: Duration::from_mins(30), ..scale() };
        let [coarse, fine] =
            [false, true].map(|spares_untouched| of_traffic(Scale { spares_untouched, ..coarse }, 7));
        assert_eq!((fine.reads, fine.first), (coarse.reads, coarse.first));
        assert!(fine.overtaken > 0 && fine.overtaken * 3 < coarse.overtaken, "{fine:?} {coarse:?}");
    }

    #[test]
    fn what_went_before_and_lives_is_found() {
        let cold = Scale { ttl_secs: Some(86_400), ..scale() };
        let warm = Scale { history: Duration::from_mins(30), ..cold };
        let (cold_ideal, warm_ideal) = (of_traffic(cold, 7), of_traffic(warm, 7));
        assert_eq!(warm_ideal.reads, cold_ideal.reads, "what went before does not count");
        assert!(warm_ideal.first * 4 < cold_ideal.first, "{} of {}", warm_ideal.first, cold_ideal.first);
        assert_eq!(warm_ideal.expired, 0);
        // With the default lifetimes hardly a page is left of what was asked for half an hour ago.
        let short = left(Scale { ttl_secs: None, ..warm }, 7);
        let long = left(warm, 7);
        assert!(short.len() < long.len(), "{} of {}", short.len(), long.len());
        assert!(long.iter().any(|held| held.times > 1) && long.iter().all(|held| held.times > 0));
        assert!(left(cold, 7).is_empty(), "nothing went before");
    }
}
