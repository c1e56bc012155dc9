//! What one workspace may take of the source: so many reads that are under way.
//!
//! A workspace whose pages are cold, slow, or asked for in ever new ways would fill the source's queue, and all others would wait at the end of it. So each
//! has a share. Whoever comes beyond it waits in a line of that workspace alone, which is short, and not for long: a burst of cold pages, as after an
//! invalidation, is let through, and a flood is told to come again. What is cached is answered in any case, and so is whoever joins a read that is under
//! way: neither takes a part.
//!
//! A share is taken for a workspace that was verified, never for one that a request merely names: else anybody could use up another's.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_key::{CacheKey, Resource};
use ids::WorkspaceId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::load::Purpose;

/// How many reads of the source one workspace may have under way unless something else is configured: more than keep a connection pool of `PostgREST`
/// (10, unless it is told otherwise) busy.
pub const MAX_LOADS_PER_WORKSPACE: usize = 32;
/// How many reads may wait, for each that may be under way. With the usual share all of them are a sixth of the requests that an origin takes at once.
const WAITING_FOR_EACH: usize = 4;
/// How long a read waits at most.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The shares of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shares(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    each: usize,
    /// Of those who have a read under way or waiting.
    workspaces: Mutex<HashMap<WorkspaceId, Share>>,
    refused: AtomicU64,
}

#[derive(Debug)]
struct Share {
    places: Arc<Semaphore>,
    /// How many reads are under way or wait.
    present: usize,
}

/// The workspace has taken its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPart {
    /// Somebody waited for a part, or found the line full.
    Refused,
    /// A refresh, which does not wait.
    PutOff,
}

/// A part of a share, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    // Dropped first: a share that is forgotten because nobody is present has all its places.
    _place: OwnedSemaphorePermit,
    _presence: Presence,
}

/// Keeps a workspace's share from being forgotten.
#[derive(Debug)]
struct Presence {
    shares: Arc<Inner>,
    workspace: WorkspaceId,
}

impl Default for Shares {
    fn default() -> Self {
        Self::of(MAX_LOADS_PER_WORKSPACE)
    }
}

impl Shares {
    /// Each workspace may have so many reads of the source under way.
    #[must_use]
    pub fn of(each: usize) -> Self {
        Self(Arc::new(Inner { each, workspaces: Mutex::default(), refused: AtomicU64::new(0) }))
    }

    /// How many reads were refused for which somebody waited.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Takes a part for a read of this key. Settings take none: they are read once for all who wait, and without them nothing can be said of what is
    /// cached.
    pub(super) async fn take_for(&self, key: &CacheKey, purpose: Purpose) -> Result<Option<Taken>, NoPart> {
        match key.resource() {
            Resource::WorkspaceConfig => Ok(None),
            _ => self.take(key.workspace(), purpose).await.map(Some),
        }
    }

    async fn take(&self, workspace: &WorkspaceId, purpose: Purpose) -> Result<Taken, NoPart> {
        match purpose {
            Purpose::Answer => self.wait(workspace).await.ok_or_else(|| {
                self.0.refused.fetch_add(1, Ordering::Relaxed);
                NoPart::Refused
            }),
            // It stands in nobody's way: the stale page is still there, and its next reader asks for a new one again.
            Purpose::Refresh => self.take_free(workspace).ok_or(NoPart::PutOff),
        }
    }

    async fn wait(&self, workspace: &WorkspaceId) -> Option<Taken> {
        let (places, presence) = self.enter(workspace)?;
        let place = timeout(MAX_WAIT, places.acquire_owned()).await.ok()?.ok()?;
        Some(Taken { _place: place, _presence: presence })
    }

    fn take_free(&self, workspace: &WorkspaceId) -> Option<Taken> {
        let (places, presence) = self.enter(workspace)?;
        let place = places.try_acquire_owned().ok()?;
        Some(Taken { _place: place, _presence: presence })
    }

    /// `None` if the line is full.
    fn enter(&self, workspace: &WorkspaceId) -> Option<(Arc<Semaphore>, Presence)> {
        let each = self.0.each;
        let mut workspaces = self.0.workspaces.lock();
        let share = workspaces
            .entry(workspace.clone())
            .or_insert_with(|| Share { places: Arc::new(Semaphore::new(each)), present: 0 });
        if share.present >= each * (1 + WAITING_FOR_EACH) {
            return None;
        }
        share.present += 1;
        Some((share.places.clone(), Presence { shares: self.0.clone(), workspace: workspace.clone() }))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut workspaces = self.shares.workspaces.lock();
        if let Some(share) = workspaces.get_mut(&self.workspace) {
            share.present -= 1;
            if share.present == 0 {
                workspaces.remove(&self.workspace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::*;

    fn workspaces() -> [WorkspaceId; 2] {
        ["a", "b"].map(|id| WorkspaceId::parse(id).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn each_workspace_has_its_share_and_gives_it_back() {
        let (shares, [a, b]) = (Shares::of(1), workspaces());
        let first = shares.take(&a, Purpose::Answer).await.unwrap();
        let began = Instant::now();
        assert_eq!(shares.take(&a, Purpose::Answer).await.unwrap_err(), NoPart::Refused);
        assert_eq!(began.elapsed(), MAX_WAIT);
        assert!(shares.take(&b, Purpose::Answer).now_or_never().unwrap().is_ok(), "that is another share");
        assert_eq!(shares.refused(), 1);
        let mut waiting = Box::pin(shares.take(&a, Purpose::Answer));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(first);
        assert!(waiting.await.is_ok());
        assert!(shares.0.workspaces.lock().is_empty(), "nothing is kept of who has nothing under way");
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_is_short_and_whoever_leaves_it_makes_room() {
        let (shares, [a, _]) = (Shares::of(1), workspaces());
        let first = shares.take(&a, Purpose::Answer).await.unwrap();
        let mut line: Vec<_> =
            (0..WAITING_FOR_EACH).map(|_| Box::pin(shares.take(&a, Purpose::Answer))).collect();
        assert!(line.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        assert!(shares.take(&a, Purpose::Answer).now_or_never().unwrap().is_err(), "at once");
        line.pop();
        assert!(shares.take(&a, Purpose::Answer).now_or_never().is_none(), "it waits where the other did");
        drop((first, line));
        assert!(shares.0.workspaces.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_waits_for_nothing_and_is_not_counted() {
        let (shares, [a, _]) = (Shares::of(1), workspaces());
        let first = shares.take(&a, Purpose::Refresh).now_or_never().unwrap().unwrap();
        assert_eq!(shares.take(&a, Purpose::Refresh).now_or_never().unwrap().unwrap_err(), NoPart::PutOff);
        assert_eq!(shares.refused(), 0);
        drop(first);
        assert!(shares.take(&a, Purpose::Refresh).now_or_never().unwrap().is_ok());
    }
}
