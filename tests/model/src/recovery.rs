//! Whether the system can get back to hitting: from a state, the faults stop and everybody goes on.
//!
//! "From every state, some way leads to a hit" is not a property of single states, so a way is shown: connections are made,
//! loads land, writes end, time passes, every edge asks every origin once; after that each edge must be able to serve
//! the newest version from its own tiers, and each origin from its memory.

use crate::config::Config;
use crate::gens::{Gens, servable};
use crate::state::State;
use crate::step::Next;
use crate::writer;

/// Enough for everything that was promised for some time to run out, leads of generations included.
const TICKS: u8 = 6;
/// More steps than any load, or any write, has.
const MANY: usize = 12;

/// Whether the way leads to hits everywhere.
#[must_use]
pub fn succeeds(config: &Config, state: &State) -> bool {
    let mut next = Next { config, state: state.clone() };
    next.state.ledger_up = true;
    for origin in 0..config.origins {
        next.connect(origin);
        next.settle(origin);
    }
    for write in 0..config.writes {
        for _ in 0..MANY {
            if writer::next(&config.rules, &next.state.writes[write]).is_some() {
                next.write(write, 0);
            }
        }
    }
    for _ in 0..TICKS {
        next.act(crate::actions::Action::Tick);
    }
    let edges_hit = (0..config.edges).all(|edge| next.edge_hits(edge));
    edges_hit && (0..config.origins).all(|origin| next.memory_hits(origin))
}

impl Next<'_> {
    fn connect(&mut self, origin: usize) {
        let incarnation = self.state.redis.incarnation;
        if self.state.origins[origin].push != incarnation {
            self.push_breaks(origin);
            self.push_connects(origin);
        }
        if self.state.origins[origin].link != incarnation {
            self.link_connects(origin);
        }
    }

    fn settle(&mut self, origin: usize) {
        for _ in 0..MANY {
            self.load(origin);
            self.store(origin);
        }
        self.push_arrives(origin);
    }

    fn hear_the_ledger(&mut self, edge: usize) {
        self.ask_ledger(edge);
        self.ledger_answers(edge);
    }

    fn edge_hits(&mut self, edge: usize) -> bool {
        for origin in 0..self.config.origins {
            self.hear_the_ledger(edge);
            self.forward(edge, origin, 0);
            self.settle(origin);
        }
        self.hear_the_ledger(edge);
        let view = self.judged_by(edge);
        self.state.kv.iter().any(|page| {
            page.version == self.state.version
                && servable(page.stamp, view, Gens::NONE, self.config.tags, self.now_ms())
        })
    }

    fn memory_hits(&mut self, origin: usize) -> bool {
        // The first answer brings what was pushed; what a later load changes in Redis is pushed to all again.
        for _ in 0..2 {
            self.ask_origin(origin, 0);
            self.settle(origin);
            self.heartbeat(origin);
        }
        !self.config.memory
            || self.in_memory(origin, 0).is_some_and(|page| page.version == self.state.version)
    }
}
