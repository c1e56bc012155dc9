//! An edge location: an isolate's view, the ledger's word for it, KV, and the way to an origin.

use crate::gens::{Gens, servable};
use crate::kv;
use crate::rules::EdgeStamp;
use crate::state::{Page, Waiter};
use crate::step::Next;

impl Next<'_> {
    /// The ledger is asked, and looks at once: had it looked later, it would only know more.
    pub fn ask_ledger(&mut self, edge: usize) {
        self.state.edges[edge].answer = Some(self.state.ledger);
        if self.config.rules.ledger_bound_from_question {
            self.ledger_answers(edge);
        }
    }

    /// The ledger's answer arrives, and is believed from now on.
    pub fn ledger_answers(&mut self, edge: usize) {
        let until = self.state.tick + self.config.bound;
        let edge = &mut self.state.edges[edge];
        let Some(said) = edge.answer.take() else { return };
        edge.view = edge.view.merged(said);
        if self.config.rules.edge_stamp == EdgeStamp::Ledgers {
            edge.said = edge.said.merged(said);
        }
        edge.believed_until = until;
    }

    /// What pages at an edge are judged by.
    #[must_use]
    pub fn judged_by(&self, edge: usize) -> Gens {
        match self.config.rules.edge_stamp {
            EdgeStamp::Ledgers => self.state.edges[edge].said,
            EdgeStamp::Origins => self.state.edges[edge].view,
        }
    }

    /// KV returned a page; it is served if the rule allows it.
    pub fn serve_from_kv(&mut self, edge: usize, page: usize, token: usize) {
        let token = token as u8;
        let (page, view) = (self.state.kv[page], self.judged_by(edge));
        if servable(page.stamp, view, self.token(token), self.config.tags, self.now_ms()) {
            self.serve(page.version, self.must_see(), token);
        }
    }

    /// The edge has nothing and asks an origin, telling it what it has heard of.
    pub fn forward(&mut self, edge: usize, origin: usize, token: usize) {
        let asker = self.state.edges[edge];
        if self.config.rules.read_carries_view {
            self.hear(origin, asker.view);
        }
        let keeps = self.state.tick < asker.believed_until;
        let uncached = !keeps && self.config.rules.bypass_asks_uncached;
        let waiter = Waiter { said: asker.said, uncached, ..self.waiter(origin, token as u8, keeps) };
        match self.in_memory(origin, waiter.token) {
            Some(page) if !uncached => self.edge_gets(edge, &waiter, page, true),
            _ => {
                self.state.edges[edge].waiter = Some(waiter);
                self.board(origin, |state| state.edges[edge].waiter.as_mut());
            }
        }
    }

    /// The origin's answer: kept, learned from, and served.
    pub fn edge_gets(&mut self, edge: usize, waiter: &Waiter, page: Page, may_keep: bool) {
        let stamp = match self.config.rules.edge_stamp {
            EdgeStamp::Ledgers => waiter.said,
            EdgeStamp::Origins => page.stamp,
        };
        if may_keep {
            let view = &mut self.state.edges[edge].view;
            *view = view.merged(page.stamp);
        }
        if may_keep && waiter.keeps {
            kv::put(&mut self.state.kv, Page { stamp, ..page });
        }
        self.serve(page.version, waiter.must_see, waiter.token);
    }
}
