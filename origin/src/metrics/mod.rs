//! What an operator watches: figures of this process, for Prometheus at `GET /metrics`.
//!
//! Instruments are made once, in [`Metrics::new`], and handed to the parts that count. Every series exists from the
//! start and is reached through a handle, never by a look-up, so counting is a relaxed addition: a hit in memory waits
//! for nobody. Tiers and source are measured from outside, by decorators.
//!
//! A label's value is a word of ours. It is never a workspace, a user, a board, a key, or anything else that a caller sent.
//! `docs/operating.md` says what to watch.

mod answers;
mod invalidations;
mod latency;
mod requests;
mod scrape;
mod shared_tier;
mod source;

use std::sync::Arc;

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use self::answers::{AnswerTotals, Answers};
pub use self::invalidations::{Deliveries, Invalidations, MeasuredLedger};
pub use self::requests::{NO_ROUTE, RequestUnderWay, Requests};
pub use self::scrape::{CONTENT_TYPE, scrape};
pub use self::shared_tier::{EntryBytes, MeasuredTier, RedisMemory, SharedTierFigures};
pub use self::source::{MeasuredSource, SourceFigures};

/// What the name of each figure begins with.
const PREFIX: &str = "boardcache_origin";

/// Every instrument of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// HTTP requests.
    pub requests: Requests,
    /// The cache's answers.
    pub answers: Answers,
    /// Invalidations that were minted here.
    pub invalidations: Invalidations,
    /// The outbox and the change feed.
    pub deliveries: Deliveries,
    /// The shared tier.
    pub shared_tier: SharedTierFigures,
    /// The source.
    pub source: SourceFigures,
}

impl Metrics {
    /// Instruments that have counted nothing yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register(
            "build",
            "Which version this is",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        Arc::new(Self {
            requests: Requests::register(&mut registry, crate::http::TEMPLATES),
            answers: Answers::register(&mut registry),
            invalidations: Invalidations::register(&mut registry),
            deliveries: Deliveries::register(&mut registry),
            shared_tier: SharedTierFigures::register(&mut registry),
            source: SourceFigures::register(&mut registry),
            registry,
        })
    }

    fn registry(&self) -> &Registry {
        &self.registry
    }
}
