//! What one request may take of the process: a head of bounded length, a place among those that are answered, and time to send its body.
//!
//! The head as a whole is bounded by the listener (`server`).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri};
use dto::cache_admin::MAX_BODY_LEN as MAX_SMALL_BODY_LEN;
use dto::invalidate::MAX_BODY_LEN;
use dto::{ApiError, ErrorCode, MAX_HEADER_LEN, MAX_URL_LEN};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;

/// How many requests are answered at once unless something else is configured.
pub const MAX_CONCURRENT_REQUESTS: usize = 1024;
/// How long a body may take from its request's head to its last byte.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many bodies of users are waited for at once: whoever sends theirs slowly keeps other users' from being read, and nothing else.
const SMALL_BODIES_AT_ONCE: usize = 64;
/// How much of a body that is too large is read and thrown away: a client that still sends when the connection is closed does not
/// get to read why.
const MAX_DISCARDED_LEN: usize = 4 * 1024 * 1024;
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

/// What bounds a body, on its way to whoever reads it.
#[derive(Clone)]
struct BodyBounds {
    timeout: Duration,
    small: Arc<Semaphore>,
}

/// The places that requests take.
pub(super) struct Places {
    free: Arc<Semaphore>,
    bodies: BodyBounds,
}

impl Places {
    pub(super) fn new(limits: Limits) -> Self {
        let free = Arc::new(Semaphore::new(limits.max_concurrent_requests));
        let small = Arc::new(Semaphore::new(SMALL_BODIES_AT_ONCE));
        Self { free, bodies: BodyBounds { timeout: limits.body_timeout, small } }
    }

    /// Takes a place for the request, to be held until it is answered, or refuses it at once: a queue would only make all of them late.
    /// `None` where the route needs none.
    pub(super) fn take(
        &self,
        app: &App,
        template: Option<&str>,
    ) -> Result<Option<OwnedSemaphorePermit>, ApiError> {
        if template.is_some_and(|template| EXEMPT.contains(&template)) {
            return Ok(None);
        }
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            app.metrics.requests.shed();
            return Err(ApiError::unavailable("too many requests are being answered"));
        };
        Ok(Some(place))
    }

    /// Notes in a request what bounds its body, if it may have one that is read.
    pub(super) fn bound_body(&self, request: &mut Request) {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            request.extensions_mut().insert(self.bodies.clone());
        }
    }
}

/// Refuses a URL or a header that is too long, before anything reads it.
pub(super) fn bound_head(uri: &Uri, fields: &HeaderMap) -> Result<(), ApiError> {
    if uri.path_and_query().is_some_and(|url| url.as_str().len() > MAX_URL_LEN) {
        return Err(ApiError::uri_too_long());
    }
    if fields.values().any(|value| value.len() > MAX_HEADER_LEN) {
        return Err(ApiError::header_too_large());
    }
    Ok(())
}

/// Reads the body of a service's request, of at most [`MAX_BODY_LEN`]. To be called once it is known that the caller may send one.
pub(super) async fn body(request: Request) -> Result<Vec<u8>, ApiError> {
    let timeout = request.extensions().get().map_or(BODY_TIMEOUT, |bounds: &BodyBounds| bounds.timeout);
    read(request.into_body(), MAX_BODY_LEN, timeout).await
}

/// Reads the body of anybody's request who is known, of at most [`MAX_SMALL_BODY_LEN`].
pub(super) async fn small_body(request: Request) -> Result<Vec<u8>, ApiError> {
    let bounds = request.extensions().get::<BodyBounds>().cloned();
    let (_place, timeout) = match bounds {
        Some(BodyBounds { timeout, small }) => {
            let place = small
                .try_acquire_owned()
                .map_err(|_| ApiError::unavailable("too many bodies are being waited for"))?;
            (Some(place), timeout)
        }
        None => (None, BODY_TIMEOUT),
    };
    read(request.into_body(), MAX_SMALL_BODY_LEN, timeout).await
}

async fn read(body: Body, max_len: usize, timeout: Duration) -> Result<Vec<u8>, ApiError> {
    tokio::time::timeout(timeout, read_all(body, max_len))
        .await
        .unwrap_or(Err(ApiError::body("the body took too long to arrive")))
}

async fn read_all(body: Body, max_len: usize) -> Result<Vec<u8>, ApiError> {
    let mut chunks = body.into_data_stream();
    let (mut read, mut read_len) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::body("the body could not be read"))?;
        read_len += chunk.len();
        if read_len <= max_len {
            read.extend_from_slice(&chunk);
        } else if read_len > MAX_DISCARDED_LEN {
            break;
        }
    }
    if read_len > max_len {
        let message = match max_len {
            MAX_SMALL_BODY_LEN => "the body must have at most 8 KiB",
            _ => "the body must have at most 512 KiB",
        };
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, message));
    }
    Ok(read)
}
