//! Cross-origin access: which browsers' origins may read answers, and what they may send and see. Both tiers use this.
//!
//! Tokens travel in `Authorization`, which a page must have been given: no answer allows credentials (cookies), an origin that is not
//! configured is never named in an answer, and no answer says `*`.

/// Request headers that a browser may send.
pub const ALLOW_HEADERS: &str = "Authorization, Content-Type, If-None-Match, Last-Event-ID, X-Workspace-ID, X-User-ID, X-Cache-Generation, \
     traceparent";
/// Answer headers that a page may read.
pub const EXPOSE_HEADERS: &str =
    "Age, Cache-Status, ETag, Retry-After, Server-Timing, X-Cache-Edge, X-Cache-Generation, X-Request-ID";
/// How long a browser may remember the answer to a preflight, in seconds: two hours, the most that Chromium accepts.
pub const MAX_AGE_SECS: u64 = 7200;

/// The configured origins: exact ones, or with `*` in place of the first host label. A `*` alone is refused: answers depend on
/// who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Exact(String),
    /// What stands before and after the one label.
    OneLabel(String, String),
}

impl AllowedOrigins {
    /// Reads a list separated by commas: `https://app.example.com,https://*.preview.example.com`. The error says what it
    /// must be, to follow the name of the setting.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let patterns = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        patterns.map(Pattern::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether pages of this origin may call.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(origin))
    }
}

impl Pattern {
    fn parse(origin: &str) -> Result<Self, &'static str> {
        let (scheme, host) =
            origin.split_once("://").ok_or("must be a list of origins such as https://app.example.com")?;
        if !matches!(scheme, "http" | "https") || host.is_empty() || host.contains('/') {
            return Err("must be a list of origins such as https://app.example.com, without a path");
        }
        if !host.bytes().all(is_of_a_host) {
            return Err("must be a list of origins in small letters, as browsers send them");
        }
        match origin.split_once('*') {
            None => Ok(Self::Exact(origin.to_owned())),
            Some((before, after))
                if before.ends_with("://") && after.starts_with('.') && !after.contains('*') =>
            {
                if !is_of_one_owner(after) {
                    return Err("must name two labels of the host after a *, such as https://*.example.com");
                }
                Ok(Self::OneLabel(before.to_owned(), after.to_owned()))
            }
            Some(_) => Err("may have * in place of the first host label alone"),
        }
    }

    fn matches(&self, origin: &str) -> bool {
        match self {
            Self::Exact(known) => known == origin,
            Self::OneLabel(before, after) => origin
                .strip_prefix(before.as_str())
                .and_then(|rest| rest.strip_suffix(after.as_str()))
                .is_some_and(|label| {
                    !label.is_empty()
                        && label
                            .bytes()
                            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                }),
        }
    }
}

/// What a serialised origin has behind its scheme (HTML standard, "serialization of an origin"), and the star.
const fn is_of_a_host(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        || byte.is_ascii_digit()
        || matches!(byte, b'-' | b'.' | b':' | b'[' | b']' | b'_' | b'*')
}

/// Whether what follows the star could belong to one owner: `.example.com`, or `.localhost`; `.com` belongs to everybody. That nobody
/// else may register names under it is for the operator to know.
fn is_of_one_owner(after: &str) -> bool {
    let host = after.split(':').next().unwrap_or_default();
    let labels: Vec<&str> = host.trim_start_matches('.').split('.').collect();
    labels.iter().all(|label| !label.is_empty()) && (labels.len() >= 2 || labels == ["localhost"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        let origins =
            AllowedOrigins::parse("https://app.example.com, https://*.preview.example.com").unwrap();
        for origin in ["https://app.example.com", "https://pr-12.preview.example.com"] {
            assert!(origins.allows(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.test",
            "https://preview.example.com",
            "https://.preview.example.com",
            "https://a.b.preview.example.com",
            "https://evil.test/.preview.example.com",
            "https://evil.test#.preview.example.com",
            "https://evil.test\\.preview.example.com",
            "https://user@x.preview.example.com",
            "https://a:b.preview.example.com",
            "https://PR.preview.example.com",
            "https://pr-12.preview.example.com.",
            "https://pr-12.preview.example.com, https://evil.test",
            "*",
        ] {
            assert!(!origins.allows(origin), "{origin}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "*",
            "https://*",
            "https://*.*.com",
            "https://a.*.com",
            "app.example.com",
            "https://a.com/",
            "ftp://a",
            "https://*.com",
            "https://*.",
            "https://*..com",
            "https://App.example.com",
            "https://a b.example.com",
            "https://user@example.com",
            "null",
        ] {
            assert!(AllowedOrigins::parse(text).is_err(), "{text}");
        }
        assert!(!AllowedOrigins::parse("").unwrap().allows(""));
        for text in
            ["https://*.example.com", "http://*.localhost:5173", "http://localhost:3000", "http://[::1]:3000"]
        {
            assert!(AllowedOrigins::parse(text).is_ok(), "{text}");
        }
    }
}
