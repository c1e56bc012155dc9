//! Cross-origin access: by list. A `*` stands for one or more characters within one label of a host, for preview
//! deployments: `https://*.preview.example.com`.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The layer for these allowed origins.
pub fn layer(allowed_origins: &[String]) -> CorsLayer {
    let allowed = allowed_origins.to_vec();
    let names =
        |names: &[&'static str]| names.iter().map(|name| HeaderName::from_static(name)).collect::<Vec<_>>();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin: &HeaderValue, _| {
            origin
                .to_str()
                .is_ok_and(|origin| allowed.iter().any(|pattern| dto::cors::allows(pattern, origin)))
        }))
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers(names(dto::cors::ALLOWED_HEADERS))
        .expose_headers(names(dto::cors::EXPOSED_HEADERS))
        // Pages say themselves what they vary by; everything else is not stored.
        .vary([])
        .max_age(Duration::from_secs(dto::cors::MAX_AGE_SECS))
}
