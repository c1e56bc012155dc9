//! Live figures: how the cache of this process does at this moment, told every two seconds to whoever watches.
//!
//! Nothing is counted while nobody watches: then a request pays for one relaxed load. While somebody does, each request is added to the
//! tally of its workspace, if that is watched, and to that of all, if an operator watches. A task ends the window every two seconds and
//! keeps what was told, so that a watcher who was away for a moment misses nothing; it ends itself a minute after the last one
//! has gone.
//!
//! All of it is bounded: streams, watched workspaces (`places`), what is kept of each, and the workspaces that are told apart in the figures of all.
//! Who may watch is decided before ([`crate::http`]); a workspace's figures count and time, and name nobody.

pub mod figures;
mod history;
mod places;
mod tally;
mod ticker;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use coherence::Stamp;
use dto::ApiError;
use ids::{UserId, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::{broadcast, watch};

pub use self::history::Sample;

use self::history::History;
use self::places::Places;
use self::tally::{Outcome, Tally};
use crate::app::App;
use crate::cache::answer::{Answer, CacheError};

/// How long a window is.
pub const WINDOW: Duration = Duration::from_secs(2);
/// How many streams may be open in this process.
pub const MAX_STREAMS: usize = 256;
/// How many of them may be of one user.
pub const MAX_STREAMS_OF_ONE: usize = 8;
/// How many workspaces are told apart in the figures of all; others count in the sums alone.
const MAX_TOLD_APART: usize = 4096;
/// For how many windows a workspace is counted on after its last watcher has gone: a minute, to come back in.
const GRACE_WINDOWS: u32 = 30;
/// How many invalidations are kept for a watcher who is slow.
const KEPT_INVALIDATIONS: usize = 64;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One workspace, by a member of it.
    Workspace(WorkspaceId),
    /// All of them, by an operator.
    System,
}

/// Who watches: what is bounded for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Watcher {
    /// A user.
    User(UserId),
    /// The operator's services, all together.
    Service,
}

/// What happens while watching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A window has ended.
    Figures(Sample),
    /// Invalidations were recorded; their generations, to be sent back, unless too many came at once to tell.
    Invalidated(Option<String>),
    /// The process is ending.
    Ending,
}

