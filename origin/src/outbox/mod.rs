//! The outbox: invalidations that began at the origin, on their way to the edge's generation ledger.
//!
//! An invalidation that comes through the edge is recorded there before it is acknowledged. One that begins here (the
//! console, a database's change feed) is written to a durable file first, forwarded until the ledger has it, and forgotten
//! then. Only the highest generation of each tag matters, so the file holds at most one row a tag, however long the edge is
//! away, and forwarding twice does no harm.

mod forwarder;
mod ledger;
mod owed;
mod recorded;
mod store;

use std::sync::Arc;
use std::time::Duration;

use coherence::Stamp;
use ids::WorkspaceId;
use tokio::sync::{Notify, watch};

use self::recorded::Recorded;

pub use self::ledger::{EdgeLedger, Ledger, LedgerError};
pub use self::owed::Owed;
pub use self::store::{OutboxError, OutboxStore};

/// How long an invalidation that somebody waits for waits for the ledger, before it answers that the edge is still pending.
pub const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long to wait before the ledger is tried again while the outbox is emptied.
const FLUSH_PAUSE: Duration = Duration::from_millis(200);

/// Whether the edge knows of an invalidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The ledger has it: the edge serves nothing older past the staleness bound.
    Recorded,
    /// There is no edge to tell.
    NoEdge,
    /// It is safe in the outbox and will be forwarded until the ledger has it.
    Pending,
}

impl Delivery {
    /// The word for it in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::NoEdge => "none",
            Self::Pending => "pending",
        }
    }
}

/// Takes invalidations and forwards them.
pub struct Outbox {
    store: Arc<OutboxStore>,
    ledger: Arc<dyn Ledger>,
    recorded: Arc<Recorded>,
    wake: Arc<Notify>,
    /// Counts the rounds of the forwarder.
    rounds: watch::Receiver<u64>,
}

impl Outbox {
    /// Starts forwarding what is left from before, and what comes.
    #[must_use]
    pub fn start(store: OutboxStore, ledger: Arc<dyn Ledger>) -> Arc<Self> {
        let (store, wake, recorded) = (Arc::new(store), Arc::new(Notify::new()), Arc::<Recorded>::default());
        let (tell, rounds) = watch::channel(0);
        tokio::spawn(forwarder::forward(store.clone(), ledger.clone(), recorded.clone(), wake.clone(), tell));
        Arc::new(Self { store, ledger, recorded, wake, rounds })
    }

    /// Makes an invalidation durable, and waits a short while for the ledger to have it.
    pub async fn submit(
        &self,
        workspace: &WorkspaceId,
        generations: &Stamp,
        patience: Duration,
    ) -> Result<Delivery, OutboxError> {
        let mut rounds = self.rounds.clone();
        self.store.put(workspace.clone(), generations.clone()).await?;
        rounds.mark_unchanged();
        self.wake.notify_one();
        // After each round: is it gone?
        let delivered = async {
            while rounds.changed().await.is_ok() {
                if self.store.is_delivered(workspace.clone(), generations.clone()).await.unwrap_or(false) {
                    return;
                }
            }
            std::future::pending::<()>().await;
        };
        match tokio::time::timeout(patience, delivered).await {
            Ok(()) => Ok(Delivery::Recorded),
            Err(_) => Ok(Delivery::Pending),
        }
    }

    /// The same generations, none behind what the ledger said it has of them: what a reader is to be told.
    #[must_use]
    pub fn raised(&self, workspace: &WorkspaceId, generations: &Stamp) -> Stamp {
        self.recorded.raised(workspace, generations)
    }

    /// Tries to empty the outbox, for so long at most, before the process ends. Returns how many tags still wait.
    pub async fn flush(&self, patience: Duration) -> Result<u64, OutboxError> {
        let emptied = async {
            // Beside the forwarder, which may be in a long pause: telling the ledger twice does no harm.
            while forwarder::round(&self.store, &*self.ledger, &self.recorded).await.is_err() {
                tokio::time::sleep(FLUSH_PAUSE).await;
            }
        };
        let _ = tokio::time::timeout(patience, emptied).await;
        self.depth().await.map(|(left, _)| left)
    }

    /// How many tags wait to be forwarded, and since when the first one does (milliseconds since the Unix epoch).
    pub async fn depth(&self) -> Result<(u64, Option<u64>), OutboxError> {
        self.store.depth().await
    }
}
