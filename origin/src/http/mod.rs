//! HTTP: routes, and what is common to all of them.

mod auth;
#[cfg(test)]
mod auth_cost;
mod cache_settings;
mod contacts;
mod cors;
mod errors;
mod health;
mod internal;
mod invalidate;
pub mod limits;
mod list;
mod metrics;
mod observe;
pub mod openapi;
mod path;
mod respond;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use dto::cors::AllowedOrigins;
use dto::{ApiError, ErrorCode, headers};
use tower_http::catch_panic::CatchPanicLayer;

use self::errors::Failure;
use self::limits::{Limits, Places};
use self::observe::Observer;
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
    "/api/cache/invalidate" => post(invalidate::from_backend),
    "/health" => get(health::live),
    "/ready" => get(health::ready),
    "/metrics" => get(metrics::scrape),
    "/openapi.json" => get(openapi::json),
    "/docs" => get(openapi::docs::folder),
    "/docs/" => get(openapi::docs::page),
    "/docs/{file}" => get(openapi::docs::part),
}

/// Every route of the origin, within the usual limits.
pub fn router(app: Arc<App>, allowed_origins: AllowedOrigins) -> Router {
    router_with(app, allowed_origins, Limits::default())
}

/// Every route of the origin.
pub fn router_with(app: Arc<App>, allowed_origins: AllowedOrigins, limits: Limits) -> Router {
    routes()
        .fallback(|| async { Failure(ApiError::no_route()) })
        .method_not_allowed_fallback(|| async {
            Failure(ApiError::new(ErrorCode::MethodNotAllowed, "this path does not take this method"))
        })
        .layer(DefaultBodyLimit::max(dto::invalidate::MAX_BODY_LEN))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request ended in a panic");
            Failure(ApiError::internal()).into_response()
        }))
        .layer(middleware::from_fn_with_state(Places::new(app.clone(), limits), limits::take_place))
        .layer(middleware::from_fn(guard))
        .layer(cors::layer(allowed_origins))
        .layer(middleware::from_fn_with_state(Observer::new(app.clone()), observe::observe))
        .with_state(app)
}

/// What holds for every route: a bounded URL, and an answer that no browser mistakes for something else or keeps unasked.
async fn guard(request: Request, next: Next) -> Response {
    let mut response =
        if request.uri().path_and_query().is_some_and(|url| url.as_str().len() > dto::MAX_URL_LEN) {
            Failure(ApiError::new(ErrorCode::UriTooLong, "the URL must have at most 8192 bytes"))
                .into_response()
        } else {
            next.run(request).await
        };
    let fields = response.headers_mut();
    fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(headers::NO_STORE));
    response
}
