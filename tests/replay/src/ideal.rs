//! The most that any caches can answer, whatever they are made of, which serve no page that has expired or been overtaken: one that is as large as it
//! has to be, that everybody reaches at once, and that hears of every change as it happens.
//!
//! What it misses is the traffic's: pages that nobody has asked for within a lifetime, or not since their board was changed.

use std::collections::HashMap;

use coherence::{Lifetime, LifetimeClass};

use crate::naive::key;
use crate::scale::Scale;
use crate::trace::{Event, Trace, drawn};
use crate::workload::Read;

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

/// Replays a trace.
#[must_use]
pub fn replay(trace: &Trace) -> Ideal {
    count(trace.events.iter().cloned(), trace.measured_from_ms)
}

/// Of traffic that is only drawn: what such caches would answer of it.
#[must_use]
pub fn of_traffic(scale: Scale, seed: u64) -> Ideal {
    count(drawn(scale, seed), scale.warm_up.as_millis() as u64)
}

fn count(events: impl Iterator<Item = (u64, Event)>, from_ms: u64) -> Ideal {
    let mut counted = Ideal::default();
    // When each page was stored, and when each board was changed last.
    let (mut stored, mut changed) = (HashMap::<String, u64>::new(), HashMap::<(usize, usize), u64>::new());
    for (now_ms, event) in events {
        let read = match event {
            Event::Read(read) => read,
            Event::Move { workspace, board } => {
                changed.insert((workspace, board), now_ms);
                continue;
            }
        };
        let lifetime = lifetime_of(&read);
        let changed_ms = changed.get(&(read.workspace, read.board)).copied();
        let at = stored.entry(key(&read)).or_insert(u64::MAX);
        let miss = match *at {
            u64::MAX => Some(&mut counted.first),
            at_ms if changed_ms.is_some_and(|changed_ms| changed_ms >= at_ms) => Some(&mut counted.overtaken),
            at_ms => match now_ms - at_ms {
                age_ms if age_ms < lifetime.fresh_ms => None,
                age_ms if age_ms < lifetime.fresh_ms + lifetime.stale_while_revalidate_ms => {
                    Some(&mut counted.revalidated)
                }
                _ => Some(&mut counted.expired),
            },
        };
        let counts = u64::from(now_ms >= from_ms);
        if let Some(miss) = miss {
            *at = now_ms;
            *miss += counts;
        }
        counted.reads += counts;
    }
    counted
}

/// As the tiers have it by default, of a page that is neither the first nor the last to expire of those that were stored with it.
fn lifetime_of(read: &Read) -> Lifetime {
    let class = if read.query.starts_with("search=") {
        LifetimeClass::SearchResults
    } else {
        LifetimeClass::ContactLists
    };
    Lifetime::jittered(class.default_ttl_secs(), 512)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(at_ms: u64, page: u32) -> (u64, Event) {
        let query = format!("page={page}");
        (at_ms, Event::Read(Read { workspace: 0, board: 0, user: 0, location: 0, query, is_own: false }))
    }

    #[test]
    fn a_page_is_missed_when_it_is_new_overtaken_or_expired_and_at_no_other_time() {
        let change = |at_ms, board| (at_ms, Event::Move { workspace: 0, board });
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
        let counted = replay(&Trace { events: events.clone(), measured_from_ms: 0 });
        assert_eq!(counted, Ideal { reads: 7, first: 2, overtaken: 1, expired: 1, revalidated: 1 });
        assert!((counted.hit_rate() - 3.0 / 7.0).abs() < 1e-9 && (counted.loads() - 5.0 / 7.0).abs() < 1e-9);
        let warm = replay(&Trace { events, measured_from_ms: 3_000 });
        assert_eq!(warm, Ideal { reads: 4, first: 0, overtaken: 1, expired: 1, revalidated: 1 });
    }

    #[test]
    fn denser_traffic_is_answered_more_and_traffic_with_more_moves_less() {
        let of = |reads_per_second, reads_per_move| {
            let (warm_up, measured) = (Duration::from_mins(1), Duration::from_mins(1));
            let scale = Scale {
                workspaces: 50,
                contacts: 2_000,
                reads_per_second,
                reads_per_move,
                warm_up,
                measured,
            };
            of_traffic(scale, 7).hit_rate()
        };
        assert!(of(400.0, 500.0) > of(100.0, 500.0));
        assert!(of(400.0, 5_000.0) > of(400.0, 500.0));
    }
}
