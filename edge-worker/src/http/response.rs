//! A response as plain data.

use std::borrow::Cow;

use dto::ApiError;
use dto::answers::{AnswerClass, CONTENT_SECURITY_POLICY, CacheControl, SAFETY, STRICT_POLICY};
use dto::headers::{JSON_CONTENT_TYPE, NO_STORE};
use serde::Serialize;

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, each name once.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; none is sent with 204 and 304, nor to a `HEAD`.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without headers and body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A response that nobody may store.
    #[must_use]
    pub fn unstored(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self::empty(status).with("Content-Type", content_type).with("Cache-Control", NO_STORE).with_body(body)
    }

    /// JSON that nobody may store.
    #[must_use]
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::unstored(200, JSON_CONTENT_TYPE, body),
            Err(_) => Self::failure(&ApiError::internal()),
        }
    }

    /// A failure in its envelope.
    #[must_use]
    pub fn failure(error: &ApiError) -> Self {
        Self::relayed_failure(error.status(), error.to_json().into_bytes())
            .with_retry_after(error.retry_after_secs())
    }

    /// A failure that comes with its envelope.
    #[must_use]
    pub fn relayed_failure(status: u16, envelope: Vec<u8>) -> Self {
        let mut response = Self::unstored(status, JSON_CONTENT_TYPE, envelope);
        if status == 401 {
            response = response.with("WWW-Authenticate", "Bearer");
        }
        if status == 429 {
            response = response.with_retry_after(Some(dto::RATE_LIMIT_PERIOD_SECS));
        }
        response
    }

    /// With a header; a header of that name is replaced.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// With what the class of its route asks of every answer. The last thing that is done to one.
    #[must_use]
    pub fn sealed(mut self, class: AnswerClass) -> Self {
        if class.cache_control(self.status, self.header("Cache-Control")) == CacheControl::NoStore {
            self = self.with("Cache-Control", NO_STORE);
        }
        if !class.has_own_policy() || self.header(CONTENT_SECURITY_POLICY).is_none() {
            self = self.with(CONTENT_SECURITY_POLICY, STRICT_POLICY);
        }
        SAFETY.into_iter().fold(self, |response, (name, value)| response.with(name, value))
    }

    /// With a body.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    fn with_retry_after(self, secs: Option<u32>) -> Self {
        match secs {
            Some(secs) => self.with("Retry-After", secs.to_string()),
            None => self,
        }
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
    }
}
