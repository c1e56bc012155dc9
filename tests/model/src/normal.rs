//! One state for all that behave alike, so that there are fewer to look at.
//!
//! Each reduction drops what can never matter again, or names alike parties in one order. None of them may hide a way of
//! going wrong; why not stands with each.

use crate::gens::{Gens, overtaken};
use crate::state::Page;
use crate::step::Next;

impl Next<'_> {
    /// Puts the state into its normal form.
    pub fn normalize(&mut self) {
        self.forget_in_origins();
        self.forget_in_redis();
        self.forget_in_edges();
        self.order();
    }

    fn forget_in_origins(&mut self) {
        let checked = self.config.rules.incarnation_checked;
        let now = self.state.redis.incarnation;
        for number in 0..self.state.origins.len() {
            let origin = self.state.origins[number];
            let memory = origin.memory.filter(|page| {
                let lives = page.incarnation == now || page.incarnation == origin.told_by || !checked;
                lives && !self.is_gone_for_good(page, origin.heard)
            });
            let origin = &mut self.state.origins[number];
            // What was heard already says nothing new.
            origin.pushed = without(origin.pushed, origin.heard);
            // What a process has heard of only grows, and its push connection only moves to the present incarnation.
            origin.memory = memory;
        }
    }

    fn forget_in_redis(&mut self) {
        let rules = self.config.rules;
        let redis = &mut self.state.redis;
        let lives = |page: &Page| page.incarnation == redis.incarnation || !rules.incarnation_checked;
        redis.entry = redis.entry.filter(lives);
        // A crash makes all that a snapshot holds an entry of another incarnation.
        redis.snapshot =
            redis.snapshot.map(|(held, entry)| (held, entry.filter(|_| !rules.incarnation_checked)));
        // Without evictions, generations only grow as long as the incarnation lasts.
        if !self.config.kinds.evict && !self.config.kinds.crash_snapshot {
            let (entry, held) = (redis.entry, redis.held);
            self.state.redis.entry = entry.filter(|page| !self.is_gone_for_good(page, held));
        }
    }

    fn forget_in_edges(&mut self) {
        let (now, ledger, tags) = (self.state.tick, self.state.ledger, self.config.tags);
        let asks_first = !self.config.kinds.ledger;
        for edge in &mut self.state.edges {
            // An edge that is to ask the ledger before it does anything will have heard of all that the ledger has.
            if asks_first && now >= edge.believed_until && edge.answer.is_none() && edge.waiter.is_none() {
                edge.view = without(edge.view, ledger);
                edge.said = Gens::NONE;
            }
        }
        let judged_by: Vec<Gens> = (0..self.config.edges).map(|edge| self.judged_by(edge)).collect();
        let edges = self.state.edges;
        let edges = &edges[..self.config.edges];
        // Views only grow, and an edge that is not to be believed asks the ledger before it serves from KV.
        self.state.kv.retain(|page| {
            edges.iter().zip(&judged_by).any(|(edge, view)| {
                let told = now < edge.believed_until || edge.answer.is_some();
                let view = if told { *view } else { view.merged(ledger) };
                !overtaken(page.stamp, view, tags)
            })
        });
    }

    /// Which of two alike parties is called the first does not matter.
    fn order(&mut self) {
        let alike = self.config.skew_ms == 0 && self.config.origins == 2;
        if alike && self.state.origins[0] > self.state.origins[1] {
            self.state.origins.swap(0, 1);
            let in_origins = self.state.origins.iter_mut().filter_map(|origin| origin.direct.as_mut());
            for waiter in
                self.state.edges.iter_mut().filter_map(|edge| edge.waiter.as_mut()).chain(in_origins)
            {
                waiter.origin = 1 - waiter.origin;
            }
        }
        if self.config.edges == 2 && self.state.edges[0] > self.state.edges[1] {
            self.state.edges.swap(0, 1);
        }
    }
}

/// What is left of a view when what another has is taken out.
fn without(view: Gens, other: Gens) -> Gens {
    let [first, second] = other.0;
    Gens([if view.0[0] > first { view.0[0] } else { 0 }, if view.0[1] > second { view.0[1] } else { 0 }])
}
