//! From a page to a response: `_cache`, headers, or 304.

use std::fmt::Write as _;
use std::rc::Rc;

use dto::cache_status::{CacheStatus, Source};
use dto::headers::{CACHE_GENERATION, CACHE_STATUS, JSON_CONTENT_TYPE, PAGE_CACHE_CONTROL, PAGE_VARY};
use dto::page::{self, CacheInfo};

use crate::http::response::Response;
use crate::metrics::Counter;
use crate::metrics::recorder::Recorder;
use crate::tiers::page::StoredPage;

/// A page, and which tier has it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) page: Rc<StoredPage>,
    pub(super) status: CacheStatus,
    pub(super) source: Source,
    /// The value of `Cache-Status`: the tier closest to the source first (RFC 9211, 2).
    pub(super) members: String,
}

/// How long the stages of a request took.
#[derive(Debug)]
pub(super) struct Stages {
    began_ms: u64,
    last_ms: u64,
    /// Those that took any time.
    ended: Vec<(&'static str, u64)>,
}

impl Stages {
    pub(super) const fn new(began_ms: u64) -> Self {
        Self { began_ms, last_ms: began_ms, ended: Vec::new() }
    }

    /// When the request began.
    pub(super) const fn began_ms(&self) -> u64 {
        self.began_ms
    }

    /// Ends a stage that began when the one before it ended.
    pub(super) fn end(&mut self, name: &'static str, now_ms: u64) {
        let took_ms = now_ms.saturating_sub(self.last_ms);
        if took_ms > 0 {
            self.ended.push((name, took_ms));
        }
        self.last_ms = now_ms;
    }

    /// The value of `Server-Timing`.
    fn header(&self, total_ms: u64) -> String {
        let mut value = String::with_capacity(64);
        for (name, took_ms) in &self.ended {
            let _ = write!(value, "{name};dur={took_ms}, ");
        }
        let _ = write!(value, "total;dur={total_ms}");
        value
    }
}

/// Counts an answer.
pub(super) fn count(recorder: &Recorder, answer: &Answer) {
    match answer.source {
        Source::EdgeMemory => recorder.count(Counter::MemoryHits),
        Source::CloudflareKv => recorder.count(Counter::KvHits),
        Source::OriginMemory | Source::Redis => recorder.count(Counter::OriginHits),
        Source::Database => {}
    }
    recorder.count(if answer.source == Source::Database { Counter::CacheMisses } else { Counter::CacheHits });
    if answer.status == CacheStatus::Stale {
        recorder.count(Counter::Stale);
    }
}

/// The response: 304 to a reader that has the page already.
pub(super) fn render(
    answer: &Answer,
    stages: &Stages,
    now_ms: u64,
    location: &str,
    if_none_match: Option<&str>,
) -> Response {
    let page = &answer.page;
    let total_ms = now_ms.saturating_sub(stages.began_ms);
    let age_secs = page.header().age_ms(now_ms) / 1000;
    let unchanged = if_none_match.is_some_and(|listed| dto::conditional::matches(listed, page.etag()));

    let response = Response::empty(if unchanged { 304 } else { 200 })
        .with("Cache-Control", PAGE_CACHE_CONTROL)
        .with("Vary", PAGE_VARY)
        .with("ETag", page.etag().to_owned())
        .with("Age", age_secs.to_string())
        .with(CACHE_GENERATION, page.token().to_owned())
        .with(CACHE_STATUS, answer.members.clone())
        .with("Server-Timing", stages.header(total_ms));
    if unchanged {
        return response;
    }
    let info = CacheInfo {
        status: answer.status,
        source: answer.source,
        ttl_secs: page.header().lifetime.ttl_secs,
        edge_location: Some(location),
        response_time_ms: total_ms,
        age_secs,
        generation: page.token(),
    };
    response.with("Content-Type", JSON_CONTENT_TYPE).with_body(page::render(page.body(), &info))
}
