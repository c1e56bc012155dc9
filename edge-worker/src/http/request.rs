//! A request as the Worker sees it.

#![allow(async_fn_in_trait, reason = "an isolate has one thread, so no future needs to be Send")]

use dto::{ApiError, MAX_HEADER_LEN};

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is, or says that it is, longer than the limit. Not all of it was read.
    TooLarge,
    /// The connection broke.
    Broken,
}

/// A request. Every call may cross into JavaScript, so nothing is asked twice.
pub trait Inbound {
    /// The method, in capitals.
    fn method(&self) -> String;

    /// The whole URL.
    fn url(&self) -> String;

    /// The value of a header; the values of several lines are joined with `, `.
    fn header(&self, name: &str) -> Option<String>;

    /// The body, if it has at most `limit` bytes.
    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError>;
}

/// Path and query of a URL, as they were sent, in one.
#[must_use]
pub fn target(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = rest.find(['/', '?', '#']).map_or("/", |start| &rest[start..]);
    target.split('#').next().unwrap_or(target)
}

/// The value of a header that is no longer than is accepted. All headers together are bounded by the runtime.
pub fn bounded_header(request: &impl Inbound, name: &str) -> Result<Option<String>, ApiError> {
    match request.header(name) {
        Some(value) if value.len() > MAX_HEADER_LEN => Err(ApiError::header_too_large()),
        value => Ok(value),
    }
}

/// Path and query of a URL, as they were sent.
#[must_use]
pub fn split_target(url: &str) -> (&str, &str) {
    let target = target(url);
    target.split_once('?').unwrap_or((target, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_taken_as_they_are() {
        for (url, target) in [
            ("https://edge.example/api/x?page=1&q=%2f#f", ("/api/x", "page=1&q=%2f")),
            ("https://edge.example", ("/", "")),
            ("https://edge.example/a%2fb", ("/a%2fb", "")),
            ("https://edge.example/?", ("/", "")),
            ("/a?b?c", ("/a", "b?c")),
        ] {
            assert_eq!(split_target(url), target, "{url}");
        }
    }
}
