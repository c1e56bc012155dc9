//! What one process knows: for each workspace the pages that weigh most.
//!
//! The sketch is Space-Saving (Metwally, Agrawal and El Abbadi, 2005) with weights that decay: where there is no place left, a
//! newcomer takes that of the lightest page and its weight. So a page that is asked for often gets in whatever else is there, and
//! whatever makes up more than 1 in [`MAX_PAGES`] of the weight is kept. `popular.lua` does the same in Redis.

use std::collections::HashMap;
use std::sync::Arc;

use hashlink::LruCache;
use ids::WorkspaceId;
use parking_lot::Mutex;

use super::{Decay, MAX_PAGES, MAX_WORKSPACES, Tally};
use crate::clock::Clock;

/// The pages of one workspace, each with its weight.
#[derive(Debug, Default)]
struct Sketch {
    landmark_ms: u64,
    weights: HashMap<String, f64>,
}

impl Sketch {
    fn add(&mut self, tally: &Tally, decay: Decay, now_ms: u64) {
        let age_ms = now_ms.saturating_sub(self.landmark_ms);
        if age_ms > decay.landmark_ms() {
            // After very long nothing is left of what was; there is no weight that is infinite.
            let lost = decay.weight(age_ms);
            self.weights.values_mut().for_each(|weight| *weight /= lost);
            self.landmark_ms = now_ms;
        }
        let weight = decay.weight(now_ms.saturating_sub(self.landmark_ms));
        for (page, times) in tally {
            let added = f64::from(*times) * weight;
            if let Some(known) = self.weights.get_mut(page) {
                *known += added;
                continue;
            }
            let inherited = if self.weights.len() < MAX_PAGES { 0.0 } else { self.remove_lightest() };
            self.weights.insert(page.clone(), inherited + added);
        }
    }

    fn remove_lightest(&mut self) -> f64 {
        let lightest = self.weights.iter().min_by(|a, b| a.1.total_cmp(b.1)).map(|(page, _)| page.clone());
        lightest.and_then(|page| self.weights.remove(&page)).unwrap_or_default()
    }

    fn top(&self, n: usize) -> Vec<String> {
        let mut pages: Vec<_> = self.weights.iter().collect();
        // Those of one weight in the order of Redis, so that an answer does not depend on the hasher.
        pages.sort_by(|a, b| b.1.total_cmp(a.1).then_with(|| b.0.cmp(a.0)));
        pages.into_iter().take(n).map(|(page, _)| page.clone()).collect()
    }
}

/// The sketches of the workspaces that were asked for last.
pub(super) struct Sketches {
    of: Mutex<LruCache<WorkspaceId, Sketch>>,
    clock: Arc<dyn Clock>,
    decay: Decay,
}

impl Sketches {
    pub(super) fn new(clock: Arc<dyn Clock>, decay: Decay) -> Self {
        Self { of: Mutex::new(LruCache::new(MAX_WORKSPACES)), clock, decay }
    }

    /// Adds to a workspace's pages.
    pub(super) fn add(&self, workspace: &WorkspaceId, tally: &Tally) {
        let mut of = self.of.lock();
        if !of.contains_key(workspace) {
            of.insert(workspace.clone(), Sketch::default());
        }
        if let Some(sketch) = of.get_mut(workspace) {
            sketch.add(tally, self.decay, self.clock.now_ms());
        }
    }

    /// The pages that weigh most, the heaviest first.
    pub(super) fn top(&self, workspace: &WorkspaceId, n: usize) -> Vec<String> {
        self.of.lock().get(workspace).map(|sketch| sketch.top(n)).unwrap_or_default()
    }

    /// How many workspaces have a sketch.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.of.lock().len()
    }

    /// What a page weighs.
    #[cfg(test)]
    pub(super) fn weight(&self, workspace: &WorkspaceId, page: &str) -> f64 {
        self.of.lock().get(workspace).and_then(|sketch| sketch.weights.get(page).copied()).unwrap_or_default()
    }
}
