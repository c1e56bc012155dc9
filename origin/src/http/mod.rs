//! HTTP: routes, and what is common to all of them.

mod auth;
mod cors;
mod errors;
mod health;
mod internal;
mod invalidate;
mod list;
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

use self::errors::Failure;
use crate::app::App;

/// Every route of the origin.
pub fn router(app: Arc<App>, allowed_origins: AllowedOrigins) -> Router {
    Router::new()
        .route("/api/boards/{board_id}/contacts", get(list::public))
        .route("/internal/boards/{board_id}/contacts", get(internal::list))
        .route("/internal/workspaces/{workspace_id}/membership", get(internal::membership))
        .route("/internal/invalidate", post(internal::record_invalidation))
        .route("/api/cache/invalidate", post(invalidate::from_backend))
        .route("/health", get(health::live))
        .route("/ready", get(health::ready))
        .fallback(|| async { Failure(ApiError::no_route()) })
        .method_not_allowed_fallback(|| async {
            Failure(ApiError::new(ErrorCode::MethodNotAllowed, "this path does not take this method"))
        })
        .layer(DefaultBodyLimit::max(dto::invalidate::MAX_BODY_LEN))
        .layer(middleware::from_fn(guard))
        .layer(cors::layer(allowed_origins))
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
