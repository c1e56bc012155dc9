//! What was told in the last minutes, for those who were away for a moment.
//!
//! A watcher reads from here at its own pace: one that is slow misses windows, and makes nobody wait nor anything grow.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

/// How many windows are kept: five minutes.
pub(super) const KEPT: usize = 150;

/// The figures of one window, rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// When the window ended, in milliseconds since the Unix epoch; larger than that of the window before. So that a watcher may go on at
    /// another process, or after a restart, it says a time and not a number of this process.
    pub id: u64,
    /// The figures as JSON, on one line.
    pub json: Arc<str>,
}

/// The last windows.
#[derive(Debug)]
pub(super) struct History {
    samples: Mutex<VecDeque<Sample>>,
    newest: watch::Sender<u64>,
}

impl History {
    pub(super) fn new() -> Self {
        Self { samples: Mutex::default(), newest: watch::Sender::new(0) }
    }

    /// Adds a window that ended at `at_ms`.
    pub(super) fn push(&self, at_ms: u64, json: Arc<str>) {
        let mut samples = self.samples.lock();
        // The clock may have been set back.
        let id = samples.back().map_or(at_ms, |last| at_ms.max(last.id + 1));
        samples.push_back(Sample { id, json });
        if samples.len() > KEPT {
            samples.pop_front();
        }
        drop(samples);
        self.newest.send_replace(id);
    }

    /// The first window after `id` that is kept.
    pub(super) fn after(&self, id: u64) -> Option<Sample> {
        let samples = self.samples.lock();
        let index = samples.partition_point(|sample| sample.id <= id);
        samples.get(index).cloned()
    }

    /// Changes with each window; its value is the last one's id.
    pub(super) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(history: &History, mut after: u64) -> Vec<u64> {
        std::iter::from_fn(|| {
            let sample = history.after(after)?;
            after = sample.id;
            Some(sample.id)
        })
        .collect()
    }

    #[test]
    fn it_goes_on_where_the_watcher_was() {
        let history = History::new();
        for at_ms in [10, 20, 30] {
            history.push(at_ms, "{}".into());
        }
        assert_eq!(ids(&history, 10), [20, 30]);
        assert_eq!(ids(&history, 0), [10, 20, 30]);
        assert_eq!(ids(&history, 30), [0; 0]);
    }

    #[test]
    fn it_is_bounded_and_its_ids_rise_though_the_clock_falls() {
        let history = History::new();
        for round in 0..2 * KEPT as u64 {
            history.push(1000 - round, "{}".into());
        }
        let kept = ids(&history, 0);
        assert_eq!(kept.len(), KEPT);
        assert!(kept.is_sorted());
    }
}
