//! Invalidation at the origin: mint a generation, record it, count what it made unreachable.

use cache_key::Invalidation;
use coherence::{Generation, ItemSet, Stamp, Tag, View};

use super::pipeline::Cache;
use crate::shared_tier::TierError;

/// How far ahead of its own clock a process mints while it cannot reach Redis, in milliseconds. What it mints must be above all
/// that was stamped elsewhere: Redis itself mints 5 s ahead of its clock what it does not hold (`mint.lua`), and clocks may
/// differ by 5 s. It must be less than [`coherence::MAX_CLOCK_LEAD_MS`], so that readers may send it back.
pub const OFFLINE_LEAD_MS: u64 = 10_000;

/// What to do with an invalidation while the shared tier cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutSharedTier {
    /// Accept it. Right where all readers come through the edge: its ledger holds the generation and carries it to every origin.
    Accept,
    /// Refuse it, to be tried again. Right where several origins have readers that do not come through the edge: an origin that
    /// is cut off cannot warn the others.
    Refuse,
}

/// How a process invalidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// What to do while the shared tier cannot be reached.
    pub without_shared_tier: WithoutSharedTier,
    /// Whether pages are spared that a change has not touched. No process may mint without the shared tier then, which alone knows what was written
    /// under each generation. One that spares nothing does no harm: what it mints is on nobody's record.
    pub spares_untouched: bool,
}

impl From<WithoutSharedTier> for Rules {
    /// Nothing is spared.
    fn from(without_shared_tier: WithoutSharedTier) -> Self {
        Self { without_shared_tier, spares_untouched: false }
    }
}

/// An invalidation as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The generations that were minted.
    pub generations: Stamp,
    /// How many cached entries became unreachable.
    pub entries: u64,
    /// Whether the shared tier has yet to hear of it.
    pub is_owed: bool,
}

impl Cache {
    /// Makes the entries of these tags unservable in every origin process that can be told.
    ///
    /// If the shared tier cannot be reached the generation is minted from this process's clock; it is merged before the
    /// shared tier is used again by this process, and the caller sees to it that it is where this one ends before. Meanwhile nothing is served from any origin's caches, since without the shared tier no view
    /// is trusted.
    pub async fn invalidate(&self, invalidation: &Invalidation) -> Result<Done, TierError> {
        let (workspace, tags) = (invalidation.workspace(), invalidation.tags());
        let heard = self.views().heard(workspace, Clone::clone);
        let written: Vec<(Tag, &ItemSet)> =
            if self.rules().spares_untouched { invalidation.written().collect() } else { Vec::new() };
        let recorded = self.shared().invalidate(workspace, tags, &heard, &written).await;
        let (generations, in_shared, is_owed) = match recorded {
            Ok(recorded) => (recorded.generations, recorded.entries, false),
            // A store that answers is believed by the other processes: they would go on serving what they hold.
            Err(error @ TierError::Refused(_)) => return Err(error),
            Err(error) if self.rules().without_shared_tier == WithoutSharedTier::Refuse => return Err(error),
            Err(error) => {
                tracing::warn!(%workspace, %error, "an invalidation is minted without the shared tier");
                let last = tags.iter().map(|tag| heard.get(tag)).max().unwrap_or_default();
                let minted = Generation::mint(last, self.clock().now_ms() + OFFLINE_LEAD_MS);
                let generations = Stamp::new(tags.iter().map(|tag| (tag.clone(), minted)).collect());
                // What is to be merged is remembered until it can be. Should the store answer meanwhile, and refuse, others believe it.
                let is_owed = match self.shared().merge(workspace, &generations).await {
                    Ok(()) => false,
                    Err(TierError::Down(_)) => true,
                    Err(error @ TierError::Refused(_)) => return Err(error),
                };
                (generations, 0, is_owed)
            }
        };
        let in_memory = self.memory().count_overtaken(workspace, tags);
        self.views().merge(workspace, &View::from(&generations));
        let entries = if self.shared().stores_entries() { in_shared } else { in_memory };
        tracing::info!(%workspace, entries, generation = generations.to_token(), "invalidated");
        Ok(Done { generations, entries, is_owed })
    }
}
