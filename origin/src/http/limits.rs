//! What one request may take of the process: a place among those that are answered, and time to send its body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use dto::{ApiError, ErrorCode};
use tokio::sync::Semaphore;

use super::errors::Failure;
use crate::app::App;

/// How many requests are answered at once unless something else is configured.
pub const MAX_CONCURRENT_REQUESTS: usize = 1024;
/// How long a body may take from its request's head to its last byte.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Always answered: whoever asks wants to know how the process does under load.
const EXEMPT: [&str; 3] = ["/health", "/ready", "/metrics"];

/// The bounds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many requests are answered at once. One more is refused, to be tried again.
    pub max_concurrent_requests: usize,
    /// How long a body may take.
    pub body_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_concurrent_requests: MAX_CONCURRENT_REQUESTS, body_timeout: BODY_TIMEOUT }
    }
}

/// How long a body may take, on its way to whoever reads it.
#[derive(Clone, Copy)]
struct BodyTimeout(Duration);

/// The places that requests take.
#[derive(Clone)]
pub(super) struct Places {
    app: Arc<App>,
    free: Arc<Semaphore>,
    body_timeout: BodyTimeout,
}

impl Places {
    pub(super) fn new(app: Arc<App>, limits: Limits) -> Self {
        let free = Arc::new(Semaphore::new(limits.max_concurrent_requests));
        Self { app, free, body_timeout: BodyTimeout(limits.body_timeout) }
    }
}

/// Takes a place for the request, or refuses it at once: a queue would only make all of them late.
pub(super) async fn take_place(State(places): State<Places>, mut request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if template.is_some_and(|template| EXEMPT.contains(&template)) {
        return next.run(request).await;
    }
    let Ok(_place) = places.free.try_acquire() else {
        places.app.metrics.requests.shed();
        return Failure(ApiError::unavailable("too many requests are being answered")).into_response();
    };
    request.extensions_mut().insert(places.body_timeout);
    next.run(request).await
}

/// Reads the body of a request. To be called once it is known that the caller may send one.
pub(super) async fn body(request: Request) -> Result<Bytes, ApiError> {
    let BodyTimeout(patience) =
        request.extensions().get::<BodyTimeout>().copied().unwrap_or(BodyTimeout(BODY_TIMEOUT));
    let read = Bytes::from_request(request, &());
    let read = tokio::time::timeout(patience, read).await;
    let read = read.map_err(|_| ApiError::body("the body took too long to arrive"))?;
    read.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(ErrorCode::PayloadTooLarge, "the body must have at most 512 KiB")
        }
        _ => ApiError::body("the body could not be read"),
    })
}
