//! What can happen next.

use crate::rules::Offline;
use crate::state::State;
use crate::{Config, writer};

#[allow(missing_docs, reason = "fields are the numbers of parties")]
/// One step of one party. Edges, origins and writes go by number; a token is 0 for none, else the write's number plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Time passes.
    Tick,
    /// A write does its next step; the origin matters when that is minting.
    Write { write: usize, origin: usize },
    /// An edge asks the ledger, which looks at once. Where the answer is believed from the question on, it arrives at
    /// once as well: one that arrived later would be believed for less long and say the same.
    AskLedger { edge: usize },
    /// The ledger's answer arrives, where it is believed from its arrival on.
    LedgerAnswers { edge: usize },
    /// An edge serves a page that KV returned.
    ServeFromKv { edge: usize, page: usize, token: usize },
    /// An edge asks an origin for the page.
    Forward { edge: usize, origin: usize, token: usize },
    /// A reader asks an origin for the page.
    AskOrigin { origin: usize, token: usize },
    /// A reader that asked an origin itself goes away; the load goes on.
    Leave { origin: usize },
    /// A load does its next step.
    Load { origin: usize },
    /// A loaded page arrives in Redis.
    Store { origin: usize },
    /// What was pushed arrives.
    Push { origin: usize },
    /// A heartbeat is sent on the push connection and answered, behind all that was pushed before it. An answer that
    /// came later would be relied upon for less long and prove the same.
    Heartbeat { origin: usize },
    /// The push connection breaks, or is found broken.
    PushBreaks { origin: usize },
    /// The push connection is made.
    PushConnects { origin: usize },
    /// The connection for commands breaks.
    LinkBreaks { origin: usize },
    /// The connection for commands is made.
    LinkConnects { origin: usize },
    /// Redis writes a snapshot.
    Snapshot,
    /// Redis crashes and starts empty, or from its snapshot.
    Crash { to_snapshot: bool },
    /// Redis evicts the generations.
    Evict,
    /// An origin is killed and started again.
    Restart { origin: usize },
    /// The ledger goes away or comes back.
    LedgerReachable { yes: bool },
}

/// Collects what can happen in `state`.
pub fn collect(config: &Config, state: &State, out: &mut Vec<Action>) {
    if state.tick < config.last_tick {
        out.push(Action::Tick);
    }
    writes(config, state, out);
    edges(config, state, out);
    origins(config, state, out);
    faults(config, state, out);
}

fn writes(config: &Config, state: &State, out: &mut Vec<Action>) {
    for number in 0..config.writes {
        // Writes are alike, so they commit in the order of their numbers.
        if number > 0 {
            let before = &state.writes[number - 1];
            if before.steps == 0 || !config.writes_overlap && !before.is_acked() {
                break;
            }
        }
        let Some(step) = writer::next(&config.rules, &state.writes[number]) else { continue };
        let at_an_origin = matches!(step, writer::Step::Mint | writer::Step::MintByClock);
        if !state.ledger_up && matches!(step, writer::Step::Record | writer::Step::Tell) {
            continue;
        }
        for origin in 0..if at_an_origin { config.origins } else { 1 } {
            let offline = state.origins[origin].link != state.redis.incarnation;
            if step == writer::Step::Mint && offline && config.rules.offline == Offline::Refuse {
                continue;
            }
            out.push(Action::Write { write: number, origin });
        }
    }
}

fn tokens<'a>(config: &'a Config, state: &'a State) -> impl Iterator<Item = usize> + 'a {
    let acked = (0..config.writes).filter(|number| state.writes[*number].is_acked());
    std::iter::once(0).chain(acked.map(|number| number + 1))
}

/// A reader that asks may have to wait.
fn may_wait(config: &Config, state: &State) -> bool {
    let at_edges = state.edges.iter().filter(|edge| edge.waiter.is_some()).count();
    at_edges + state.origins.iter().filter(|origin| origin.direct.is_some()).count() < config.waiting
}

fn edges(config: &Config, state: &State, out: &mut Vec<Action>) {
    let may_wait = may_wait(config, state);
    for (number, edge) in state.edges[..config.edges].iter().enumerate() {
        let believed = state.tick < edge.believed_until;
        match edge.answer {
            Some(_) => out.push(Action::LedgerAnswers { edge: number }),
            None if state.ledger_up => out.push(Action::AskLedger { edge: number }),
            None => {}
        }
        if believed {
            // A page that shows everything cannot be wrong to serve, and serving it changes nothing.
            for (page, _) in state.kv.iter().enumerate().filter(|(_, page)| page.version < state.version) {
                out.extend(tokens(config, state).map(|token| Action::ServeFromKv {
                    edge: number,
                    page,
                    token,
                }));
            }
        }
        // Without the ledger's word the edge's tiers are bypassed; with the ledger at hand it is asked first.
        if edge.waiter.is_none() && may_wait && (believed || !state.ledger_up) {
            for origin in 0..config.origins {
                out.extend(tokens(config, state).map(|token| Action::Forward {
                    edge: number,
                    origin,
                    token,
                }));
            }
        }
    }
}

fn origins(config: &Config, state: &State, out: &mut Vec<Action>) {
    let may_wait = may_wait(config, state);
    for (number, origin) in state.origins[..config.origins].iter().enumerate() {
        if config.direct_readers && origin.direct.is_none() && may_wait {
            out.extend(tokens(config, state).map(|token| Action::AskOrigin { origin: number, token }));
        }
        if origin.direct.is_some() {
            out.push(Action::Leave { origin: number });
        }
        if origin.flight.is_some() {
            out.push(Action::Load { origin: number });
        }
        if origin.storing.is_some() {
            out.push(Action::Store { origin: number });
        }
        if config.memory {
            push_connection(config, state, number, out);
        }
        if origin.link != state.redis.incarnation {
            out.push(Action::LinkConnects { origin: number });
        }
    }
}

fn push_connection(config: &Config, state: &State, number: usize, out: &mut Vec<Action>) {
    let origin = &state.origins[number];
    if !origin.pushed.is_none() {
        out.push(Action::Push { origin: number });
    }
    if origin.push == 0 {
        out.push(Action::PushConnects { origin: number });
    } else if origin.push != state.redis.incarnation {
        out.push(Action::PushBreaks { origin: number });
    } else if origin.trusted_until < state.tick + config.bound {
        out.push(Action::Heartbeat { origin: number });
    }
}

fn faults(config: &Config, state: &State, out: &mut Vec<Action>) {
    let kinds = config.kinds;
    if !state.ledger_up {
        out.push(Action::LedgerReachable { yes: true });
    }
    if state.faults >= config.faults {
        return;
    }
    if kinds.crash_empty {
        out.push(Action::Crash { to_snapshot: false });
    }
    if kinds.crash_snapshot {
        match state.redis.snapshot {
            Some(_) => out.push(Action::Crash { to_snapshot: true }),
            None if !state.redis.held.is_none() => out.push(Action::Snapshot),
            None => {}
        }
    }
    if kinds.evict && !state.redis.held.is_none() {
        out.push(Action::Evict);
    }
    if kinds.ledger && state.ledger_up {
        out.push(Action::LedgerReachable { yes: false });
    }
    for (number, origin) in state.origins[..config.origins].iter().enumerate() {
        if kinds.link && origin.link == state.redis.incarnation {
            out.push(Action::LinkBreaks { origin: number });
        }
        if kinds.push && config.memory && origin.push == state.redis.incarnation {
            out.push(Action::PushBreaks { origin: number });
        }
        if kinds.restart {
            out.push(Action::Restart { origin: number });
        }
    }
}
