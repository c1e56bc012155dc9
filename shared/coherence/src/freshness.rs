//! The decision: may this entry be served, and how?

use crate::{Floor, Lifetime, Stamp, View};

/// What a tier may do with an entry that it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Serve it.
    Fresh,
    /// Serve it, and have one caller refresh it in the background.
    StaleWhileRevalidate,
    /// Serve it only if the tiers below fail.
    StaleIfError,
    /// Do not serve it, whatever fails.
    Unservable(Unservable),
}

/// Why an entry must not be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unservable {
    /// An invalidation that the tier has heard of is later than the entry.
    Overtaken,
    /// The reader has seen a later generation than the entry's.
    BehindReader,
    /// All three windows of its lifetime have passed.
    Expired,
}

/// Judges an entry that was stored at `stored_at_ms`, by the tier's `view`, the reader's `floor` and the time.
///
/// Being overtaken goes before being old: an entry that an invalidation has overtaken is never served, not even
/// stale-if-error. An entry from a clock ahead of ours counts as stored now.
#[must_use]
pub fn judge(
    stamp: &Stamp,
    stored_at_ms: u64,
    lifetime: &Lifetime,
    view: &View,
    floor: &Floor,
    now_ms: u64,
) -> Freshness {
    if view.has_overtaken(stamp) {
        return Freshness::Unservable(Unservable::Overtaken);
    }
    if !floor.is_met_by(stamp) {
        return Freshness::Unservable(Unservable::BehindReader);
    }
    let age_ms = now_ms.saturating_sub(stored_at_ms);
    let stale_ms = lifetime.fresh_ms + lifetime.stale_while_revalidate_ms;
    if age_ms < lifetime.fresh_ms {
        Freshness::Fresh
    } else if age_ms < stale_ms {
        Freshness::StaleWhileRevalidate
    } else if age_ms < stale_ms + lifetime.stale_if_error_ms {
        Freshness::StaleIfError
    } else {
        Freshness::Unservable(Unservable::Expired)
    }
}
