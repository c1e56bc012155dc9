//! A request of the runtime.
//!
//! Method, URL and the headers that a reader of a page may send come in one string, in one crossing; what else somebody asks for is asked of the runtime.

use std::cell::OnceCell;
use std::ops::Range;

use dto::headers::{CACHE_GENERATION, USER_ID, WORKSPACE_ID};
use futures_util::TryStreamExt as _;
use wasm_bindgen::prelude::*;
use worker::js_sys::Array;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{Headers, ReadableStream, WritableStream};
use worker::{ByteStream, web_sys};

use crate::http::request::{BodyError, Inbound};

/// A body that is too large is read to its end, and thrown away, if it says that it has at most so many bytes. The
/// runtime closes a connection with an unread body, and a client that is still writing may then miss the answer.
const MAX_DISCARDED_LEN: usize = 4 * 1024 * 1024;

/// The headers that come along with every request: those that a read of a page asks for.
const COMING_ALONG: [&str; 6] =
    ["Origin", "Authorization", WORKSPACE_ID, USER_ID, CACHE_GENERATION, "If-None-Match"];

#[wasm_bindgen(module = "/src/adapter/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = describeRequest)]
    fn describe_request(request: &web_sys::Request, names: &Array) -> Result<String, JsValue>;
}

/// The names of the headers that come along, as [`WebRequest::read`] wants them.
pub(super) fn header_names() -> Array {
    COMING_ALONG.into_iter().map(JsValue::from_str).collect()
}

/// A request.
pub(super) struct WebRequest {
    request: web_sys::Request,
    /// What `describeRequest` in `glue.js` says of it.
    lines: String,
    method: Range<usize>,
    url: Range<usize>,
    /// Where the values of [`COMING_ALONG`] are.
    values: [Option<Range<usize>>; COMING_ALONG.len()],
    /// For what did not come along.
    headers: OnceCell<Headers>,
}

impl WebRequest {
    /// Reads it; the body stays where it is.
    pub(super) fn read(request: web_sys::Request, names: &Array) -> Result<Self, JsValue> {
        let lines = describe_request(&request, names)?;
        let mut end = 0;
        let mut next = || {
            let start = end;
            let len = lines.get(start..).map_or(0, |rest| rest.find('\n').unwrap_or(rest.len()));
            end = start + len + 1;
            start..start + len
        };
        let (method, url) = (next(), next());
        let values = COMING_ALONG.map(|_| {
            let line = next();
            (!line.is_empty()).then(|| line.start + 1..line.end)
        });
        Ok(Self { request, method, url, values, lines, headers: OnceCell::new() })
    }

    fn line(&self, range: &Range<usize>) -> String {
        self.lines.get(range.clone()).unwrap_or_default().to_owned()
    }
}

impl Inbound for WebRequest {
    fn method(&self) -> String {
        self.line(&self.method)
    }

    fn url(&self) -> String {
        self.line(&self.url)
    }

    fn header(&self, name: &str) -> Option<String> {
        match COMING_ALONG.iter().position(|known| known.eq_ignore_ascii_case(name)) {
            Some(at) => self.values[at].as_ref().map(|range| self.line(range)),
            None => self.headers.get_or_init(|| self.request.headers()).get(name).ok().flatten(),
        }
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let declared = self.header("Content-Length").and_then(|length| length.parse::<usize>().ok());
        let Some(body) = self.request.body() else { return Ok(Vec::new()) };
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
