//! CORS: which browsers' pages may call, answered at the edge (Fetch standard, "HTTP CORS protocol").
//!
//! Tokens travel in `Authorization`, never in cookies, so credentials are not allowed. An origin that is not
//! configured gets no CORS header: the request is answered, and the browser keeps the answer from the page.

use super::response::Response;

/// What a browser may send.
const ALLOW_HEADERS: &str =
    "Authorization, Content-Type, If-None-Match, X-Workspace-ID, X-User-ID, X-Cache-Generation, traceparent";
/// What a page may read.
const EXPOSE_HEADERS: &str = "Age, Cache-Status, ETag, Retry-After, Server-Timing, X-Cache-Generation";
/// How long a browser may remember a preflight, in seconds: two hours, the most that Chromium accepts.
const MAX_AGE_SECS: &str = "7200";

/// The configured origins: exact ones, or with `*` in place of one host label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Exact(String),
    /// What stands before and after the one label.
    OneLabel(String, String),
}

impl AllowedOrigins {
    /// Reads a list separated by commas: `https://app.example.com,https://*.preview.example.com`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let patterns = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        patterns.map(Pattern::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether pages of this origin may call.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(origin))
    }

    /// Adds what a browser needs to hand the response to a page of `origin`.
    #[must_use]
    pub fn apply(&self, response: Response, origin: Option<&str>) -> Response {
        let response = match response.header("Vary") {
            Some(_) => response,
            None => response.with("Vary", "Origin"),
        };
        match origin {
            Some(origin) if self.allows(origin) => response
                .with("Access-Control-Allow-Origin", origin.to_owned())
                .with("Access-Control-Expose-Headers", EXPOSE_HEADERS),
            _ => response,
        }
    }

    /// Answers an `OPTIONS` for a route that takes the methods of `allow`.
    #[must_use]
    pub fn preflight(&self, origin: Option<&str>, allow: &'static str) -> Response {
        let response = Response::empty(204).with("Allow", allow);
        match origin {
            Some(origin) if self.allows(origin) => response
                .with("Access-Control-Allow-Methods", allow)
                .with("Access-Control-Allow-Headers", ALLOW_HEADERS)
                .with("Access-Control-Max-Age", MAX_AGE_SECS)
                .with("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
            _ => response,
        }
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
