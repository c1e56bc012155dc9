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

mod bindings;
mod generation_ledger;
mod inbound;
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
use worker::web_sys;
use worker::{Context, Env, console_error, event};

use self::bindings::Bindings;
use self::inbound::WebRequest;
use self::workers::Workers;
use crate::Edge;
use crate::config::Config;
use crate::http::response::Response;

/// What an isolate keeps from request to request.
#[derive(Clone)]
struct Isolate {
    edge: Rc<Edge>,
    bindings: Rc<Bindings>,
}

thread_local! {
    static ISOLATE: RefCell<Option<Isolate>> = const { RefCell::new(None) };
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let response = match isolate(&env) {
        Ok(isolate) => {
            let location = isolate.bindings.location(&request);
            // The handle: the method `clone` of JavaScript would split the body.
            let handle = Clone::clone(&request);
            let platform = Rc::new(Workers::new(isolate.bindings, location, context, handle));
            isolate.edge.handle(&platform, &WebRequest(request)).await
        }
        Err(problem) => {
            console_error!("the Worker is not configured: {}", problem);
            Response::failure(&ApiError::internal()).sealed(AnswerClass::Unstored)
        }
    };
    outbound::to_web(&response)
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
        let made = Isolate { edge: Edge::new(config), bindings };
        *isolate = Some(made.clone());
        Ok(made)
    })
}
