//! A response of the runtime: one crossing, one copy of the body.
//!
//! Most headers of a response are constants of this program, and there are few different sets of them. The runtime is given each
//! set once.

use std::borrow::Cow;
use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use worker::web_sys::{self, Headers};

use crate::http::response::Response;

/// How many sets are kept: a route has one or two for each status.
const MAX_SETS: usize = 32;

#[wasm_bindgen(module = "/src/adapter/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = headersOf)]
    fn headers_of(lines: &str) -> Result<Headers, JsValue>;

    #[wasm_bindgen(catch, js_name = makeResponse)]
    fn make_response(
        status: u16,
        constant: &Headers,
        lines: &str,
        body: &[u8],
    ) -> Result<web_sys::Response, JsValue>;
}

/// The sets of constant headers that the runtime was given.
#[derive(Default)]
pub(super) struct ConstantHeaders(RefCell<Vec<(Vec<Constant>, Headers)>>);

/// A header of which name and value are the program's own.
type Constant = (&'static str, &'static str);

impl ConstantHeaders {
    fn given(&self, set: Vec<Constant>) -> Result<Headers, JsValue> {
        if let Some((_, headers)) = self.0.borrow().iter().find(|(known, _)| *known == set) {
            return Ok(headers.clone());
        }
        let mut lines = String::new();
        for (name, value) in &set {
            push(&mut lines, name, value)?;
        }
        let headers = headers_of(&lines)?;
        let mut sets = self.0.borrow_mut();
        if sets.len() == MAX_SETS {
            sets.remove(0);
        }
        sets.push((set, headers.clone()));
        Ok(headers)
    }
}

/// Hands a response to the runtime.
pub(super) fn to_web(response: &Response, constants: &ConstantHeaders) -> Result<web_sys::Response, JsValue> {
    let mut set = Vec::with_capacity(response.headers.len());
    let mut lines = String::with_capacity(256);
    for (name, value) in &response.headers {
        match value {
            Cow::Borrowed(value) => set.push((*name, *value)),
            Cow::Owned(value) => push(&mut lines, name, value)?,
        }
    }
    make_response(response.status, &constants.given(set)?, &lines, &response.body)
}

/// A line feed would begin another header. The runtime takes none either.
fn push(lines: &mut String, name: &str, value: &str) -> Result<(), JsValue> {
    if value.contains('\n') {
        return Err(JsValue::from_str("a header holds a line feed"));
    }
    for part in [name, "\n", value, "\n"] {
        lines.push_str(part);
    }
    Ok(())
}
