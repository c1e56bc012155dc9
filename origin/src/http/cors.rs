//! Cross-origin access at the origin, by the same list and rules as at the edge.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method};
use dto::cors::{ALLOW_HEADERS, AllowedOrigins, EXPOSE_HEADERS, MAX_AGE_SECS};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The layer for these allowed origins.
pub fn layer(allowed: AllowedOrigins) -> CorsLayer {
    let names =
        |names: &str| names.split(", ").filter_map(|name| name.parse().ok()).collect::<Vec<HeaderName>>();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin: &HeaderValue, _| {
            origin.to_str().is_ok_and(|origin| allowed.allows(origin))
        }))
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers(names(ALLOW_HEADERS))
        .expose_headers(names(EXPOSE_HEADERS))
        // Pages say themselves what they vary by; everything else is not stored.
        .vary([])
        .max_age(Duration::from_secs(MAX_AGE_SECS))
}
