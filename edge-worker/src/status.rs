//! `GET /health` and `GET /metrics`.

use std::rc::Rc;

use dto::worker_status::{WORKER_NAME, WorkerHealth, WorkerMetrics};
use dto::{ApiError, iso8601_ms};

use crate::edge::Edge;
use crate::http::request::Inbound;
use crate::http::response::Response;
use crate::metrics::{PROMETHEUS_CONTENT_TYPE, render_prometheus};
use crate::platform::Platform;

/// How long KV may take to answer, in milliseconds.
const KV_TIMEOUT_MS: u32 = 1000;
/// A key that is never written: an answer of "nothing" is an answer.
const KV_PROBE_KEY: &str = "health";

/// `GET /health`: does KV answer from here?
pub(crate) async fn health<P: Platform>(platform: &P) -> Response {
    let began_ms = platform.now_ms();
    let kv_available = platform.get(KV_PROBE_KEY, KV_TIMEOUT_MS).await.is_ok();
    let now_ms = platform.now_ms();
    Response::json(&WorkerHealth {
        status: if kv_available { "healthy" } else { "degraded" },
        worker: WORKER_NAME,
        version: env!("CARGO_PKG_VERSION"),
        edge_location: platform.location(),
        kv_available,
        timestamp: iso8601_ms(now_ms),
        response_time: format!("{}ms", now_ms.saturating_sub(began_ms)),
    })
}

/// `GET /metrics`: the location's figures.
pub(crate) async fn metrics<P: Platform>(
    edge: &Rc<Edge>,
    platform: &P,
    request: &impl Inbound,
    query: &str,
) -> Response {
    let Ok(figures) = edge.recorder.flush(platform).await else {
        return Response::failure(&ApiError::unavailable(
            "the location's figures cannot be read at the moment",
        ));
    };
    let location = platform.location();
    let as_text = query.split('&').any(|pair| pair == "format=prometheus")
        || request.header("Accept").is_some_and(|accept| accept.contains("text/plain"));
    if as_text {
        return Response::unstored(
            200,
            PROMETHEUS_CONTENT_TYPE,
            render_prometheus(&figures, location).into_bytes(),
        );
    }
    Response::json(&WorkerMetrics {
        worker: WORKER_NAME,
        edge_location: location,
        metrics: figures.to_body(),
        timestamp: iso8601_ms(platform.now_ms()),
    })
}
