//! The task that adds up what was noted and hands it on.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_key::ListQuery;
use ids::WorkspaceId;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use super::sketch::Sketches;
use super::{Decay, MAX_PAGES, SharedPopularity, Tally, page};

/// How often it is handed on.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// How many pages are told apart between two flushes; what else is asked for meanwhile is forgotten.
const MAX_PENDING: usize = 4096;

/// How many notes are added at a time, before others have the processor.
const AT_A_TIME: usize = 256;

/// Lists that were asked for, and for how many requests each stands.
pub(super) type Notes = Arc<Mutex<Vec<(ListQuery, u32)>>>;

/// Adds up.
pub(super) struct Recorder {
    seen: Arc<AtomicU64>,
    notes: Notes,
    sketches: Arc<Sketches>,
    shared: Option<Arc<dyn SharedPopularity>>,
    decay: Decay,
    pending: HashMap<(WorkspaceId, String), u32>,
}

impl Recorder {
    pub(super) fn new(
        seen: Arc<AtomicU64>,
        notes: Notes,
        sketches: Arc<Sketches>,
        shared: Option<Arc<dyn SharedPopularity>>,
        decay: Decay,
    ) -> Self {
        Self { seen, notes, sketches, shared, decay, pending: HashMap::new() }
    }

    /// Runs until nobody can note anything any more. Flushes in between when it is asked to, and says when that is done.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<oneshot::Sender<()>>) {
        let mut flush = tokio::time::interval(FLUSH_EVERY);
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // In order, so that a simulation can repeat a run.
            tokio::select! {
                biased;
                _ = flush.tick() => self.flush().await,
                done = asked.recv() => match done {
                    Some(done) => {
                        self.flush().await;
                        // Who asked may have gone.
                        let _ = done.send(());
                    }
                    None => return self.flush().await,
                },
            }
        }
    }

    fn add(&mut self, query: &ListQuery, weight: u32) {
        let place = (query.workspace().clone(), page::text(query));
        if let Some(times) = self.pending.get_mut(&place) {
            *times = times.saturating_add(weight);
        } else if self.pending.len() < MAX_PENDING {
            self.pending.insert(place, weight);
        }
    }

    async fn flush(&mut self) {
        self.seen.store(0, Ordering::Relaxed);
        let notes = std::mem::take(&mut *self.notes.lock());
        for some in notes.chunks(AT_A_TIME) {
            for (query, weight) in some {
                self.add(query, *weight);
            }
            tokio::task::yield_now().await;
        }
        let mut tallies: HashMap<WorkspaceId, Tally> = HashMap::new();
        for ((workspace, page), times) in self.pending.drain() {
            tallies.entry(workspace).or_default().push((page, times));
        }
        for (workspace, mut tally) in tallies {
            // The heaviest, and what there is no place for not at all: those would only take each other's.
            tally.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            tally.truncate(MAX_PAGES);
            self.sketches.add(&workspace, &tally);
            if let Some(shared) = &self.shared
                && let Err(error) = shared.add(&workspace, &tally, self.decay).await
            {
                tracing::debug!(%error, "what was asked for is not shared");
            }
        }
    }
}
