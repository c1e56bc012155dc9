//! Points in time, as both sources understand them.

use crate::source::RECENT_ACTIVITY_SECS;

/// The moment from which activity counts as recent, as text: `2026-01-01T00:00:00+00:00`.
///
/// This is the form in which PostgREST prints timestamps and SQLite stores them, so that SQLite may compare texts. Whole
/// seconds: a fraction would be printed behind the seconds, where `+` sorts before `.`, which keeps the order right.
pub(super) fn recent_since(now_secs: u64) -> String {
    let cutoff_ms = now_secs.saturating_sub(RECENT_ACTIVITY_SECS).saturating_mul(1000);
    dto::iso8601_ms(cutoff_ms).replace(".000Z", "+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_is_the_last_seven_days() {
        assert_eq!(recent_since(1_767_225_600 + 7 * 86_400), "2026-01-01T00:00:00+00:00");
        assert_eq!(recent_since(0), "1970-01-01T00:00:00+00:00");
    }
}
