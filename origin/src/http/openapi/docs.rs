//! `GET /docs/`: a page that shows the document to people. All of it is in the binary; the page's policy has the browser load nothing from
//! anywhere else, and lets no other site show it in a frame.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use dto::ApiError;
use utoipa_swagger_ui::Config;

use crate::http::errors::Failure;
use crate::http::gzip;
use crate::http::path::InPath;

/// The viewer sets styles on its elements and shows its pictures from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The files change with the binary alone.
const FILE_CACHE_CONTROL: &str = "public, max-age=3600";

/// Where the page finds the document: beside the folder that it is in, whatever stands in front of both.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::new(["../openapi.json"]).validator_url("none")));

/// `GET /docs`: the page's files are found from within its folder.
pub async fn folder() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "docs/")]).into_response()
}

/// `GET /docs/`.
pub async fn page(request: HeaderMap) -> Result<Response, Failure> {
    file("index.html", &request)
}

/// `GET /docs/{file}`: what the page is made of.
pub async fn part(InPath(name): InPath, request: HeaderMap) -> Result<Response, Failure> {
    file(&name, &request)
}

fn file(name: &str, request: &HeaderMap) -> Result<Response, Failure> {
    let found = utoipa_swagger_ui::serve(name, CONFIG.clone()).map_err(|_| ApiError::internal())?;
    let found = found.ok_or_else(ApiError::no_route)?;
    let content_type = HeaderValue::from_str(&found.content_type).map_err(|_| ApiError::internal())?;
    let is_gzipped = found.gzpipped && gzip::is_taken(request);
    let bytes = match found.bytes {
        bytes if found.gzpipped && !is_gzipped => gzip::expand(&bytes).map_err(|_| ApiError::internal())?,
        bytes => bytes.into_owned(),
    };
    let mut response = Bytes::from(bytes).into_response();
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, content_type);
    fields.insert(VARY, HeaderValue::from_static("Accept-Encoding, Origin"));
    if is_gzipped {
        fields.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    fields.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static(FILE_CACHE_CONTROL));
    Ok(response)
}
