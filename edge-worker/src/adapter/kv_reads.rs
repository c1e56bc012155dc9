//! Reads of Workers KV, each with its time limit.
//!
//! One callback of the isolate takes all answers. A future of a promise's would make two for each read, a timer's a third, and each
//! of them would be registered with JavaScript's garbage collector and struck off again: more than all else that a hit does.
//! The runtime calls it in the context of the request that reads, as it would those.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;
use worker::js_sys::Uint8Array;

use super::bindings::KvNamespace;
use crate::platform::Unreachable;

#[wasm_bindgen(module = "/src/adapter/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readKv)]
    fn read_kv(
        kv: &KvNamespace,
        key: &str,
        limit_ms: u32,
        answered: &Closure<dyn Fn(u32, JsValue)>,
        id: u32,
    ) -> Result<(), JsValue>;
}

/// The reads under way in this isolate.
pub(super) struct KvReads {
    next_id: Cell<u32>,
    waiting: Rc<RefCell<HashMap<u32, Waiting>>>,
    answered: Closure<dyn Fn(u32, JsValue)>,
}

/// What is under a key.
type Found = Result<Option<Vec<u8>>, Unreachable>;

enum Waiting {
    Asked(Option<Waker>),
    Answered(Found),
}

impl Default for KvReads {
    fn default() -> Self {
        let waiting = Rc::<RefCell<HashMap<u32, Waiting>>>::default();
        let known = Rc::clone(&waiting);
        let answered = Closure::new(move |id, value| answer(&known, id, &value));
        Self { next_id: Cell::default(), waiting, answered }
    }
}

/// Takes an answer, unless there was one or nobody waits for it any more.
fn answer(waiting: &RefCell<HashMap<u32, Waiting>>, id: u32, value: &JsValue) {
    let asked = waiting.borrow_mut().get_mut(&id).and_then(|known| match known {
        Waiting::Asked(waker) => {
            let waker = waker.take();
            *known = Waiting::Answered(found(value));
            waker
        }
        Waiting::Answered(_) => None,
    });
    if let Some(waker) = asked {
        waker.wake();
    }
}

fn found(value: &JsValue) -> Found {
    if value.is_null() {
        return Ok(None);
    }
    value.dyn_ref::<Uint8Array>().map(|bytes| Some(bytes.to_vec())).ok_or(Unreachable)
}

impl KvReads {
    /// What is under a key; an error if KV says nothing within the limit.
    pub(super) async fn read(&self, kv: &KvNamespace, key: &str, limit_ms: u32) -> Found {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        self.waiting.borrow_mut().insert(id, Waiting::Asked(None));
        let answer = Answer { waiting: &self.waiting, id };
        read_kv(kv, key, limit_ms, &self.answered, id).map_err(|_| Unreachable)?;
        answer.await
    }
}

struct Answer<'a> {
    waiting: &'a RefCell<HashMap<u32, Waiting>>,
    id: u32,
}

impl Future for Answer<'_> {
    type Output = Found;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Found> {
        match self.waiting.borrow_mut().get_mut(&self.id) {
            Some(Waiting::Asked(waker)) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            Some(Waiting::Answered(found)) => Poll::Ready(std::mem::replace(found, Err(Unreachable))),
            None => Poll::Ready(Err(Unreachable)),
        }
    }
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        self.waiting.borrow_mut().remove(&self.id);
    }
}
