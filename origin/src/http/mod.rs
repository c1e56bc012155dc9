//! HTTP: routes, and what is common to all of them.

mod auth;
#[cfg(test)]
mod auth_cost;
mod cache_settings;
pub mod classes;
pub mod console;
mod contacts;
mod cors;
mod errors;
mod fields;
mod front;
mod gate;
mod gzip;
mod health;
mod internal;
mod invalidate;
pub mod limits;
mod list;
mod live;
mod metrics;
mod observe;
pub mod openapi;
mod path;
mod respond;
mod spliced_body;
mod system;
#[cfg(measured_without_identity)]
mod without_identity;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use dto::ApiError;
use dto::cors::AllowedOrigins;

use self::errors::Failure;
pub use self::front::Front;
use self::gate::GateLayer;
use self::limits::Limits;
use crate::app::App;

/// Declares the routes once, for the router and for what counts by route.
macro_rules! routes {
    ($($template:literal => $handler:expr,)*) => {
        /// The template of every route: what stands for a path in figures and logs.
        pub const TEMPLATES: &[&str] = &[$($template,)*];

        fn routes() -> Router<Arc<App>> {
            Router::new()$(.route($template, $handler))*
        }
    };
}

routes! {
    "/api/boards/{board_id}/contacts" => get(list::public),
    "/api/contacts/{contact_id}" => get(contacts::details),
    "/api/contacts/{contact_id}/messages" => get(contacts::messages),
    "/api/cache-settings/health" => get(cache_settings::health::health),
    "/api/cache-settings/status" => get(cache_settings::health::status),
    "/api/cache-settings/workspace/{workspace_id}/settings" =>
        get(cache_settings::settings::read).post(cache_settings::settings::write),
    "/api/cache-settings/workspace/{workspace_id}/counts" => get(cache_settings::counts::read),
    "/api/cache-settings/test-performance" => post(cache_settings::test_performance::run),
    "/api/cache-settings/invalidate" => post(cache_settings::invalidate::workspace),
    "/api/cache-settings/warm-cache" => post(cache_settings::warm_cache::run),
    "/internal/boards/{board_id}/contacts" => get(internal::list),
    "/internal/workspaces/{workspace_id}/membership" => get(internal::membership),
    "/internal/invalidate" => post(internal::record_invalidation),
    "/api/live" => get(live::workspace),
    "/api/system/live" => get(live::system),
    "/api/system/workspaces" => get(system::workspaces),
    "/api/cache/invalidate" => post(invalidate::from_backend),
    "/health" => get(health::live),
    "/ready" => get(health::ready),
    "/metrics" => get(metrics::scrape),
    "/openapi.json" => get(openapi::json),
    "/docs" => get(openapi::docs::folder),
    "/docs/" => get(openapi::docs::page),
    "/docs/{file}" => get(openapi::docs::part),
    "/console" => get(console::folder),
    "/console/" => get(console::page),
    "/console/config.json" => get(console::told),
    "/console/demo-users.json" => get(console::demo::users),
    "/console/demo/rest/{table}" => get(console::demo::names).patch(console::demo::write),
    "/console/{*path}" => get(console::part),
}

/// Every route of the origin, within the usual limits.
#[must_use]
pub fn router(app: Arc<App>, allowed_origins: AllowedOrigins) -> Front {
    router_with(app, allowed_origins, Limits::default())
}

/// Every route of the origin.
#[must_use]
pub fn router_with(app: Arc<App>, allowed_origins: AllowedOrigins, limits: Limits) -> Front {
    let layer = GateLayer::new(app.clone(), allowed_origins, limits);
    let gate = layer.gate();
    let router = routes()
        .fallback(|| async { Failure(ApiError::no_route()) })
        .method_not_allowed_fallback(|| async { Failure(ApiError::no_method()) })
        .layer(layer)
        .with_state(app);
    Front::new(gate, router)
}
