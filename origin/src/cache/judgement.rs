//! What may be done with what was found in a tier, and with what another request's load brought.

use std::sync::Arc;

use coherence::{Floor, Freshness, Generation, Stamp, View, judge};
use dto::cache_status::{CacheStatus, Source};

use super::answer::Answer;
use super::flight::Boarded;
use super::page::CachedPage;

/// What was found in a tier, after it was judged.
pub(super) enum Found {
    /// May be served.
    Servable(Answer),
    /// May stand in if the tiers below fail.
    IfError(Arc<CachedPage>, Source),
    /// Nothing that may be served.
    Nothing,
}

pub(super) fn is_fresh(answer: &Answer) -> bool {
    answer.status != CacheStatus::Stale
}

pub(super) fn found(page: Arc<CachedPage>, source: Source, view: &View, floor: &Floor, now_ms: u64) -> Found {
    let header = page.header();
    match judge(&header.stamp, header.stored_at_ms, &header.lifetime, view, floor, now_ms) {
        Freshness::Fresh => Found::Servable(Answer::from_cache(page, CacheStatus::Hit, source)),
        Freshness::StaleWhileRevalidate => {
            Found::Servable(Answer::from_cache(page, CacheStatus::Stale, source))
        }
        Freshness::StaleIfError => Found::IfError(page, source),
        Freshness::Unservable(_) => Found::Nothing,
    }
}

/// Whether the outcome of a flight answers a request that must get nothing older than `floor`, nor than `needed`: what a view
/// knew that could be relied upon, if any could.
pub(super) fn answers(
    answer: &Answer,
    boarded: Boarded,
    needed: impl FnOnce() -> Option<Stamp>,
    floor: &Floor,
) -> bool {
    // Read from the source after the request began: nothing is newer.
    if boarded == Boarded::AfterArrival && answer.source == Source::Database {
        return true;
    }
    let stamp = &answer.page.header().stamp;
    let is_current = match boarded {
        // Judged after the request began.
        Boarded::AfterArrival => true,
        // An untrusted view may have missed what this reader must see.
        Boarded::UnderWay => needed().is_some_and(|needed| {
            needed.iter().all(|(tag, generation)| stamp.get(tag).unwrap_or(Generation::ZERO) >= generation)
        }),
    };
    is_current && floor.is_met_by(stamp)
}
