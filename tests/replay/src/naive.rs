//! A plain cache-aside over Workers KV, for comparison: every miss is written to KV, and a change lists all keys of its board and
//! deletes them. It is a model: the same requests at the same times, over the same model of KV, in no time at all.
//!
//! It has no memory in isolates, no ledger and no tier at the origin, and nothing tells it that a page is old.

use std::collections::HashMap;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use simulation::kv::model::Kv;

use crate::kv;
use crate::network::LOCATIONS;
use crate::scale::{board_id, user_id};
use crate::tally::Used;
use crate::trace::{Event, Trace};
use crate::workload::Read;

/// The lifetime of a page, in milliseconds: as ours.
const LIFETIME_MS: u64 = 180_000;
/// The staleness bound by which a page counts as old: as ours.
const BOUND_MS: u64 = 1_000;
/// Keys that one list returns at most (Cloudflare, "List keys").
const KEYS_IN_A_LIST: usize = 1_000;
const SWEEP_EVERY: usize = 50_000;

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Naive {
    /// Reads.
    pub reads: u64,
    /// Of these, found in KV.
    pub hits: u64,
    /// Of these, pages that a change had made old for longer than the bound.
    pub old: u64,
    /// What was used.
    pub used: Used,
}

/// Replays a trace.
#[must_use]
pub fn replay(trace: &Trace, seed: u64) -> Naive {
    let mut model = Model {
        kv: Kv::new(LOCATIONS.len()),
        versions: HashMap::new(),
        random: StdRng::seed_from_u64(seed),
        counted: Naive::default(),
    };
    for (turn, (now_ms, event)) in trace.events.iter().enumerate() {
        if turn % SWEEP_EVERY == 0 {
            model.kv.sweep(*now_ms);
        }
        let before = model.counted;
        match event {
            Event::Read(read) => model.read(read, *now_ms),
            Event::Move(one) => model.change(one.workspace, one.board, *now_ms),
        }
        if *now_ms < trace.measured_from_ms {
            model.counted = before;
        }
    }
    model.counted
}

struct Model {
    kv: Kv,
    /// Of each board: when it was changed.
    versions: HashMap<(usize, usize), Vec<u64>>,
    random: StdRng,
    counted: Naive,
}

impl Model {
    fn read(&mut self, read: &Read, now_ms: u64) {
        let key = key(read);
        self.counted.reads += 1;
        self.counted.used.worker_requests += 1;
        self.counted.used.kv_reads += 1;
        let found = self.kv.read(read.location, &key, now_ms);
        self.counted.used.kv_cold_reads += u64::from(!found.was_cached);
        let changes = self.versions.entry((read.workspace, read.board)).or_default();
        if let Some(value) = found.value {
            self.counted.hits += 1;
            let version = <[u8; 8]>::try_from(&*value).map_or(0, u64::from_le_bytes);
            let must_have = changes.iter().filter(|at_ms| **at_ms + BOUND_MS < now_ms).count() as u64;
            self.counted.old += u64::from(version < must_have);
            return;
        }
        self.counted.used.origin_requests += 1;
        let version = (changes.len() as u64).to_le_bytes();
        self.write(read.location, &key, Some(&version), now_ms);
    }

    fn change(&mut self, workspace: usize, board: usize, now_ms: u64) {
        self.versions.entry((workspace, board)).or_default().push(now_ms);
        self.counted.used.worker_requests += 1;
        let keys = self.kv.list(&prefix(workspace, board), now_ms);
        self.counted.used.kv_lists += (keys.len() / KEYS_IN_A_LIST + 1) as u64;
        for key in keys {
            self.counted.used.kv_deletes += 1;
            self.write(0, &key, None, now_ms);
        }
    }

    fn write(&mut self, location: usize, key: &str, value: Option<&[u8]>, now_ms: u64) {
        let written = kv::put(&mut self.kv, &mut self.random, location, (key, value), now_ms, LIFETIME_MS);
        if value.is_some() {
            self.counted.used.kv_writes += u64::from(written.is_ok());
            self.counted.used.kv_writes_refused += u64::from(written.is_err());
        }
    }
}

fn prefix(workspace: usize, board: usize) -> String {
    format!("contacts:{}:", board_id(workspace, board))
}

pub(crate) fn key(read: &Read) -> String {
    let whose = if read.is_own { user_id(read.workspace, read.user) } else { String::new() };
    format!("{}{}:{whose}", prefix(read.workspace, read.board), read.query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Move;

    fn read(at_ms: u64, location: usize) -> (u64, Event) {
        let read = Read {
            workspace: 0,
            board: 0,
            user: 0,
            location,
            query: "page=1".to_owned(),
            column: None,
            is_own: false,
        };
        (at_ms, Event::Read(read))
    }

    fn counted(events: Vec<(u64, Event)>) -> Naive {
        replay(&Trace { events, measured_from_ms: 0 }, 1)
    }

    #[test]
    fn a_second_read_where_it_was_written_is_a_hit() {
        let counted = counted(vec![read(0, 0), read(1_000, 0)]);
        assert_eq!((counted.reads, counted.hits, counted.used.kv_writes), (2, 1, 1));
    }

    #[test]
    fn a_change_is_seen_where_it_was_made_and_elsewhere_an_old_page_is_served() {
        let change = (100_000, Event::Move(Move { workspace: 0, board: 0, contact: 0, column: 0 }));
        let counted = counted(vec![
            read(0, 1),
            read(90_000, 1),
            read(90_001, 0),
            change,
            read(120_000, 1),
            read(120_000, 0),
        ]);
        // Location 1 has cached the page at 90 s for a minute, whatever is deleted meanwhile.
        assert_eq!((counted.used.kv_lists, counted.used.kv_deletes), (1, 1));
        assert_eq!((counted.hits, counted.old), (3, 1));
    }

    #[test]
    fn the_warm_up_does_not_count() {
        let events = vec![read(0, 0), read(1_000, 0)];
        let counted = replay(&Trace { events, measured_from_ms: 1_000 }, 1);
        assert_eq!((counted.reads, counted.hits, counted.used.kv_writes), (1, 1, 0));
    }
}
