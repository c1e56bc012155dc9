//! Popularity: which list pages of a workspace are asked for most, so that a cold cache can be warmed with them.
//!
//! A request is noted by [`Popularity::record`]: an atomic addition, and for those that are sampled a place in a bounded list, or nothing
//! where that is full. Nobody is woken for it: to wake a task for a request would cost more than the rest of a hit. A task comes
//! by every few seconds, adds up what was noted and hands it on: to a sketch in this process's memory, and to the sketch in Redis that all processes share (`popular:{workspace}`), where
//! there is one. Sketches are bounded and decay exponentially: what was asked for an hour ago counts half ([`HALF_LIFE_MS`]).
//!
//! What is kept is a list query that can be asked again: a board and canonical parameters. Never a search term, and nothing that
//! depends on who asks: such requests are not noted. It is a hint and no more: some of it may be lost at any time.

mod decay;
mod page;
mod recorder;
mod sketch;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cache_key::{ListParams, ListQuery};
use ids::{BoardId, WorkspaceId};
use tokio::sync::{mpsc, oneshot};

pub use self::decay::Decay;
use self::recorder::{Notes, Recorder};
use self::sketch::Sketches;
use crate::clock::Clock;
use crate::shared_tier::TierError;

/// After this time a request counts half: one hour.
pub const HALF_LIFE_MS: u64 = 3_600_000;
/// How many pages are kept for a workspace.
pub const MAX_PAGES: usize = 64;
/// How many workspaces are kept in the memory of a process: those that were asked for last.
pub const MAX_WORKSPACES: usize = 4096;

/// Of how many requests one is noted, and stands for all of these, by how many were seen since the last flush: each of the first, and the
/// more there are, the fewer. Powers of two.
const SAMPLED: [(u64, u64); 3] = [(512, 1), (1 << 14, 8), (u64::MAX, 64)];
/// How many notes wait at most.
const MAX_NOTES: usize = 8192;
/// How many that wait at most for the notes to be added.
const MAX_FLUSHES: usize = 64;
/// How long somebody who asks for the top waits until the last notes are added.
const FLUSH_PATIENCE: Duration = Duration::from_millis(500);

/// How often pages of a workspace were asked for, by the text that stands for a page, since the last flush.
pub type Tally = Vec<(String, u32)>;

/// Where all processes add up what they noted. It keeps [`MAX_PAGES`] for a workspace, and lets them decay.
#[async_trait]
pub trait SharedPopularity: Send + Sync + 'static {
    /// Adds to a workspace's pages.
    async fn add(&self, workspace: &WorkspaceId, tally: &Tally, decay: Decay) -> Result<(), TierError>;

    /// The pages that were asked for most, the most popular first.
    async fn top(&self, workspace: &WorkspaceId, n: usize) -> Result<Vec<String>, TierError>;
}

/// What is popular, as far as this process and those that share a Redis with it have seen.
pub struct Popularity {
    /// Requests since the last flush.
    seen: Arc<AtomicU64>,
    notes: Notes,
    flushes: mpsc::Sender<oneshot::Sender<()>>,
    sketches: Arc<Sketches>,
    shared: Option<Arc<dyn SharedPopularity>>,
}

impl Popularity {
    /// Knows nothing yet. Ends its task when it is dropped.
    #[must_use]
    pub fn start(shared: Option<Arc<dyn SharedPopularity>>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::start_with(shared, clock, Decay::new(HALF_LIFE_MS))
    }

    /// The same with another half-life.
    #[must_use]
    pub fn start_with(
        shared: Option<Arc<dyn SharedPopularity>>,
        clock: Arc<dyn Clock>,
        decay: Decay,
    ) -> Arc<Self> {
        let (flushes, asked) = mpsc::channel(MAX_FLUSHES);
        let sketches = Arc::new(Sketches::new(clock, decay));
        let (seen, notes) = (Arc::<AtomicU64>::default(), Notes::default());
        let recorder = Recorder::new(seen.clone(), notes.clone(), sketches.clone(), shared.clone(), decay);
        tokio::spawn(recorder.run(asked));
        Arc::new(Self { seen, notes, flushes, sketches, shared })
    }

    /// Notes that a list was asked for, and found: one that does not exist should not be noted. Costs some tens of nanoseconds, and
    /// some hundred for what is sampled.
    pub fn record(&self, query: &ListQuery) {
        if !page::may_be_kept(query.params()) {
            return;
        }
        let n = self.seen.fetch_add(1, Ordering::Relaxed);
        let every = SAMPLED.iter().find(|(below, _)| n < *below).map_or(1, |(_, every)| *every);
        // Spread as if at random: requests that come in turns would be sampled in turns by a plain count.
        if spread(n) & (every - 1) != 0 {
            return;
        }
        let mut notes = self.notes.lock();
        // Full: more is going on than has to be noted.
        if notes.len() < MAX_NOTES {
            notes.push((query.clone(), every as u32));
        }
    }

    /// The list pages of a workspace that were asked for most, the most popular first: at most `n`, and at most [`MAX_PAGES`].
    /// None of them is a search or depends on who asks. What this process noted last is among them; without Redis, or while it is
    /// away, what it noted is all there is.
    pub async fn top(&self, workspace: &WorkspaceId, n: usize) -> Vec<(BoardId, ListParams)> {
        self.flush().await;
        let n = n.min(MAX_PAGES);
        let shared = match &self.shared {
            Some(shared) => shared.top(workspace, n).await.unwrap_or_default(),
            None => Vec::new(),
        };
        // Redis may be away, or come back empty.
        let texts = if shared.is_empty() { self.sketches.top(workspace, n) } else { shared };
        texts.iter().filter_map(|text| page::parse(text)).collect()
    }

    /// Waits until what was noted so far is added, or for as long as that may take.
    async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        let flushing = async {
            if self.flushes.send(done).await.is_ok() {
                let _ = flushed.await;
            }
        };
        let _ = tokio::time::timeout(FLUSH_PATIENCE, flushing).await;
    }
}

/// `SplitMix64`: a number whose bits look random, the same each time.
const fn spread(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests;
