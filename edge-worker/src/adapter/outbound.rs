//! A response of the runtime.

use worker::js_sys::Uint8Array;
use worker::web_sys::{self, Headers, ResponseInit};

use crate::http::response::Response;

/// Hands a response to the runtime: one `Headers`, one copy of the body.
pub(super) fn to_web(response: &Response) -> worker::Result<web_sys::Response> {
    let headers = Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(response.status);
    init.set_headers_headers(&headers);
    // 204 and 304 must not have a body, not even an empty one.
    let body = (!response.body.is_empty()).then(|| Uint8Array::from(response.body.as_slice()));
    Ok(web_sys::Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)?)
}
