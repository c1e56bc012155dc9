//! One load for each key and generation: counts what reaches the source.
//!
//! While nothing has been wrong for a while with the origins, Redis, the ledgers or the source, a page may be loaded
//! once under the generations that Redis holds for it, for as long as it is fresh.

use std::collections::BTreeMap;

use coherence::{Stamp, Tag};
use ids::WorkspaceId;

use crate::journal::Violation;
use crate::world::{World, event};

/// How long everything must have been well before a load counts: longer than a lease and any time-out.
const WELL_FOR_MS: u64 = 15_000;
/// Shorter than any page is fresh.
const FRESH_MS: u64 = 100_000;

struct Load {
    at_ms: u64,
    generations: Option<Stamp>,
}

/// The last load of each key.
#[derive(Default)]
pub(crate) struct Loads {
    last: BTreeMap<String, Load>,
    count: BTreeMap<String, u64>,
}

impl Loads {
    /// How often keys that begin so were loaded so far.
    pub(crate) fn count(&self, prefix: &str) -> u64 {
        self.count.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(_, count)| count).sum()
    }
}

impl World {
    /// Notes that the source is asked for a page.
    pub(crate) fn note_load(&self, key: &str, workspace: &WorkspaceId, tags: &[Tag]) {
        let (now_ms, well_since_ms) = (self.now_ms(), self.disturbed_at_ms());
        let generations = self.redis.lock().held(workspace.as_str(), tags);
        self.journal.lock().tally.loads += 1;
        let mut loads = self.loads.lock();
        *loads.count.entry(key.to_owned()).or_default() += 1;
        let before =
            loads.last.insert(key.to_owned(), Load { at_ms: now_ms, generations: generations.clone() });
        drop(loads);
        event!(self, "load of {key}");
        let Some(before) = before else { return };
        let was_well = well_since_ms + WELL_FOR_MS < before.at_ms;
        if was_well
            && now_ms < before.at_ms + FRESH_MS
            && generations.is_some()
            && generations == before.generations
        {
            self.violation(Violation::LoadedTwice, format_args!("{key}, {} ms apart", now_ms - before.at_ms));
        }
    }
}
