//! The description of the public routes, `GET /openapi.json`: `OpenAPI` 3.1, made of the types that are sent and of the bounds that are
//! checked, so that it cannot say something else than what is done. `docs` shows it to people.
//!
//! A route is described in `operations`; a test holds the description against the router's routes, and the end-to-end tests send
//! thousands of requests made from it. The routes between the tiers are nobody else's and not in it.

mod bodies;
pub mod docs;
mod failures;
mod headers;
mod operation;
mod operations;
mod parameters;
mod schemas;
mod security;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, PathsBuilder, Server,
};

/// The document, rendered once.
static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default().into());

/// `GET /openapi.json`.
pub async fn json() -> Response {
    let mut response = DOCUMENT.clone().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The description of every public route.
#[must_use]
pub fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("boardcache: origin")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Contacts of boards, their messages and counts, behind a cache that knows what it may serve. Failures are \
             `{\"success\": false, \"error\": {…}}` everywhere. Unknown query parameters are ignored; a known one is given once.",
        ))
        .license(Some(License::new("MIT OR Apache-2.0")));
    let components = ComponentsBuilder::new();
    let components = security::add_to(failures::add_to(schemas::add_to(components)));
    let paths = operations::all()
        .into_iter()
        .fold(PathsBuilder::new(), |paths, described| paths.path(described.path, described.into_item()));
    OpenApiBuilder::new()
        .info(info.build())
        // Wherever this document was read from.
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

#[cfg(test)]
mod tests;
