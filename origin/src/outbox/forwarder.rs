//! Forwards the outbox to the ledgers until it is empty, then waits for more.
//!
//! Each workspace has a ledger of its own, and is told on its own: one that fails is tried again after a pause of its own, one that hangs gives its place to
//! the others after a second.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use coherence::View;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use ids::WorkspaceId;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, broadcast, mpsc};
use tokio::time::Instant;

use super::reach::LedgerReach;
use super::{Ledger, OutboxStore};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A token of a header may name 64 tags; so many go in one message.
const TAGS_A_MESSAGE: usize = 48;
/// So many ledgers are told at once for the first time, and as many again that failed the last time, or were left from before.
const AT_ONCE: usize = 16;
/// How long a ledger may take the first time: one that hangs gives its place to the others.
const FIRST_TRY: Duration = Duration::from_secs(1);

/// What telling a ledger takes.
pub(super) struct Teller {
    pub(super) store: OutboxStore,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) reach: LedgerReach,
}

impl Teller {
    /// Tells a workspace's ledger all that waits for it. Returns whether anything did.
    pub(super) async fn tell(&self, workspace: &WorkspaceId) -> Result<bool, String> {
        let number = self.reach.begin_try();
        let pending = self.store.pending_of(workspace.clone()).await.map_err(|error| error.to_string())?;
        let mut tags: Vec<_> = pending.iter().map(|(tag, generation)| (tag.clone(), generation)).collect();
        let waited = !tags.is_empty();
        while !tags.is_empty() {
            let part: View = tags.drain(..tags.len().min(TAGS_A_MESSAGE)).collect();
            let has = self.ledger.record(workspace, &part).await.map_err(|error| error.to_string())?;
            self.reach.note(workspace, &has);
            self.store.delivered(workspace.clone(), part).await.map_err(|error| error.to_string())?;
        }
        self.reach.told(workspace, number);
        Ok(waited)
    }
}

/// Whether a ledger has been tried, and has not taken what waits for it.
#[derive(Clone, Copy)]
enum Tried {
    Never,
    Before,
}

/// Forwards what is news and what was left from before.
pub(super) struct Forwarder {
    teller: Arc<Teller>,
    /// Says whose ledger was told, or not: those who wait look for themselves.
    told: broadcast::Sender<WorkspaceId>,
    first_tries: Semaphore,
    further_tries: Semaphore,
    warned: Mutex<Option<Instant>>,
}

impl Forwarder {
    pub(super) fn new(teller: Arc<Teller>, told: broadcast::Sender<WorkspaceId>) -> Self {
        Self {
            teller,
            told,
            first_tries: Semaphore::new(AT_ONCE),
            further_tries: Semaphore::new(AT_ONCE),
            warned: Mutex::default(),
        }
    }

    /// Runs until nobody is left who could submit anything.
    pub(super) async fn run(self, mut news: mpsc::UnboundedReceiver<WorkspaceId>) {
        let mut under_way = FuturesUnordered::new();
        // Whose ledgers are being told, and whether more came since.
        let mut is_told_again: HashMap<WorkspaceId, bool> = HashMap::new();
        for workspace in self.left_from_before().await {
            is_told_again.insert(workspace.clone(), false);
            under_way.push(self.empty(workspace, Tried::Before));
        }
        loop {
            tokio::select! {
                // In this order, that a simulation of it repeats itself.
                biased;
                workspace = news.recv() => {
                    let Some(workspace) = workspace else { return };
                    match is_told_again.entry(workspace.clone()) {
                        Entry::Occupied(mut again) => *again.get_mut() = true,
                        Entry::Vacant(first) => {
                            first.insert(false);
                            under_way.push(self.empty(workspace, Tried::Never));
                        }
                    }
                }
                Some(workspace) = under_way.next() => {
                    if is_told_again.remove(&workspace) == Some(true) {
                        is_told_again.insert(workspace.clone(), false);
                        under_way.push(self.empty(workspace, Tried::Never));
                    }
                }
            }
        }
    }

    async fn left_from_before(&self) -> Vec<WorkspaceId> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.teller.store.workspaces().await {
                Ok(workspaces) => return workspaces,
                Err(error) => self.fails(&error.to_string(), &mut pause).await,
            }
        }
    }

    /// Tells a workspace's ledger until nothing is left to tell it.
    async fn empty(&self, workspace: WorkspaceId, mut tried: Tried) -> WorkspaceId {
        let mut pause = FIRST_PAUSE;
        loop {
            let outcome = self.try_once(&workspace, tried).await;
            // Nobody may wait.
            let _ = self.told.send(workspace.clone());
            match outcome {
                Ok(true) => (pause, tried) = (FIRST_PAUSE, Tried::Never),
                Ok(false) => return workspace,
                Err(reason) => {
                    tried = Tried::Before;
                    self.fails(&reason, &mut pause).await;
                }
            }
        }
    }

    async fn try_once(&self, workspace: &WorkspaceId, tried: Tried) -> Result<bool, String> {
        let tell = self.teller.tell(workspace);
        match tried {
            Tried::Never => {
                let _place = self.first_tries.acquire().await;
                let told = tokio::time::timeout(FIRST_TRY, tell).await;
                told.unwrap_or_else(|_| Err("it does not answer".to_owned()))
            }
            Tried::Before => {
                let _place = self.further_tries.acquire().await;
                tell.await
            }
        }
    }

    /// Waits before it is tried again, longer each time. Of many that fail at once one line tells.
    async fn fails(&self, reason: &str, pause: &mut Duration) {
        let is_news = {
            let mut warned = self.warned.lock();
            let is_news = warned.is_none_or(|then| then.elapsed() >= LONGEST_PAUSE);
            if is_news {
                *warned = Some(Instant::now());
            }
            is_news
        };
        let retry_ms = pause.as_millis() as u64;
        if is_news {
            tracing::warn!(reason, retry_ms, "the edge ledger is behind");
        } else {
            tracing::debug!(reason, retry_ms, "the edge ledger is behind");
        }
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
    }
}
