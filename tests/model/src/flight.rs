//! A load at an origin: look-up, stamp, source, and whoever waits for it.

use crate::gens::{Gens, servable};
use crate::rules::{Capture, Join};
use crate::state::{Flight, Page, Phase, State, Waiter};
use crate::step::Next;

impl Next<'_> {
    /// A waiter joins the load under way, or begins one.
    pub fn board(&mut self, origin: usize, waiter: impl FnOnce(&mut State) -> Option<&mut Waiter>) {
        let under_way = self.state.origins[origin].flight.is_some();
        let Some(waiter) = waiter(&mut self.state) else { return };
        waiter.under_way = under_way;
        waiter.trusted &= under_way;
        let (token, uncached) = (waiter.token, waiter.uncached);
        if !under_way {
            self.begin(origin, token, uncached);
        }
    }

    /// A load begins with the first half of its look-up. That it may begin later, or that nobody has joined it until
    /// then, makes no difference.
    fn begin(&mut self, origin: usize, token: u8, uncached: bool) {
        let incarnation = self.state.origins[origin].link;
        let mut flight = Flight {
            phase: Phase::Looking,
            token,
            uncached,
            entry: None,
            looked_up: Gens::NONE,
            incarnation,
            in_epoch: true,
            stamp: Gens::NONE,
            version: 0,
        };
        if incarnation != self.state.redis.incarnation {
            self.without_redis(&mut flight);
        } else if self.config.rules.entry_before_generations {
            flight.entry = self.state.redis.entry;
        } else {
            flight.looked_up = self.read_generations(origin, true);
        }
        self.state.origins[origin].flight = Some(flight);
    }

    fn without_redis(&self, flight: &mut Flight) {
        flight.incarnation = 0;
        self.missed(flight);
    }

    /// The load does its next step.
    pub fn load(&mut self, origin: usize) {
        let Some(mut flight) = self.state.origins[origin].flight else { return };
        match flight.phase {
            Phase::Looking => {
                if self.state.origins[origin].link != flight.incarnation
                    || flight.incarnation != self.state.redis.incarnation
                {
                    self.without_redis(&mut flight);
                } else {
                    if self.config.rules.entry_before_generations {
                        flight.looked_up = self.read_generations(origin, flight.in_epoch);
                    } else {
                        flight.entry = self.state.redis.entry;
                    }
                    if let Some(page) = self.in_redis(&flight) {
                        self.keep(origin, page);
                        return self.land(origin, page, false, true);
                    }
                    if let Some(page) = self.candidate(origin, &flight) {
                        (flight.entry, flight.phase) = (Some(page), Phase::Comparing);
                    } else {
                        self.missed(&mut flight);
                    }
                }
            }
            Phase::Comparing => {
                if let Some(page) = self.spared(origin, &flight) {
                    self.keep(origin, page);
                    return self.land(origin, page, false, true);
                }
                self.missed(&mut flight);
            }
            Phase::Missed => {
                flight.stamp = Gens::from(&self.state.origins[origin].heard.stamp(self.config.tags));
                self.read_source(&mut flight);
            }
            Phase::Loaded => return self.loaded(origin, &flight),
        }
        self.state.origins[origin].flight = Some(flight);
    }

    fn missed(&self, flight: &mut Flight) {
        match self.config.rules.capture {
            Capture::Confirmed => {
                flight.stamp = Gens::from(&flight.looked_up.stamp(self.config.tags));
                self.read_source(flight);
            }
            Capture::HeardWithRedis | Capture::Heard => flight.phase = Phase::Missed,
            Capture::AfterSource => self.read_source(flight),
        }
        // Not looked at again.
        (flight.entry, flight.looked_up, flight.in_epoch) = (None, Gens::NONE, true);
    }

    /// The source is read as soon as it may be: read later, it would show more under the same stamp. That the page lands
    /// late is what a slow load amounts to.
    fn read_source(&self, flight: &mut Flight) {
        flight.version = self.state.version;
        flight.phase = Phase::Loaded;
        // These were for judging what Redis has.
        (flight.token, flight.uncached) = (0, false);
    }

    fn in_redis(&self, flight: &Flight) -> Option<Page> {
        let page = flight.entry.filter(|_| !flight.uncached)?;
        let same = page.incarnation == flight.incarnation || !self.config.rules.incarnation_checked;
        let floor = self.token(flight.token);
        (same && servable(page.stamp, flight.looked_up, floor, self.config.tags, self.now_ms()))
            .then_some(page)
    }

    fn loaded(&mut self, origin: usize, flight: &Flight) {
        let stamp = match self.config.rules.capture {
            Capture::AfterSource => Gens::from(&self.state.origins[origin].heard.stamp(self.config.tags)),
            Capture::Confirmed | Capture::HeardWithRedis | Capture::Heard => flight.stamp,
        };
        let page = Page { version: flight.version, stamp, incarnation: flight.incarnation };
        let shared = flight.incarnation != 0;
        if shared {
            self.keep(origin, page);
            self.state.origins[origin].storing = Some(page);
        }
        let may_keep = shared || matches!(self.config.rules.capture, Capture::Heard | Capture::AfterSource);
        self.land(origin, page, true, may_keep);
    }

    /// Those who waited get the page, if it is good enough for them; the others board again.
    fn land(&mut self, origin: usize, page: Page, from_source: bool, may_keep: bool) {
        self.state.origins[origin].flight = None;
        if let Some(waiter) = self.state.origins[origin].direct.take() {
            if self.answers(&waiter, page, from_source) {
                self.serve(page.version, waiter.must_see, waiter.token);
            } else {
                self.state.origins[origin].direct = Some(waiter);
                self.board(origin, |state| state.origins[origin].direct.as_mut());
                self.state.origins[origin]
                    .direct
                    .as_mut()
                    .into_iter()
                    .for_each(|waiter| waiter.under_way = false);
            }
        }
        for edge in 0..self.config.edges {
            let Some(waiter) = self.state.edges[edge].waiter else { continue };
            if usize::from(waiter.origin) != origin {
                continue;
            }
            if self.answers(&waiter, page, from_source) {
                self.state.edges[edge].waiter = None;
                self.edge_gets(edge, &waiter, page, may_keep);
            } else {
                self.board(origin, |state| state.edges[edge].waiter.as_mut());
                // The load that it boards now began after it came.
                self.state.edges[edge]
                    .waiter
                    .as_mut()
                    .into_iter()
                    .for_each(|waiter| waiter.under_way = false);
            }
        }
    }

    fn answers(&self, waiter: &Waiter, page: Page, from_source: bool) -> bool {
        if !waiter.under_way && from_source {
            return true;
        }
        if waiter.uncached {
            return false;
        }
        let origin = &self.state.origins[usize::from(waiter.origin)];
        let view = match (waiter.under_way, self.config.rules.join) {
            (true, Join::Any) => return true,
            // A view that has become trusted meanwhile will do as well.
            (true, Join::Trusted) if !waiter.trusted && self.is_trusted(origin) => origin.heard,
            (true, Join::Trusted) if !waiter.trusted => return false,
            _ => waiter.needed,
        };
        servable(page.stamp, view, self.token(waiter.token), self.config.tags, self.now_ms())
    }
}
