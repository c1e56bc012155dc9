//! Answering with a page.

use std::time::{Duration, Instant};

use axum::Json;
use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use dto::cache_status::{Forward, Source, forward_member, hit_member};
use dto::headers;
use dto::page::CacheInfo;
use serde::Serialize;

use super::spliced_body::spliced;
use crate::cache::answer::{Answer, SharedUse};

/// The stamp of what is answered.
pub const X_CACHE_GENERATION: HeaderName = HeaderName::from_static("x-cache-generation");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// More than a page has, with what the gate adds: a map that does not grow is filled faster.
const FIELDS: usize = 24;

/// Renders a page for a browser, or says that the browser has it.
#[must_use]
pub fn page(answer: &Answer, request: &HeaderMap, now_ms: u64, began: Instant) -> Response {
    let (page, header, took) = (&answer.page, answer.page.header(), began.elapsed());
    let age_secs = header.age_ms(now_ms) / 1000;
    let etag = page.etag().to_str().unwrap_or_default();
    let known = request.get_all(IF_NONE_MATCH).iter().any(|value| {
        std::str::from_utf8(value.as_bytes()).is_ok_and(|listed| dto::conditional::matches(listed, etag))
    });
    let mut response = Response::default();
    let mut fields = HeaderMap::with_capacity(FIELDS);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let info = CacheInfo {
            status: answer.status,
            source: answer.source,
            ttl_secs: header.lifetime.ttl_secs,
            edge_location: None,
            response_time_ms: took.as_millis() as u64,
            age_secs,
            generation: page.token().to_str().unwrap_or_default(),
        };
        *response.body_mut() = spliced(page.body().clone(), &info);
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(headers::JSON_CONTENT_TYPE));
    }
    fields.insert(CACHE_CONTROL, HeaderValue::from_static(headers::PAGE_CACHE_CONTROL));
    fields.insert(VARY, HeaderValue::from_static(headers::PAGE_VARY));
    fields.insert(AGE, HeaderValue::from(age_secs));
    fields.insert(ETAG, page.etag().clone());
    fields.insert(X_CACHE_GENERATION, page.token().clone());
    insert_owned(&mut fields, CACHE_STATUS, cache_status(answer, now_ms));
    insert_owned(&mut fields, SERVER_TIMING, server_timing(answer.source, took));
    *response.headers_mut() = fields;
    response
}

/// Answers with data in the success envelope, not to be stored.
#[must_use]
pub fn success(data: impl Serialize) -> Response {
    no_store(Json(dto::success(data)).into_response())
}

/// Marks an answer that is not a cacheable page.
#[must_use]
pub fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(headers::NO_STORE));
    response
}

/// One member for each tier of this process that was asked, the one closest to the source first (RFC 9211).
#[must_use]
pub fn cache_status(answer: &Answer, now_ms: u64) -> String {
    let header = answer.page.header();
    let left_ms = header.lifetime.fresh_ms.cast_signed() - header.age_ms(now_ms).cast_signed();
    let ttl_left_secs = left_ms.div_euclid(1000);
    let stored = answer.shared.may_be_kept();
    let memory = || forward_member("origin-memory", Forward::UriMiss, stored);
    match (answer.source, answer.shared) {
        (Source::Redis, _) => format!("{}, {}", hit_member("redis", ttl_left_secs), memory()),
        (Source::Database, SharedUse::Bypassed) => {
            let bypassed = |tier| forward_member(tier, Forward::Bypass, false);
            format!("{}, {}", bypassed("redis"), bypassed("origin-memory"))
        }
        (Source::Database, SharedUse::Away) => {
            format!("{}, {}", forward_member("redis", Forward::Bypass, false), memory())
        }
        (Source::Database, SharedUse::NotAsked) => memory(),
        (Source::Database, _) => format!("{}, {}", forward_member("redis", Forward::UriMiss, true), memory()),
        (Source::OriginMemory | Source::EdgeMemory | Source::CloudflareKv, _) => {
            hit_member("origin-memory", ttl_left_secs)
        }
    }
}

/// One metric of `Server-Timing`: which tier answered, and how long that took, in milliseconds with three places.
fn server_timing(source: Source, took: Duration) -> String {
    let micros = took.as_micros() as u64;
    let mut metric = String::with_capacity(64);
    for part in ["origin;desc=\"", source.as_str(), "\";dur=", itoa::Buffer::new().format(micros / 1000), "."]
    {
        metric.push_str(part);
    }
    // The thousands in front, which are cut off again, bring the zeros.
    metric.push_str(&itoa::Buffer::new().format(1000 + micros % 1000)[1..]);
    metric
}

/// Sets a header to a value that was made for it.
fn insert_owned(fields: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        fields.insert(name, value);
    }
}

/// Sets a header, unless the value cannot be one.
pub fn insert(fields: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        fields.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_places() {
        for (micros, text) in [(0, "0.000"), (7, "0.007"), (1_050, "1.050"), (12_345_678, "12345.678")] {
            let metric = server_timing(Source::OriginMemory, Duration::from_micros(micros));
            assert_eq!(metric, format!("origin;desc=\"origin_memory\";dur={text}"));
        }
    }
}
