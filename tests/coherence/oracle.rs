//! What was acknowledged when, and whether an answer was too old.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A write that was acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub version: u64,
    pub at: Instant,
    pub token: String,
}

/// Judges every answer.
pub struct Oracle {
    cells: Vec<Mutex<Vec<Acknowledged>>>,
    bound: Duration,
    stopped: AtomicBool,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    acknowledged: AtomicU64,
    retries: AtomicU64,
    reads: AtomicU64,
    hits: AtomicU64,
    token_reads: AtomicU64,
    refused: AtomicU64,
    unavailable: AtomicU64,
    past_the_bound: AtomicU64,
    behind_the_token: AtomicU64,
    foreign: AtomicU64,
    oldest_ms: AtomicU64,
}

/// The figures of a run.
#[derive(Debug)]
pub struct Report {
    pub acknowledged: u64,
    pub retries: u64,
    pub reads: u64,
    pub hits: u64,
    pub token_reads: u64,
    pub refused: u64,
    pub unavailable: u64,
    pub past_the_bound: u64,
    pub behind_the_token: u64,
    pub foreign: u64,
    pub oldest_ms: u64,
}

impl Report {
    pub fn violations(&self) -> u64 {
        self.past_the_bound + self.behind_the_token + self.foreign
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "acknowledged writes        {:>8}  (tried again {} times)",
            self.acknowledged, self.retries
        )?;
        writeln!(f, "pages read                 {:>8}  ({} from a cache)", self.reads, self.hits)?;
        writeln!(f, "  with a token             {:>8}", self.token_reads)?;
        writeln!(f, "asked by strangers, refused{:>8}", self.refused)?;
        writeln!(f, "unavailable meanwhile      {:>8}", self.unavailable)?;
        writeln!(
            f,
            "oldest page served         {:>8} ms after its successor was acknowledged",
            self.oldest_ms
        )?;
        writeln!(f, "past the bound             {:>8}", self.past_the_bound)?;
        writeln!(f, "behind the reader's token  {:>8}", self.behind_the_token)?;
        write!(f, "of another workspace       {:>8}", self.foreign)
    }
}

fn bump(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

impl Oracle {
    pub fn new(cells: usize, bound: Duration) -> Self {
        Self {
            cells: (0..cells).map(|_| Mutex::default()).collect(),
            bound,
            stopped: AtomicBool::new(false),
            counts: Counts::default(),
        }
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    pub fn acknowledged(&self) -> u64 {
        self.counts.acknowledged.load(Ordering::Relaxed)
    }

    pub fn acknowledge(&self, cell: usize, version: u64, token: String) {
        self.cells[cell].lock().unwrap().push(Acknowledged { version, at: Instant::now(), token });
        bump(&self.counts.acknowledged);
    }

    pub fn tried_again(&self) {
        bump(&self.counts.retries);
    }

    pub fn was_unavailable(&self) {
        bump(&self.counts.unavailable);
    }

    pub fn was_refused(&self) {
        bump(&self.counts.refused);
    }

    pub fn saw_foreign(&self) {
        bump(&self.counts.foreign);
    }

    /// The last write that was acknowledged so far.
    pub fn last(&self, cell: usize) -> Option<Acknowledged> {
        self.cells[cell].lock().unwrap().last().cloned()
    }

    /// Judges a page that shows `version`, asked for at `asked`, by a reader who has seen `seen`.
    pub fn judge(&self, cell: usize, version: u64, asked: Instant, seen: Option<u64>, hit: bool) {
        bump(&self.counts.reads);
        if hit {
            bump(&self.counts.hits);
        }
        if let Some(seen) = seen {
            bump(&self.counts.token_reads);
            if version < seen {
                bump(&self.counts.behind_the_token);
            }
        }
        let writes = self.cells[cell].lock().unwrap();
        // The first acknowledged write that the page does not show made it old.
        let first_missed = writes.partition_point(|write| write.version <= version);
        if let Some(missed) = writes.get(first_missed) {
            let age = asked.saturating_duration_since(missed.at);
            self.counts.oldest_ms.fetch_max(age.as_millis() as u64, Ordering::Relaxed);
            if age > self.bound {
                bump(&self.counts.past_the_bound);
            }
        }
    }

    pub fn report(&self) -> Report {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        Report {
            acknowledged: get(&counts.acknowledged),
            retries: get(&counts.retries),
            reads: get(&counts.reads),
            hits: get(&counts.hits),
            token_reads: get(&counts.token_reads),
            refused: get(&counts.refused),
            unavailable: get(&counts.unavailable),
            past_the_bound: get(&counts.past_the_bound),
            behind_the_token: get(&counts.behind_the_token),
            foreign: get(&counts.foreign),
            oldest_ms: get(&counts.oldest_ms),
        }
    }
}
