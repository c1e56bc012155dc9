//! Asking the origin by `fetch`. Redirects are not followed, or the reader's token would go with them.

use wasm_bindgen::{JsCast as _, JsValue};
use worker::js_sys::{self, ArrayBuffer, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{
    AbortController, Headers, RequestCache, RequestInit, RequestRedirect, Response, WorkerGlobalScope,
};

use crate::platform::{ORIGIN_HEADERS, OriginRequest, OriginResponse};

/// Asks; dropped before it ends, it abandons the request.
pub(super) async fn fetch(backend_url: &str, request: OriginRequest) -> worker::Result<OriginResponse> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.append(name, value)?;
    }
    let controller = AbortController::new()?;
    let signal = controller.signal();
    let mut abandon = AbandonOnDrop(Some(controller));
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_headers_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&signal));
    if let Some(body) = &request.body {
        init.set_body_opt_u8_array(Some(&Uint8Array::from(body.as_slice())));
    }

    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let url = format!("{backend_url}{}", request.target);
    let response: Response =
        JsFuture::from(global.fetch_with_str_and_init(&url, &init)).await?.unchecked_into();
    let known = response.headers();
    let mut headers = Vec::with_capacity(ORIGIN_HEADERS.len());
    for name in ORIGIN_HEADERS {
        if let Some(value) = known.get(name)? {
            headers.push((name, value));
        }
    }
    let body: JsValue = JsFuture::from(response.array_buffer()?).await?;
    let body = Uint8Array::new(&ArrayBuffer::from(body)).to_vec();
    abandon.0 = None;
    Ok(OriginResponse { status: response.status(), headers, body })
}

/// Ends a request that nobody waits for any more.
pub(super) struct AbandonOnDrop(pub(super) Option<AbortController>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
