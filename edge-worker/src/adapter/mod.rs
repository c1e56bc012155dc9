//! The Workers runtime: the one module that knows the `worker` crate. Thin on purpose: what decides is elsewhere.
//!
//! Rules of workerd that it keeps:
//! - A request's I/O (its fetches, timers, promises) belongs to it. One request never awaits another's, and never
//!   wakes another's task by a Rust waker: the task would run in the wrong request. It resolves a JavaScript promise
//!   that the other request made, and the runtime continues that request in its own context
//!   (`handle_cross_request_promise_resolution`, on by default since the compatibility date 2024-10-14). Such a promise is made by
//!   `Promise.withResolvers`, never by `new Promise` (`docs/decisions/0019`).
//! - A request that waits for nothing but such a promise looks hung to the runtime, and is cancelled. So it always
//!   waits with a timer of its own beside it.
//! - Bindings belong to the isolate, and are kept from request to request.
//! - Crossing between WebAssembly and JavaScript is what a hit costs most. `glue.js` has what one needs, each in one crossing: the request,
//!   a read of KV, the response (`docs/decisions/0020`).

mod bindings;
mod generation_ledger;
mod inbound;
mod kv_reads;
mod location_metrics;
mod object_call;
mod origin_fetch;
mod outbound;
mod token_keys;
mod workers;

use std::cell::RefCell;
use std::rc::Rc;

use dto::ApiError;
use dto::answers::AnswerClass;
use wasm_bindgen::prelude::*;
use worker::js_sys::Promise;
use worker::wasm_bindgen_futures::future_to_promise;
use worker::{Context, Env, console_error, web_sys, worker_sys};

use self::bindings::Bindings;
use self::inbound::WebRequest;
use self::outbound::ConstantHeaders;
use self::workers::Workers;
use crate::Edge;
use crate::config::Config;
use crate::http::response::Response;

/// What an isolate keeps from request to request.
#[derive(Clone)]
struct Isolate {
    edge: Rc<Edge>,
    bindings: Rc<Bindings>,
    constants: Rc<ConstantHeaders>,
}

thread_local! {
    static ISOLATE: RefCell<Option<Isolate>> = const { RefCell::new(None) };
}

/// Answers a request.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: Env, context: worker_sys::Context) -> Promise {
    future_to_promise(answer(request, env, Context::new(context)))
}

async fn answer(request: web_sys::Request, env: Env, context: Context) -> Result<JsValue, JsValue> {
    let (response, constants) = match isolate(&env) {
        Ok(Isolate { edge, bindings, constants }) => {
            let location = bindings.location(&request);
            let request = Rc::new(WebRequest::read(request, &bindings.header_names)?);
            let platform = Rc::new(Workers::new(bindings, location, context, Rc::clone(&request)));
            (edge.handle(&platform, &*request).await, constants)
        }
        Err(problem) => {
            console_error!("the Worker is not configured: {}", problem);
            (Response::failure(&ApiError::internal()).sealed(AnswerClass::Unstored), Rc::default())
        }
    };
    outbound::to_web(&response, &constants).map(JsValue::from)
}

/// The isolate's state, made when its first request comes. A Worker that lacks a var or binding names it in a line of
/// its log, and answers 500.
fn isolate(env: &Env) -> Result<Isolate, String> {
    ISOLATE.with_borrow_mut(|isolate| {
        if let Some(isolate) = isolate {
            return Ok(isolate.clone());
        }
        let lookup = |name: &str| env.var(name).ok().map(|value| value.to_string());
        let config = Config::read(lookup).map_err(|error| error.to_string())?;
        let bindings = Rc::new(Bindings::read(env, config.backend_url.clone())?);
        let made = Isolate { edge: Edge::new(config), bindings, constants: Rc::default() };
        *isolate = Some(made.clone());
        Ok(made)
    })
}
