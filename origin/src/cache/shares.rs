//! What one workspace may take of what all of them share: reads of the source that are under way, and readers who wait for something that is not in memory.
//!
//! A workspace whose pages are cold, slow, or asked for in ever new ways fills the source's connections and the places of this process, and the others
//! wait with it. So each has a share. Whoever comes beyond it is told to come again, at once: a queue would only make all of them late. What is in memory
//! is answered in any case, and takes no share.
//!
//! A share is taken for a workspace that was verified, never for one that a request merely names: else anybody could use up another's.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_key::{CacheKey, Resource};
use ids::WorkspaceId;
use parking_lot::Mutex;

use crate::http::limits::MAX_CONCURRENT_REQUESTS;

/// How many reads of the source one workspace may have under way unless something else is configured: more than keep a connection pool of `PostgREST`
/// (10, unless it is told otherwise) busy.
pub const MAX_LOADS_PER_WORKSPACE: usize = 32;

/// The shares of one process.
#[derive(Debug, Clone)]
pub struct Shares {
    loads: Share,
    waiting: Share,
}

impl Default for Shares {
    fn default() -> Self {
        Self::new(MAX_LOADS_PER_WORKSPACE, MAX_CONCURRENT_REQUESTS)
    }
}

impl Shares {
    /// Each workspace may have `max_loads` reads of the source under way, and half of the places of `max_requests` for those who wait.
    #[must_use]
    pub fn new(max_loads: usize, max_requests: usize) -> Self {
        Self { loads: Share::of(max_loads), waiting: Share::of((max_requests / 2).max(1)) }
    }

    /// Takes a part of the workspace's share of reads.
    pub(super) fn load(&self, key: &CacheKey) -> Result<Option<Taken>, ShareIsTaken> {
        self.loads.take_for(key)
    }

    /// Takes a part of the workspace's share of readers who wait.
    pub(super) fn wait(&self, key: &CacheKey) -> Result<Option<Taken>, ShareIsTaken> {
        self.waiting.take_for(key)
    }

    /// How often a workspace had taken its share of reads, and of readers who wait.
    #[must_use]
    pub fn refused(&self) -> (u64, u64) {
        let of = |share: &Share| share.0.refused.load(Ordering::Relaxed);
        (of(&self.loads), of(&self.waiting))
    }
}

/// The workspace has taken its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShareIsTaken;

/// One thing of which each workspace may take so much.
#[derive(Debug, Clone)]
struct Share(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    each: usize,
    /// Of those who have taken any.
    taken: Mutex<HashMap<WorkspaceId, usize>>,
    refused: AtomicU64,
}

/// A part of a share, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    share: Arc<Inner>,
    workspace: WorkspaceId,
}

impl Share {
    fn of(each: usize) -> Self {
        Self(Arc::new(Inner { each, taken: Mutex::default(), refused: AtomicU64::new(0) }))
    }

    /// Settings take none: they are read once for all who wait, and without them nothing can be said of what is cached.
    fn take_for(&self, key: &CacheKey) -> Result<Option<Taken>, ShareIsTaken> {
        match key.resource() {
            Resource::WorkspaceConfig => Ok(None),
            _ => self.take(key.workspace()).map(Some),
        }
    }

    fn take(&self, workspace: &WorkspaceId) -> Result<Taken, ShareIsTaken> {
        let mut all = self.0.taken.lock();
        let taken = all.entry(workspace.clone()).or_default();
        if *taken >= self.0.each {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
            return Err(ShareIsTaken);
        }
        *taken += 1;
        Ok(Taken { share: self.0.clone(), workspace: workspace.clone() })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut all = self.share.taken.lock();
        if let Some(taken) = all.get_mut(&self.workspace) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.workspace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workspace_has_its_share_and_gives_it_back() {
        let shares = Shares::new(2, 4);
        let [a, b] = ["a", "b"].map(|id| WorkspaceId::parse(id).unwrap());
        let first = [shares.loads.take(&a).unwrap(), shares.loads.take(&a).unwrap()];
        assert_eq!(shares.loads.take(&a).unwrap_err(), ShareIsTaken);
        assert!(shares.loads.take(&b).is_ok() && shares.waiting.take(&a).is_ok(), "that is another share");
        assert_eq!(shares.refused(), (1, 0));
        drop(first);
        assert!(shares.loads.take(&a).is_ok());
        assert!(shares.loads.0.taken.lock().is_empty(), "nothing is kept of who has nothing under way");
    }
}
