//! A request of the runtime.

use futures_util::TryStreamExt as _;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, WritableStream};
use worker::{ByteStream, web_sys};

use crate::http::request::{BodyError, Inbound};

/// A body that is too large is read to its end, and thrown away, if it says that it has at most so many bytes. The
/// runtime closes a connection with an unread body, and a client that is still writing may then miss the answer.
const MAX_DISCARDED_LEN: usize = 4 * 1024 * 1024;

/// A request. Only what is asked for crosses from JavaScript.
pub(super) struct WebRequest(pub(super) web_sys::Request);

impl Inbound for WebRequest {
    fn method(&self) -> String {
        self.0.method()
    }

    fn url(&self) -> String {
        self.0.url()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let declared = self.header("Content-Length").and_then(|length| length.parse::<usize>().ok());
        let Some(body) = self.0.body() else { return Ok(Vec::new()) };
        if declared.is_some_and(|length| length > limit) {
            if declared.is_some_and(|length| length <= MAX_DISCARDED_LEN) {
                discard(&body).await;
            }
            return Err(BodyError::TooLarge);
        }
        let mut stream = ByteStream::from(body);
        let mut bytes = Vec::with_capacity(declared.unwrap_or_default());
        while let Some(chunk) = stream.try_next().await.map_err(|_| BodyError::Broken)? {
            if bytes.len() + chunk.len() > limit {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Has the runtime read a body; none of it comes here.
async fn discard(body: &ReadableStream) {
    if let Ok(nowhere) = WritableStream::new() {
        let _ = JsFuture::from(body.pipe_to(&nowhere)).await;
    }
}
