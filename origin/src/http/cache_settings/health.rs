//! `GET /api/cache-settings/health` and `/status`: how the cache of this process does. Open to anybody; they name nobody.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dto::cache_admin::{CacheHealth, CacheServiceStatus};

use crate::app::App;
use crate::http::respond;

/// `GET /api/cache-settings/health`.
pub async fn health(State(app): State<Arc<App>>) -> Response {
    respond::success(check(&app).await)
}

/// `GET /api/cache-settings/status`.
pub async fn status(State(app): State<Arc<App>>) -> Response {
    let health_check = check(&app).await;
    let status = CacheServiceStatus {
        cache_stats: health_check.stats.clone(),
        timestamp: health_check.timestamp.clone(),
        health_check,
        redis_enabled: app.cache.shared().stores_entries(),
    };
    respond::success(status)
}

/// Redis that is configured and does not answer is not healthy; reads go on all the same.
async fn check(app: &App) -> CacheHealth {
    let healthy = !app.cache.shared().stores_entries() || app.cache.shared().ping().await.is_ok();
    CacheHealth { healthy, stats: app.stats(), timestamp: dto::iso8601_ms(app.cache.clock().now_ms()) }
}
