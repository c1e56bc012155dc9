//! What Redis has yet to hear, written down: invalidations that were acknowledged while it could not be reached.
//!
//! The process that minted them has Redis hear of them before it is used again. Where it is restarted in between, whatever Redis held would be served as
//! if nothing had happened: so they are in a file before they are acknowledged, and are merged when the next process starts. That twice does no harm.

use coherence::Stamp;
use ids::WorkspaceId;

use super::{OutboxError, OutboxStore};
use crate::cache::pipeline::Cache;

/// The file's part for it.
#[derive(Clone)]
pub struct Owed(OutboxStore);

impl Owed {
    /// In the file of an outbox, beside what waits for the edge.
    #[must_use]
    pub fn beside(outbox: &OutboxStore) -> Self {
        Self(outbox.owed_to_redis())
    }

    /// Writes generations down; when it returns, they outlast this process.
    pub async fn write_down(&self, workspace: &WorkspaceId, generations: &Stamp) -> Result<(), OutboxError> {
        self.0.put(workspace.clone(), generations.clone()).await
    }

    /// Has the cache hear what an earlier process wrote down, and Redis, now or before it is used. What Redis has is crossed out. Called before
    /// anything is read.
    pub async fn pay(&self, cache: &Cache) -> Result<(), OutboxError> {
        let mut owed = Vec::new();
        for workspace in self.0.workspaces().await? {
            let view = self.0.pending_of(workspace.clone()).await?;
            cache.hear(&workspace, &view);
            owed.push((workspace, view));
        }
        for (workspace, view) in owed {
            match cache.shared().merge(&workspace, &Stamp::from(&view)).await {
                Ok(()) => self.0.delivered(workspace, view).await?,
                Err(error) => tracing::info!(%workspace, %error, "what is owed to Redis waits for it"),
            }
        }
        Ok(())
    }
}
