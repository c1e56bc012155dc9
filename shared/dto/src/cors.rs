//! Cross-origin access: which browsers' origins may read answers, and what they may send and see. Both tiers agree.

/// Request headers that a browser may send.
pub const ALLOWED_HEADERS: &[&str] = &[
    "authorization",
    "content-type",
    "if-none-match",
    "x-workspace-id",
    "x-user-id",
    "x-cache-generation",
    "traceparent",
];
/// Answer headers that a script may read.
pub const EXPOSED_HEADERS: &[&str] =
    &["age", "cache-status", "etag", "retry-after", "server-timing", "x-cache-generation"];
/// How long a browser may remember the answer to a preflight, in seconds.
pub const MAX_AGE_SECS: u64 = 7200;

/// Whether `origin` is allowed by `pattern`: equal to it, or where the pattern has one `*`, with one or more characters of
/// `[A-Za-z0-9-]` in its place. A `*` never spans a dot, a colon or a slash, and alone it allows nothing: answers depend
/// on who asks.
#[must_use]
pub fn allows(pattern: &str, origin: &str) -> bool {
    match pattern.split_once('*') {
        None => !pattern.is_empty() && pattern == origin,
        Some((before, after)) => {
            before.starts_with("http")
                && before.contains("://")
                && origin.len() > before.len() + after.len()
                && origin
                    .strip_prefix(before)
                    .and_then(|rest| rest.strip_suffix(after))
                    .is_some_and(|label| label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn an_origin_is_allowed_to_the_letter_or_by_one_label() {
        assert!(allows("https://app.example.com", "https://app.example.com"));
        assert!(allows("https://*.preview.example.com", "https://pr-12.preview.example.com"));
        assert!(allows("http://localhost:*", "http://localhost:5173"));
        for (pattern, origin) in [
            ("https://app.example.com", "https://app.example.com.evil.test"),
            ("https://app.example.com", "http://app.example.com"),
            ("https://*.preview.example.com", "https://a.b.preview.example.com"),
            ("https://*.preview.example.com", "https://.preview.example.com"),
            ("https://*.preview.example.com", "https://evil.test/x.preview.example.com"),
            ("https://*.preview.example.com", "https://evil.test#.preview.example.com"),
            ("*", "https://evil.test"),
            ("", ""),
            ("", "null"),
        ] {
            assert!(!allows(pattern, origin), "{pattern} {origin}");
        }
    }
}
