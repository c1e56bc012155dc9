//! One line for Workers Analytics Engine for each request for a page, where a dataset is bound.
//!
//! The location's figures are sums; this is what they are sums of, to be asked in SQL: `docs/operating.md` has the columns. It names
//! nobody: no workspace, user, board, key or address.

use dto::cache_status::{CacheStatus, Source};

/// How a request for a page was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataPoint {
    /// The HTTP status.
    pub http_status: u16,
    /// What the cache did, and which tier answered; unset for a refusal or a failure.
    pub answer: Option<(CacheStatus, Source)>,
    /// Whether a term was searched for.
    pub is_search: bool,
    /// How long answering took, in milliseconds.
    pub duration_ms: u64,
    /// How long the body is, in bytes.
    pub body_bytes: u64,
}

impl DataPoint {
    /// `blob2` to `blob5`, after the location: resource, what the cache did, the tier, the status.
    #[must_use]
    pub fn blobs(&self) -> [&'static str; 4] {
        let (status, source) =
            self.answer.map_or(("NONE", "none"), |(status, source)| (status.as_str(), source.as_str()));
        let class = match self.http_status {
            100..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        [if self.is_search { "search" } else { "contact_list" }, status, source, class]
    }

    /// `double1` to `double3`: requests, milliseconds, bytes.
    #[must_use]
    pub fn doubles(&self) -> [f64; 3] {
        [1.0, self.duration_ms as f64, self.body_bytes as f64]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_says_what_was_done_and_names_nobody() {
        let hit = DataPoint {
            http_status: 200,
            answer: Some((CacheStatus::Hit, Source::CloudflareKv)),
            is_search: true,
            duration_ms: 12,
            body_bytes: 20_480,
        };
        assert_eq!(hit.blobs(), ["search", "HIT", "cloudflare_kv", "2xx"]);
        assert_eq!(hit.doubles().map(|value| value as u64), [1, 12, 20_480]);
        let refused = DataPoint { http_status: 403, answer: None, is_search: false, ..hit };
        assert_eq!(refused.blobs(), ["contact_list", "NONE", "none", "4xx"]);
    }
}
