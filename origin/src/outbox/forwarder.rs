//! Forwards the outbox to the ledger until it is empty, then waits for more.

use std::sync::Arc;
use std::time::Duration;

use coherence::View;
use futures_util::stream::{self, StreamExt as _};
use ids::WorkspaceId;
use tokio::sync::{Notify, watch};

use super::recorded::Recorded;
use super::{Ledger, OutboxStore};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A token of a header may name 64 tags; so many go in one message.
const TAGS_A_MESSAGE: usize = 48;
/// So many workspaces' ledgers are told at once.
const AT_ONCE: usize = 16;

/// Runs until the process ends.
pub async fn forward(
    store: Arc<OutboxStore>,
    ledger: Arc<dyn Ledger>,
    recorded: Arc<Recorded>,
    wake: Arc<Notify>,
    rounds: watch::Sender<u64>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let outcome = round(&store, &*ledger, &recorded).await;
        // Also after a round that failed in part: those who wait look for themselves.
        rounds.send_modify(|rounds| *rounds += 1);
        match outcome {
            Ok(()) => {
                pause = FIRST_PAUSE;
                wake.notified().await;
            }
            Err(reason) => {
                tracing::warn!(reason, retry_ms = pause.as_millis() as u64, "the edge ledger is behind");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

pub(super) async fn round(
    store: &OutboxStore,
    ledger: &dyn Ledger,
    recorded: &Recorded,
) -> Result<(), String> {
    let pending = store.pending().await.map_err(|error| error.to_string())?;
    // One workspace's ledger that hangs does not keep those of the same round waiting; what comes meanwhile waits for the next.
    let told = pending
        .into_iter()
        .map(async |(workspace, view)| workspace_round(store, ledger, recorded, &workspace, &view).await);
    stream::iter(told).buffer_unordered(AT_ONCE).fold(Ok(()), async |outcome, one| outcome.and(one)).await
}

async fn workspace_round(
    store: &OutboxStore,
    ledger: &dyn Ledger,
    recorded: &Recorded,
    workspace: &WorkspaceId,
    view: &View,
) -> Result<(), String> {
    let mut tags: Vec<_> = view.iter().map(|(tag, generation)| (tag.clone(), generation)).collect();
    while !tags.is_empty() {
        let part = tags.drain(..tags.len().min(TAGS_A_MESSAGE)).collect();
        let has = ledger.record(workspace, &part).await.map_err(|error| error.to_string())?;
        // Before the rows are gone: whoever waits for that looks here next.
        recorded.note(workspace, &has);
        store.delivered(workspace.clone(), part).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}
