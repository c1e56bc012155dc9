//! An origin process: what it has heard of, how far it relies on it, its memory tier, and minting.

use crate::gens::{Gens, mint, older, servable};
use crate::state::{Origin, Page, State, Waiter};
use crate::step::Next;

impl Next<'_> {
    /// Merges generations told by somebody trusted.
    pub fn hear(&mut self, origin: usize, view: Gens) {
        let heard = &mut self.state.origins[origin].heard;
        *heard = heard.merged(view);
    }

    /// A reader that comes now.
    #[must_use]
    pub fn waiter(&self, origin: usize, token: u8, keeps: bool) -> Waiter {
        let asked = &self.state.origins[origin];
        Waiter {
            origin: origin as u8,
            token,
            must_see: self.must_see(),
            said: Gens::NONE,
            needed: asked.heard,
            trusted: self.is_trusted(asked),
            under_way: false,
            keeps,
            uncached: false,
        }
    }

    /// Whether the view is complete as of less than the bound ago.
    #[must_use]
    pub fn is_trusted(&self, origin: &Origin) -> bool {
        let in_time = if self.config.rules.push_trust_bounded {
            self.state.tick < origin.trusted_until
        } else {
            // As if a connection that was not found broken were a live one.
            origin.push != 0
        };
        origin.read && in_time
    }

    /// The page in memory, if it may be served.
    #[must_use]
    pub fn in_memory(&self, origin: usize, token: u8) -> Option<Page> {
        let asked = &self.state.origins[origin];
        let page = asked.memory?;
        let same = page.incarnation == asked.told_by || !self.config.rules.incarnation_checked;
        let may = same
            && self.is_trusted(asked)
            && servable(page.stamp, asked.heard, self.token(token), self.config.tags, self.now_ms());
        may.then_some(page)
    }

    /// Keeps a page in memory, unless the one there has a newer stamp.
    pub fn keep(&mut self, origin: usize, page: Page) {
        if !self.config.memory {
            return;
        }
        let memory = &mut self.state.origins[origin].memory;
        if memory.is_none_or(|known| !older(page.stamp, known.stamp, self.config.tags)) {
            *memory = Some(page);
        }
    }

    /// A reader asks this origin itself.
    pub fn ask_origin(&mut self, origin: usize, token: usize) {
        let waiter = self.waiter(origin, token as u8, false);
        if let Some(page) = self.in_memory(origin, waiter.token) {
            self.serve(page.version, waiter.must_see, waiter.token);
        } else {
            self.state.origins[origin].direct = Some(waiter);
            self.board(origin, |state: &mut State| state.origins[origin].direct.as_mut());
        }
    }

    /// Mints for an invalidation: in Redis, or from the clock, owing it to Redis.
    pub fn invalidate(&mut self, origin: usize, write: usize) -> Gens {
        let tags = self.tags_of(write);
        let minted = if self.state.origins[origin].link == self.state.redis.incarnation {
            self.mint_in_redis(origin, write, tags)
        } else {
            let minted = self.mint_by_clock(origin, tags, self.config.offline_lead_ms);
            let owed = &mut self.state.origins[origin].owed;
            *owed = owed.merged(minted);
            minted
        };
        self.hear(origin, minted);
        minted
    }

    /// Mints above all that this process has heard of for these tags.
    pub fn mint_by_clock(&mut self, origin: usize, tags: [bool; 2], lead_ms: u16) -> Gens {
        let behind_ms = if origin == 1 { self.config.skew_ms } else { 0 };
        let last = of(self.state.origins[origin].heard, tags);
        let minted = mint(last, self.now_ms() - behind_ms + lead_ms);
        self.state.minted += 1;
        each(minted, tags)
    }

    /// The process is killed and starts again: it has heard of nothing but what it owes to Redis, which was written down before it was acknowledged.
    pub fn restart(&mut self, origin: usize) {
        let owed =
            if self.config.rules.owed_is_written_down { self.state.origins[origin].owed } else { Gens::NONE };
        self.state.origins[origin] = Origin { heard: owed, owed, ..Origin::default() };
        let state = &mut self.state;
        for edge in &mut state.edges {
            if edge.waiter.is_some_and(|waiter| usize::from(waiter.origin) == origin) {
                edge.waiter = None;
            }
        }
    }
}

/// The highest generation of these tags.
#[must_use]
pub fn of(gens: Gens, tags: [bool; 2]) -> u16 {
    gens.0
        .into_iter()
        .zip(tags)
        .filter(|(_, wanted)| *wanted)
        .map(|(generation, _)| generation)
        .max()
        .unwrap_or(0)
}

/// One generation for each of these tags.
#[must_use]
pub fn each(generation: u16, tags: [bool; 2]) -> Gens {
    Gens(tags.map(|wanted| if wanted { generation } else { 0 }))
}
