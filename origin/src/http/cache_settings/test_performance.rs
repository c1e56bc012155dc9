//! `POST /api/cache-settings/test-performance`: what a cache saves, measured then and there.
//!
//! Reads the workspace's counts from the source, through a cache that does not have them, and through one that does, several times each, and
//! answers the medians. The entries are its own: keys that nobody else has, kept for a minute. Nobody's entries are touched.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::Response;
use cache_key::CountsQuery;
use dto::ApiError;
use dto::cache_admin::{Performance, PerformanceReport, PerformanceStats, Timing};

use super::caller_of_body;
use crate::app::App;
use crate::cache::request::ReadRequest;
use crate::cache::trial::Trial;
use crate::http::errors::Failure;
use crate::http::respond;

/// How often each way is measured.
const ROUNDS: usize = 5;
/// How often that is tried in a workspace that changes meanwhile.
const MAX_ROUNDS: usize = 15;

/// Measures.
pub async fn run(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let caller = caller_of_body(&app, request).await?;
    let query = CountsQuery::new(&caller.workspace);
    let request = ReadRequest { query, reader: caller.reader, floor: coherence::Floor::none() };

    let (mut standard, mut cold, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MAX_ROUNDS {
        if warm.len() == ROUNDS {
            break;
        }
        let began = Instant::now();
        app.cache.bypass(&request.query.key(), &request).await?;
        standard.push(elapsed_ms(began));

        let trial = Trial::new(&app.cache, &caller.workspace);
        let began = Instant::now();
        let is_stored = trial.read_cold(&request).await?;
        cold.push(elapsed_ms(began));

        let began = Instant::now();
        // What an invalidation overtook meanwhile, or was evicted, measures nothing.
        if is_stored && trial.read_warm().await?.is_some() {
            warm.push(elapsed_ms(began));
        }
    }
    if warm.is_empty() {
        return Err(Failure(ApiError::unavailable("the workspace changes too quickly to be measured")));
    }
    let (standard_ms, cold_ms, warm_ms) = (median(standard), median(cold), median(warm));
    let (miss, hit) = if app.cache.shared().stores_entries() {
        ("redis_miss", "redis_hit")
    } else {
        ("memory_miss", "memory_hit")
    };
    let stats = app.stats();
    let data = PerformanceReport {
        performance: Performance {
            standard: Timing::standard(standard_ms),
            redis_cold: Timing::compared(cold_ms, miss, standard_ms),
            redis_warm: Timing::compared(warm_ms, hit, standard_ms),
        },
        cache_stats: PerformanceStats { hits: stats.hits, misses: stats.misses, hit_rate: stats.hit_rate },
    };
    Ok(respond::success(data))
}

fn elapsed_ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}

fn median(mut times_ms: Vec<f64>) -> f64 {
    times_ms.sort_by(f64::total_cmp);
    times_ms.get(times_ms.len() / 2).copied().unwrap_or_default()
}
