//! The generation ledgers: a Durable Object for each workspace. Linearizable, durable, and not always to be reached.
//!
//! What a ledger does with generations is the Worker's own `ledger_book::raise`.

use std::collections::BTreeMap;

use coherence::View;
use edge_worker::ledger_book;

use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::world::{World, event};

/// All ledgers.
#[derive(Default)]
pub(crate) struct Ledgers {
    recorded: BTreeMap<String, View>,
    /// From where they cannot be reached, how many faults say so.
    cut_off: BTreeMap<usize, u32>,
    /// How often a ledger was restarted: what was under way then fails.
    restarts: BTreeMap<String, u64>,
}

/// A ledger gave no answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoAnswer;

impl Ledgers {
    pub(crate) fn cut_off(&mut self, location: usize) {
        *self.cut_off.entry(location).or_default() += 1;
    }

    pub(crate) fn reconnect(&mut self, location: usize) {
        if let Some(count) = self.cut_off.get_mut(&location) {
            *count = count.saturating_sub(1);
        }
    }

    pub(crate) fn restart(&mut self, workspace: &str) {
        *self.restarts.entry(workspace.to_owned()).or_default() += 1;
    }

    fn is_cut_off(&self, location: usize) -> bool {
        self.cut_off.get(&location).is_some_and(|count| *count > 0)
    }

    fn restarts_of(&self, workspace: &str) -> u64 {
        self.restarts.get(workspace).copied().unwrap_or_default()
    }

    fn view(&self, workspace: &str) -> View {
        self.recorded.get(workspace).cloned().unwrap_or_default()
    }

    /// Records an invalidation and says what it came to.
    fn raise(&mut self, workspace: &str, news: &View) -> View {
        let known = self.recorded.entry(workspace.to_owned()).or_default();
        let (raised, writes) = ledger_book::raise(known, news);
        *known = raised;
        writes.recorded()
    }
}

impl World {
    /// Reads a workspace's ledger from a location, or has it record.
    pub(crate) async fn ledger(
        &self,
        location: usize,
        workspace: &str,
        news: Option<&View>,
    ) -> Result<View, NoAnswer> {
        let restarts = self.ledgers.lock().restarts_of(workspace);
        self.travel(1, 30).await;
        self.ledger_reachable(location).await?;
        if self.ledgers.lock().restarts_of(workspace) != restarts {
            return Err(NoAnswer);
        }
        let view = if let Some(news) = news {
            let recorded = self.ledgers.lock().raise(workspace, news);
            event!(self, "ledger {workspace} records {}: {}", news.to_token(), recorded.to_token());
            recorded
        } else {
            let view = self.ledgers.lock().view(workspace);
            event!(self, "ledger {workspace} tells location {location}: {}", view.to_token());
            view
        };
        self.travel(1, 30).await;
        self.ledger_reachable(location).await?;
        if self.strikes(Fault::LedgerReplyLost) {
            self.fault(Fault::LedgerReplyLost, format_args!("{workspace} to {location}"));
            std::future::pending::<()>().await;
        }
        Ok(view)
    }

    async fn ledger_reachable(&self, location: usize) -> Result<(), NoAnswer> {
        if !self.ledgers.lock().is_cut_off(location) {
            return Ok(());
        }
        // Refused at once, or no answer at all.
        if self.chance(300) {
            sleep_ms(60_000).await;
        }
        Err(NoAnswer)
    }
}
