//! What must hold in every state, and what must be possible at all.

use stateright::Property;

use crate::actions::Action;
use crate::config::Config;
use crate::gens::{Gens, overtaken, servable};
use crate::recovery;
use crate::state::{Page, State, Write};
use crate::step::Next;
use crate::{System, writer};

/// After an acknowledgement nothing older is served past the bound.
pub const BOUND: &str = "nothing older than an acknowledged write is served past the bound";
/// Never to a reader with the token.
pub const TOKEN: &str = "nothing older than its token is served to a reader";
/// No acknowledged invalidation is lost.
pub const NEVER_LOST: &str = "an acknowledged invalidation is never lost";
/// Once the faults stop, every tier can hit again.
pub const RECOVERS: &str = "from every state the system can get back to hitting";
/// The check looks at something: an edge serves the newest version from its tiers after all writes.
pub const HITS: &str = "a tier serves the newest version after all writes";

/// All of them.
#[must_use]
pub fn all() -> Vec<Property<System>> {
    vec![
        Property::always(BOUND, |_, state: &State| !state.served_stale),
        Property::always(TOKEN, |_, state: &State| !state.served_behind_token),
        Property::always(NEVER_LOST, never_lost),
        Property::always(RECOVERS, recovers),
        Property::sometimes(HITS, hits),
    ]
}

/// Whatever an acknowledged write has made old is overtaken by what the authorities hold: for the edge's tiers by the
/// ledger; for an origin's by Redis, by what it is owed, or, where all readers come through the edge, by the ledger.
fn never_lost(system: &System, state: &State) -> bool {
    let config = &system.0;
    let Some(newest) = state.writes[..config.writes]
        .iter()
        .filter(|write| write.is_acked())
        .map(|write| write.version)
        .max()
    else {
        return true;
    };
    let origins = &state.origins[..config.origins];
    let fresh = config.now_ms(state.tick, state.minted) + config.fresh_lead_ms;
    // A generation that Redis does not hold would be minted afresh.
    let in_redis = Gens(state.redis.held.0.map(|held| if held == 0 { fresh } else { held }));
    let owed = origins.iter().fold(in_redis, |known, origin| known.merged(origin.owed));
    let known = if config.direct_readers { owed } else { owed.merged(state.ledger) };
    let next = Next { config, state: state.clone() };
    let in_kv = |page: &Page| page.version >= newest || overtaken(page.stamp, state.ledger, config.tags);
    let gone = |page: &Page, view: Gens| page.version >= newest || next.is_gone(page, view);
    let of_this_redis = |page: &&Page| page.incarnation == state.redis.incarnation;
    state.kv.iter().all(in_kv)
        && state.redis.entry.iter().filter(of_this_redis).all(|page| gone(page, known))
        && origins.iter().all(|origin| {
            let heard = known.merged(origin.heard).merged(origin.pushed);
            origin.memory.iter().filter(of_this_redis).all(|page| gone(page, heard))
        })
}

/// Time can always pass, and whatever is under way can always end: connections are made, loads land, writes are done.
/// So every state leads to one at the last tick in which nothing is under way, and it is enough to look at those.
fn recovers(system: &System, state: &State) -> bool {
    !is_at_rest(&system.0, state) || recovery::succeeds(&system.0, state)
}

fn is_at_rest(config: &Config, state: &State) -> bool {
    let done = |write: &Write| writer::next(&config.rules, write).is_none();
    state.tick == config.last_tick
        && state.writes[..config.writes].iter().all(done)
        && state.origins.iter().all(|origin| origin.flight.is_none() && origin.storing.is_none())
}

fn hits(system: &System, state: &State) -> bool {
    let config = &system.0;
    let now_ms = config.now_ms(state.tick, state.minted);
    let newest = |page: &&Page| page.version == state.version;
    let done = state.writes[..config.writes].iter().all(Write::is_acked);
    let at_the_edge =
        state.edges[..config.edges].iter().filter(|edge| state.tick < edge.believed_until).any(|edge| {
            let servable = |page: &Page| servable(page.stamp, edge.view, Gens::NONE, config.tags, now_ms);
            state.kv.iter().filter(newest).any(servable)
        });
    let in_memory = || {
        let next = crate::step::Next { config, state: state.clone() };
        (0..config.origins).any(|origin| next.in_memory(origin, 0).as_ref().is_some_and(|page| newest(&page)))
    };
    done && (at_the_edge || config.edges == 0 && in_memory())
}

/// A line for each action of a counterexample.
#[must_use]
pub fn describe(actions: &[Action]) -> String {
    let lines: Vec<String> =
        actions.iter().enumerate().map(|(number, action)| format!("{:>3}. {action:?}", number + 1)).collect();
    lines.join("\n")
}