/// Counts for those who watch.
pub struct Live {
    /// Whether anything is watched: all that a request reads while nothing is.
    is_counting: AtomicBool,
    state: Mutex<State>,
    is_ending: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    workspaces: Places,
    system: Option<Channel>,
    /// What each workspace asked for in this window, while an operator watches.
    busy: HashMap<WorkspaceId, Busy>,
    streams: HashMap<Watcher, usize>,
    open_streams: usize,
    /// Whether the task that ends windows runs.
    is_ticking: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Busy {
    requests: u64,
    hits: u64,
}

/// One thing that is watched.
struct Channel {
    tally: Tally,
    history: Arc<History>,
    invalidations: broadcast::Sender<Arc<str>>,
    streams: usize,
    /// For how many windows nobody has watched.
    idle_windows: u32,
}

impl Channel {
    fn new() -> Self {
        Self {
            tally: Tally::default(),
            history: Arc::new(History::new()),
            invalidations: broadcast::Sender::new(KEPT_INVALIDATIONS),
            streams: 0,
            idle_windows: 0,
        }
    }
}

impl Live {
    /// Nobody watches yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            is_counting: AtomicBool::new(false),
            state: Mutex::default(),
            is_ending: watch::Sender::new(false),
        })
    }

    /// Whether anything is watched, so that time need not be taken where nothing is.
    #[must_use]
    pub fn is_counting(&self) -> bool {
        self.is_counting.load(Ordering::Relaxed)
    }

    /// Counts one question of a workspace.
    pub fn count(&self, workspace: &WorkspaceId, outcome: &Result<Answer, CacheError>, took: Duration) {
        let outcome = Outcome::of(outcome);
        let mut state = self.state.lock();
        let State { workspaces, system, busy, .. } = &mut *state;
        if let Some(channel) = workspaces.get_mut(workspace) {
            channel.tally.count(outcome, took);
        }
        if let Some(channel) = system {
            channel.tally.count(outcome, took);
            let is_full = busy.len() >= MAX_TOLD_APART;
            let one = match busy.entry(workspace.clone()) {
                Entry::Occupied(one) => one.into_mut(),
                Entry::Vacant(_) if is_full => return,
                Entry::Vacant(place) => place.insert(Busy::default()),
            };
            one.requests += 1;
            one.hits += u64::from(outcome.is_hit());
        }
    }

    /// An invalidation of a workspace was recorded.
    pub fn invalidated(&self, workspace: &WorkspaceId, generations: &Stamp) {
        if !self.is_counting() {
            return;
        }
        let mut state = self.state.lock();
        if let Some(channel) = state.workspaces.get_mut(workspace) {
            channel.tally.invalidated();
            // Nobody may be there to hear it.
            let _ = channel.invalidations.send(generations.to_token().into());
        }
        if let Some(channel) = &mut state.system {
            channel.tally.invalidated();
        }
    }

    /// How many streams are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.state.lock().open_streams
    }

    /// Has every watcher told that the process is ending.
    pub fn end(&self) {
        self.is_ending.send_replace(true);
    }

    /// Begins to watch, from after the window `last_id`, or from the last one.
    pub fn watch(
        self: &Arc<Self>,
        app: &Arc<App>,
        scope: Scope,
        watcher: Watcher,
        last_id: Option<u64>,
    ) -> Result<Watching, ApiError> {
        const TOO_MANY: ApiError = ApiError::unavailable("too many live streams are open");
        let mut state = self.state.lock();
        let of_one = state.streams.get(&watcher).copied().unwrap_or_default();
        if state.open_streams >= MAX_STREAMS || of_one >= MAX_STREAMS_OF_ONE {
            return Err(TOO_MANY);
        }
        let channel = match &scope {
            Scope::System => state.system.get_or_insert_with(Channel::new),
            Scope::Workspace(workspace) => {
                state.workspaces.take(workspace, &watcher, of_one).ok_or(TOO_MANY)?
            }
        };
        channel.streams += 1;
        channel.idle_windows = 0;
        let history = channel.history.clone();
        let invalidations = channel.invalidations.subscribe();
        let newest = history.newest();
        let newest_id = *newest.borrow();
        state.open_streams += 1;
        *state.streams.entry(watcher.clone()).or_default() += 1;
        self.is_counting.store(true, Ordering::Relaxed);
        if !std::mem::replace(&mut state.is_ticking, true) {
            tokio::spawn(ticker::run(Arc::downgrade(app), self.clone()));
        }
        drop(state);
        Ok(Watching {
            live: self.clone(),
            scope,
            watcher,
            history,
            newest,
            invalidations,
            is_ending: self.is_ending.subscribe(),
            // Of another process's clock, which may be ahead.
            last_id: last_id.unwrap_or(newest_id.saturating_sub(1)).min(newest_id),
        })
    }

    fn leave(&self, scope: &Scope, watcher: &Watcher) {
        let mut state = self.state.lock();
        match scope {
            Scope::System => {
                if let Some(channel) = &mut state.system {
                    channel.streams = channel.streams.saturating_sub(1);
                }
            }
            Scope::Workspace(workspace) => state.workspaces.leave(workspace, watcher),
        }
        state.open_streams = state.open_streams.saturating_sub(1);
        if let Entry::Occupied(mut of_one) = state.streams.entry(watcher.clone()) {
            *of_one.get_mut() -= 1;
            if *of_one.get() == 0 {
                of_one.remove();
            }
        }
    }
}

/// Somebody who watches. Dropping it makes room for another.
pub struct Watching {
    live: Arc<Live>,
    scope: Scope,
    watcher: Watcher,
    history: Arc<History>,
    newest: watch::Receiver<u64>,
    invalidations: broadcast::Receiver<Arc<str>>,
    is_ending: watch::Receiver<bool>,
    last_id: u64,
}

impl Watching {
    /// What is watched.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Waits for what comes next.
    pub async fn next(&mut self) -> News {
        loop {
            if *self.is_ending.borrow() {
                return News::Ending;
            }
            self.newest.mark_unchanged();
            if let Some(sample) = self.history.after(self.last_id) {
                self.last_id = sample.id;
                return News::Figures(sample);
            }
            tokio::select! {
                invalidated = self.invalidations.recv() => return News::Invalidated(self.with_those_behind(invalidated)),
                _ = self.newest.changed() => {}
                _ = self.is_ending.changed() => return News::Ending,
            }
        }
    }

    /// The generations of an invalidation and of those that came right behind it.
    fn with_those_behind(&mut self, first: Result<Arc<str>, broadcast::error::RecvError>) -> Option<String> {
        let mut tokens = first.ok()?.to_string();
        loop {
            match self.invalidations.try_recv() {
                Ok(token) if tokens.len() + 1 + token.len() <= coherence::MAX_TOKEN_LEN => {
                    tokens.push(',');
                    tokens.push_str(&token);
                }
                Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => {
                    return Some(tokens);
                }
                Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_)) => return None,
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.live.leave(&self.scope, &self.watcher);
    }
}
