//! The coherence protocol as a model, checked exhaustively: every interleaving of readers, writers, tiers and faults
//! within the bounds of a configuration.
//!
//! What a tier decides, it decides with the real functions of the crate `coherence` ([`gens`]); what is modelled is
//! who knows what, when: messages on the way, caches that answer late, stores that forget. `docs/coherence/model.md` says
//! what each configuration covers and what it does not.

pub mod actions;
pub mod catalogue;
pub mod check;
pub mod config;
mod edge;
mod flight;
pub mod gens;
mod kv;
mod normal;
mod origin;
pub mod properties;
mod recovery;
mod redis;
pub mod rules;
pub mod spared;
pub mod state;
pub mod step;
pub mod writer;

pub use config::{Config, Faults};

use stateright::{Model, Property};

use self::actions::Action;
use self::state::State;
use self::step::Next;

/// The system under a configuration.
#[derive(Debug, Clone, Copy)]
pub struct System(pub Config);

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self.0.origins)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions::collect(&self.0, state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut next = Next { config: &self.0, state: last.clone() };
        next.act(action);
        if is_a_fault(last, action) {
            next.state.faults += 1;
        }
        next.normalize();
        (next.state != *last).then_some(next.state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

/// Whether an action is paid for.
fn is_a_fault(last: &State, action: Action) -> bool {
    match action {
        Action::Crash { .. } | Action::Evict | Action::Restart { .. } | Action::LinkBreaks { .. } => true,
        Action::LedgerReachable { yes } => !yes,
        // A connection to a Redis that is gone breaks by itself.
        Action::PushBreaks { origin } => last.origins[origin].push == last.redis.incarnation,
        _ => false,
    }
}
