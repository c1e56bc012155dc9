//! One step: the state before, an action, the state after.

use crate::actions::Action;
use crate::config::Config;
use crate::gens::Gens;
use crate::state::{NEVER, PAST, State};

/// The state that is being made.
pub struct Next<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The state so far.
    pub state: State,
}

impl Next<'_> {
    /// The logical time, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u16 {
        self.config.now_ms(self.state.tick, self.state.minted)
    }

    /// Does what happens.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Tick => self.tick(),
            Action::Write { write, origin } => self.write(write, origin),
            Action::AskLedger { edge } => self.ask_ledger(edge),
            Action::LedgerAnswers { edge } => self.ledger_answers(edge),
            Action::ServeFromKv { edge, page, token } => self.serve_from_kv(edge, page, token),
            Action::Forward { edge, origin, token } => self.forward(edge, origin, token),
            Action::AskOrigin { origin, token } => self.ask_origin(origin, token),
            Action::Leave { origin } => self.state.origins[origin].direct = None,
            Action::Load { origin } => self.load(origin),
            Action::Store { origin } => self.store(origin),
            Action::Push { origin } => self.push_arrives(origin),
            Action::Heartbeat { origin } => self.heartbeat(origin),
            Action::PushBreaks { origin } => self.push_breaks(origin),
            Action::PushConnects { origin } => self.push_connects(origin),
            Action::LinkBreaks { origin } => self.state.origins[origin].link = 0,
            Action::LinkConnects { origin } => self.link_connects(origin),
            Action::Snapshot => self.snapshot(),
            Action::Crash { to_snapshot } => self.crash(to_snapshot),
            Action::Evict => self.state.redis.held = Gens::NONE,
            Action::Restart { origin } => self.restart(origin),
            Action::LedgerReachable { yes } => self.state.ledger_up = yes,
        }
    }

    fn tick(&mut self) {
        self.state.tick += 1;
        let (now, bound) = (self.state.tick, self.config.bound);
        // What has run out is all the same, however long ago it did.
        for write in &mut self.state.writes {
            if write.acked < PAST && write.acked + bound <= now {
                write.acked = PAST;
            }
        }
        for edge in &mut self.state.edges {
            if edge.believed_until <= now {
                edge.believed_until = 0;
            }
        }
        for origin in &mut self.state.origins {
            if origin.trusted_until <= now {
                origin.trusted_until = 0;
            }
        }
    }

    /// What a reader that begins now must see: all that was acknowledged more than the bound ago.
    #[must_use]
    pub fn must_see(&self) -> u8 {
        self.state
            .writes
            .iter()
            .filter(|write| write.acked == PAST)
            .map(|write| write.version)
            .max()
            .unwrap_or(0)
    }

    /// The generations of a token.
    #[must_use]
    pub fn token(&self, token: u8) -> Gens {
        match usize::from(token).checked_sub(1) {
            Some(write) => self.state.writes[write].minted,
            None => Gens::NONE,
        }
    }

    /// A reader gets a page.
    pub fn serve(&mut self, version: u8, must_see: u8, token: u8) {
        self.state.served_stale |= version < must_see;
        let promised = usize::from(token).checked_sub(1).map_or(0, |write| self.state.writes[write].version);
        self.state.served_behind_token |= version < promised;
        debug_assert!(token == 0 || self.state.writes[usize::from(token) - 1].acked != NEVER);
    }
}
