//! The task that ends windows.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use ids::WorkspaceId;
use serde::Serialize;
use tokio::time::MissedTickBehavior;

use super::figures::{BusyWorkspace, MemoryFigures, OutboxFigures, RedisFigures, SystemFigures};
use super::history::History;
use super::tally::Tally;
use super::{Busy, Channel, GRACE_WINDOWS, Live, WINDOW};
use crate::app::App;

/// How long Redis may take to show that it is up.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// How many workspaces are named in the figures of all.
const MAX_NAMED: usize = 50;

/// A window that has ended, taken out of the state so that nobody waits while it is summed up.
struct Ended {
    workspaces: Vec<(Arc<History>, Tally)>,
    system: Option<(Arc<History>, Tally)>,
    busy: Vec<(WorkspaceId, Busy)>,
    open_streams: usize,
}

/// Ends windows until nothing is watched any more, or the process ends.
pub(super) async fn run(app: Weak<App>, live: Arc<Live>) {
    let mut ticks = tokio::time::interval(WINDOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first one is at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Some(app) = app.upgrade() else { return };
        let Some(ended) = live.end_window() else { return };
        tell(&app, ended).await;
    }
}

impl Live {
    /// Ends the window; `None` when nothing is watched any more and nothing is counted from now on.
    fn end_window(&self) -> Option<Ended> {
        let mut state = self.state.lock();
        state.workspaces.retain(Channel::is_wanted);
        if !state.system.as_mut().is_some_and(Channel::is_wanted) {
            state.system = None;
        }
        if state.workspaces.is_empty() && state.system.is_none() {
            state.is_ticking = false;
            self.is_counting.store(false, Ordering::Relaxed);
            return None;
        }
        Some(Ended {
            workspaces: state.workspaces.channels().map(Channel::end_window).collect(),
            system: state.system.as_mut().map(Channel::end_window),
            busy: state.busy.drain().collect(),
            open_streams: state.open_streams,
        })
    }
}

impl Channel {
    /// Whether somebody watches, or may come back.
    fn is_wanted(&mut self) -> bool {
        self.idle_windows = if self.streams > 0 { 0 } else { self.idle_windows + 1 };
        self.idle_windows <= GRACE_WINDOWS
    }

    fn end_window(&mut self) -> (Arc<History>, Tally) {
        (self.history.clone(), std::mem::take(&mut self.tally))
    }
}

/// Renders the figures and hands them to those who watch.
async fn tell(app: &App, ended: Ended) {
    let redis_up = if app.cache.shared().stores_entries() {
        let ping = tokio::time::timeout(PING_TIMEOUT, app.cache.shared().ping()).await;
        Some(matches!(ping, Ok(Ok(()))))
    } else {
        None
    };
    let now_ms = app.cache.clock().now_ms();
    let figures = |tally: &Tally| tally.figures(dto::iso8601_ms(now_ms), WINDOW, redis_up);
    for (history, tally) in &ended.workspaces {
        push(history, now_ms, &figures(tally));
    }
    if let Some((history, tally)) = &ended.system {
        let figures = SystemFigures {
            all: figures(tally),
            memory: memory(app),
            redis: redis_up.map(|up| redis(app, up)),
            outbox: outbox(app, now_ms).await,
            open_streams: ended.open_streams as u64,
            workspaces: busiest(ended.busy),
        };
        push(history, now_ms, &figures);
    }
}

fn push(history: &History, now_ms: u64, figures: &impl Serialize) {
    match serde_json::to_string(figures) {
        Ok(json) => history.push(now_ms, json.into()),
        Err(error) => tracing::error!(%error, "live figures cannot be rendered"),
    }
}

fn memory(app: &App) -> MemoryFigures {
    let memory = app.cache.memory();
    MemoryFigures { used_bytes: memory.weight_bytes(), max_bytes: memory.max_bytes(), entries: memory.len() }
}

fn redis(app: &App, up: bool) -> RedisFigures {
    let memory = &app.metrics.shared_tier.memory;
    RedisFigures {
        up,
        used_bytes: memory.used_bytes.get().cast_unsigned(),
        max_bytes: memory.max_bytes.get().cast_unsigned(),
    }
}

async fn outbox(app: &App, now_ms: u64) -> Option<OutboxFigures> {
    let (depth, since_ms) = app.outbox.as_ref()?.depth().await.ok()?;
    let age_ms = since_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms));
    Some(OutboxFigures { depth, oldest_age_secs: age_ms as f64 / 1000.0 })
}

fn busiest(mut busy: Vec<(WorkspaceId, Busy)>) -> Vec<BusyWorkspace> {
    // Of equally busy ones in the order of their ids, so that a table does not flicker.
    busy.sort_unstable_by(|(a, one), (b, other)| other.requests.cmp(&one.requests).then_with(|| a.cmp(b)));
    busy.truncate(MAX_NAMED);
    busy.into_iter()
        .map(|(workspace, Busy { requests, hits })| BusyWorkspace {
            workspace_id: workspace.to_string(),
            requests,
            hits,
        })
        .collect()
}
