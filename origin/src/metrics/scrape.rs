//! One scrape: what was counted since the process began, and what can be looked at now.

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::PREFIX;
use crate::app::App;

/// What Prometheus knows this format by: `OpenMetrics`, in text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All figures, as text.
pub async fn scrape(app: &App) -> Result<String, std::fmt::Error> {
    let mut text = String::with_capacity(32 * 1024);
    encode_registry(&mut text, app.metrics.registry())?;
    encode_registry(&mut text, &look(app).await)?;
    encode_eof(&mut text)?;
    Ok(text)
}

/// What the parts say of themselves at this moment.
async fn look(app: &App) -> Registry {
    let mut now = Registry::with_prefix(PREFIX);
    let flights = app.cache.flights();
    now.register(
        "loads",
        "Searches below the memory tier: one for all who wait for the same key",
        ConstCounter::new(flights.begun),
    );
    now.register(
        "coalesced",
        "Requests that waited for a load that was under way, rather than begin one",
        ConstCounter::new(flights.joined),
    );
    now.register(
        "seal_mismatches",
        "Entries found under a key that is not theirs: anything but 0 is a fault to look into",
        ConstCounter::new(app.cache.seal_mismatches()),
    );
    now.register(
        "spared",
        "Pages that an invalidation had overtaken and not touched: stamped anew in place of being loaded",
        ConstCounter::new(app.cache.spared()),
    );
    now.register(
        "workspace_loads_shed",
        "Reads of the source, with somebody waiting for them, that were refused because their workspace had too many under way",
        ConstCounter::new(app.cache.shares().refused()),
    );
    let memory = app.cache.memory();
    now.register("memory_entries", "Entries in memory, roughly", ConstGauge::new(memory.len()));
    now.register_with_unit(
        "memory_used",
        "What the entries in memory weigh, roughly",
        Unit::Bytes,
        ConstGauge::new(memory.weight_bytes()),
    );
    now.register_with_unit(
        "memory_max",
        "What the entries in memory may weigh",
        Unit::Bytes,
        ConstGauge::new(memory.max_bytes()),
    );
    now.register(
        "memory_evictions",
        "Entries that made room for others in memory",
        ConstCounter::new(memory.evictions()),
    );
    let now_ms = app.cache.clock().now_ms();
    now.register(
        "push_trusted",
        "1 while this process is told of every invalidation and so may answer from memory",
        ConstGauge::new(u64::from(app.cache.views().trust().holds(now_ms))),
    );
    now.register(
        "live_streams",
        "Streams of live figures that are open",
        ConstGauge::new(app.live.open_streams() as u64),
    );
    if app.cache.shared().stores_entries() {
        let up = app.cache.shared().ping().await.is_ok();
        now.register("redis_up", "1 while Redis answers", ConstGauge::new(u64::from(up)));
    }
    if let Some(outbox) = &app.outbox {
        match outbox.depth().await {
            Ok((depth, since_ms)) => {
                let age_ms = since_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms));
                now.register(
                    "outbox_depth",
                    "Tags whose invalidation the edge's ledger has not recorded yet",
                    ConstGauge::new(depth),
                );
                now.register_with_unit(
                    "outbox_oldest_age",
                    "For how long the oldest of them has waited",
                    Unit::Seconds,
                    ConstGauge::new(age_ms as f64 / 1000.0),
                );
            }
            Err(error) => tracing::warn!(%error, "the outbox cannot be looked at"),
        }
    }
    now
}
