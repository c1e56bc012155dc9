//! The outbox: invalidations that began at the origin, on their way to the edge's generation ledger.
//!
//! An invalidation that comes through the edge is recorded there before it is acknowledged. One that begins here (the
//! console, a database's change feed) is written to a durable file first, forwarded until the ledger has it, and forgotten
//! then. Only the highest generation of each tag matters, so the file holds at most one row a tag, however long the edge is
//! away, and forwarding twice does no harm.

mod forwarder;
mod ledger;
mod owed;
mod reach;
mod store;

use std::sync::Arc;
use std::time::Duration;

use coherence::Stamp;
use futures_util::stream::{self, StreamExt as _};
use ids::WorkspaceId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use self::forwarder::{Forwarder, Teller};
use self::reach::LedgerReach;

pub use self::ledger::{EdgeLedger, Ledger, LedgerError, recorded};
pub use self::owed::Owed;
pub use self::store::{OutboxError, OutboxStore};

/// How long an invalidation that somebody waits for waits for the ledger, before it answers that the edge is still pending.
pub const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long to wait before the ledger is tried again while the outbox is emptied.
const FLUSH_PAUSE: Duration = Duration::from_millis(200);
/// So many ledgers are told at once then.
const FLUSHED_AT_ONCE: usize = 64;

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

/// Says so many times what was told before whoever is slow to listen has to look for itself.
const KEPT_NOTICES: usize = 256;

/// Takes invalidations and forwards them.
pub struct Outbox {
    teller: Arc<Teller>,
    news: mpsc::UnboundedSender<WorkspaceId>,
    told: broadcast::Sender<WorkspaceId>,
}

impl Outbox {
    /// Starts forwarding what is left from before, and what comes.
    #[must_use]
    pub fn start(store: OutboxStore, ledger: Arc<dyn Ledger>) -> Arc<Self> {
        let teller = Arc::new(Teller { store, ledger, reach: LedgerReach::default() });
        let (news, listened) = mpsc::unbounded_channel();
        let told = broadcast::Sender::new(KEPT_NOTICES);
        tokio::spawn(Forwarder::new(teller.clone(), told.clone()).run(listened));
        Arc::new(Self { teller, news, told })
    }

    /// Makes an invalidation durable, and waits a short while for the ledger to have it.
    pub async fn submit(
        &self,
        workspace: &WorkspaceId,
        generations: &Stamp,
        patience: Duration,
    ) -> Result<Delivery, OutboxError> {
        let mut told = self.told.subscribe();
        let (teller, news) = (self.teller.clone(), self.news.clone());
        let (to_whom, what) = (workspace.clone(), generations.clone());
        // A task of its own: what is in the file is forwarded, also where whoever asked has gone away meanwhile.
        let put = tokio::spawn(async move {
            teller.store.put(to_whom.clone(), what).await?;
            // Before anybody is told of it, who would begin that try.
            let tells_of_it = teller.reach.next_try();
            // The forwarder ends with the process.
            let _ = news.send(to_whom);
            Ok::<_, OutboxError>(tells_of_it)
        });
        let tells_of_it = put.await??;
        let delivered = async {
            while !self.teller.reach.was_told_since(workspace, tells_of_it) {
                if told.recv().await == Err(RecvError::Closed) {
                    std::future::pending::<()>().await;
                }
            }
        };
        match tokio::time::timeout(patience, delivered).await {
            Ok(()) => Ok(Delivery::Recorded),
            Err(_) => Ok(Delivery::Pending),
        }
    }

    /// The same generations as a reader is to be told of them: none behind what the ledger said it has, and where it has yet to hear of them, above that, for
    /// it will raise them so.
    #[must_use]
    pub fn raised(&self, workspace: &WorkspaceId, generations: &Stamp, delivery: Delivery) -> Stamp {
        match delivery {
            Delivery::Recorded => self.teller.reach.raised(workspace, generations),
            Delivery::Pending | Delivery::NoEdge => self.teller.reach.surpassed(workspace, generations),
        }
    }

    /// Tries to empty the outbox, for so long at most, before the process ends. Returns how many tags still wait.
    pub async fn flush(&self, patience: Duration) -> Result<u64, OutboxError> {
        let emptied = async {
            // Beside the forwarder, which may be in a long pause: telling a ledger twice does no harm.
            while let Ok(workspaces) = self.teller.store.workspaces().await
                && !workspaces.is_empty()
            {
                let tell = async |workspace| drop(self.teller.tell(&workspace).await);
                stream::iter(workspaces).for_each_concurrent(FLUSHED_AT_ONCE, tell).await;
                tokio::time::sleep(FLUSH_PAUSE).await;
            }
        };
        let _ = tokio::time::timeout(patience, emptied).await;
        self.depth().await.map(|(left, _)| left)
    }

    /// How many tags wait to be forwarded, and since when the first one does (milliseconds since the Unix epoch).
    pub async fn depth(&self) -> Result<(u64, Option<u64>), OutboxError> {
        self.teller.store.depth().await
    }
}
