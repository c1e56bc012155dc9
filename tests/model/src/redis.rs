//! Redis: generations and an entry, scripts that are atomic, crashes, and the two connections of each origin.

use crate::gens::{Gens, mint, older};
use crate::origin::{each, of};
use crate::state::Flight;
use crate::step::Next;

impl Next<'_> {
    /// Tells every origin that is connected.
    fn publish(&mut self, news: Gens) {
        for origin in &mut self.state.origins[..self.config.origins] {
            if self.config.memory && origin.push == self.state.redis.incarnation {
                origin.pushed = origin.pushed.merged(news);
            }
        }
    }

    /// The script `merge`.
    pub fn merge_in_redis(&mut self, news: Gens) {
        let held = self.state.redis.held;
        let mut told = Gens::NONE;
        for tag in 0..self.config.tags {
            let mut new = news.0[tag];
            if new > 0 && held.0[tag] == 0 && self.config.rules.merge_mints_lost {
                new = new.max(self.now_ms() + self.config.fresh_lead_ms);
            }
            if new > held.0[tag] {
                told.0[tag] = new;
                if tag == 0 {
                    self.renumber(held.0[0], new);
                }
            } else if tag == 0 && new > 0 && new < held.0[tag] {
                self.state.redis.log = Default::default();
            }
        }
        if !told.is_none() {
            self.state.redis.held = held.merged(told);
            self.publish(told);
        }
    }

    /// The script `invalidate`: mints above everything that is held and that the caller has heard of.
    pub fn mint_in_redis(&mut self, origin: usize, write: usize, tags: [bool; 2]) -> Gens {
        let mut last = of(self.state.origins[origin].heard, tags);
        for tag in (0..2).filter(|tag| tags[*tag]) {
            let held = self.state.redis.held.0[tag];
            last = last.max(if held == 0 { self.now_ms() + self.config.fresh_lead_ms } else { held });
        }
        let minted = each(mint(last, self.now_ms()), tags);
        self.state.minted += 1;
        let before = match self.state.redis.held.0[0] {
            0 => 0,
            held => {
                let known = held.max(self.state.origins[origin].heard.0[0]);
                self.renumber(held, known);
                known
            }
        };
        self.put_on_record(write, before, minted.0[0]);
        self.state.redis.held = self.state.redis.held.merged(minted);
        self.publish(minted);
        minted
    }

    /// The second half of a look-up: the generations, minted where they are lost, and Redis healed where it is behind.
    pub fn read_generations(&mut self, origin: usize, in_epoch: bool) -> Gens {
        let fresh = self.now_ms() + self.config.fresh_lead_ms;
        let lost = (0..self.config.tags).any(|tag| self.state.redis.held.0[tag] == 0);
        for tag in 0..self.config.tags {
            let held = &mut self.state.redis.held.0[tag];
            *held = if *held == 0 { fresh } else { *held };
        }
        self.state.minted += u8::from(lost);
        let held = self.state.redis.held;
        self.hear(origin, held);
        self.state.origins[origin].read |= in_epoch && self.config.memory;
        let heard = self.state.origins[origin].heard;
        if older(held, heard, self.config.tags) {
            self.merge_in_redis(heard);
        }
        heard
    }

    /// The script `store`: a page arrives, and is kept unless it has been overtaken.
    pub fn store(&mut self, origin: usize) {
        let Some(page) = self.state.origins[origin].storing.take() else { return };
        if self.state.origins[origin].link != self.state.redis.incarnation {
            return;
        }
        let held = self.state.redis.held;
        let overtaken = (0..self.config.tags).any(|tag| held.0[tag] == 0 || held.0[tag] > page.stamp.0[tag]);
        if !overtaken {
            self.merge_in_redis(page.stamp);
            self.state.redis.entry = Some(page);
        }
    }

    /// What was pushed arrives.
    pub fn push_arrives(&mut self, origin: usize) {
        let news = std::mem::take(&mut self.state.origins[origin].pushed);
        self.hear(origin, news);
    }

    /// A heartbeat is answered, behind all that was pushed before it: the view is complete as of now.
    pub fn heartbeat(&mut self, origin: usize) {
        self.push_arrives(origin);
        self.state.origins[origin].trusted_until = self.state.tick + self.config.bound;
    }

    /// A new epoch begins: what was read before it is not relied upon.
    fn begin_epoch(&mut self, origin: usize) {
        let origin = &mut self.state.origins[origin];
        (origin.read, origin.trusted_until, origin.pushed) = (false, 0, Gens::NONE);
        if let Some(flight) = &mut origin.flight {
            *flight = Flight { in_epoch: false, ..*flight };
        }
    }

    /// The push connection breaks, or is found broken.
    pub fn push_breaks(&mut self, origin: usize) {
        self.begin_epoch(origin);
        self.state.origins[origin].push = 0;
    }

    /// The push connection is made.
    pub fn push_connects(&mut self, origin: usize) {
        self.begin_epoch(origin);
        let incarnation = self.state.redis.incarnation;
        let origin = &mut self.state.origins[origin];
        (origin.push, origin.told_by) = (incarnation, incarnation);
    }

    /// The connection for commands is made: Redis hears first what it is owed.
    pub fn link_connects(&mut self, origin: usize) {
        let owed = std::mem::take(&mut self.state.origins[origin].owed);
        if self.config.rules.owed_is_merged {
            self.merge_in_redis(owed);
        }
        self.state.origins[origin].link = self.state.redis.incarnation;
    }

    /// Redis writes a snapshot.
    pub fn snapshot(&mut self) {
        self.state.redis.snapshot = Some((self.state.redis.held, self.state.redis.entry));
    }

    /// Redis crashes and is at once back as another incarnation. The push connections are dead, and not known to be.
    pub fn crash(&mut self, to_snapshot: bool) {
        let redis = &mut self.state.redis;
        redis.incarnation += 1;
        let (held, entry) = redis.snapshot.filter(|_| to_snapshot).unwrap_or_default();
        redis.held = if self.config.rules.generations_die_with_incarnation { Gens::NONE } else { held };
        redis.entry = entry;
        for origin in &mut self.state.origins {
            origin.link = 0;
        }
    }
}
