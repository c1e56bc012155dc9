//! Cross-origin access: which browsers' origins may read answers, and what they may send and see. Both tiers use this.

/// Request headers that a browser may send.
pub const ALLOW_HEADERS: &str =
    "Authorization, Content-Type, If-None-Match, X-Workspace-ID, X-User-ID, X-Cache-Generation, traceparent";
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
        match origin.split_once('*') {
            None => Ok(Self::Exact(origin.to_owned())),
            Some((before, after))
                if before.ends_with("://") && after.starts_with('.') && !after.contains('*') =>
            {
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
                        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                }),
        }
    }
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
        ] {
            assert!(AllowedOrigins::parse(text).is_err(), "{text}");
        }
        assert!(!AllowedOrigins::parse("").unwrap().allows(""));
    }
}
