//! What this isolate counts, and how it tells the location.
//!
//! A second after something was counted the sum is sent, once for all that happened in between. It is sent in the
//! background of the request that counted first. Figures are lost with an isolate that is thrown out, and counted twice
//! when the location had them and its answer was lost: they are for looking at, not for billing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Counter, Figures};
use crate::platform::{Platform, Unreachable, within};

/// How long figures wait to be sent, in milliseconds.
const FLUSH_AFTER_MS: u64 = 1000;
/// How long sending may take, in milliseconds. After that and the wait, the sender is taken for lost.
const FLUSH_TIMEOUT_MS: u64 = 3000;

/// The isolate's figures that the location does not have yet.
#[derive(Default)]
pub(crate) struct Recorder {
    unsent: RefCell<Figures>,
    /// When the flush that is under way was scheduled.
    scheduled_at_ms: Cell<Option<u64>>,
}

impl Recorder {
    pub(crate) fn count(&self, counter: Counter) {
        self.unsent.borrow_mut().count(counter);
    }

    pub(crate) fn record_latency(&self, ms: u64) {
        self.unsent.borrow_mut().record_latency(ms);
    }

    /// Has the figures sent soon, unless that is under way already.
    pub(crate) fn flush_soon<P: Platform>(self: &Rc<Self>, platform: &Rc<P>) {
        let now_ms = platform.now_ms();
        let under_way = self.scheduled_at_ms.get().is_some_and(|scheduled_at_ms| {
            now_ms.saturating_sub(scheduled_at_ms) < FLUSH_AFTER_MS + FLUSH_TIMEOUT_MS
        });
        if under_way || self.unsent.borrow().is_empty() {
            return;
        }
        self.scheduled_at_ms.set(Some(now_ms));
        let (recorder, background) = (Rc::clone(self), Rc::clone(platform));
        platform.in_background(Box::pin(async move {
            background.sleep(FLUSH_AFTER_MS).await;
            recorder.scheduled_at_ms.set(None);
            let _ = recorder.flush(&*background).await;
        }));
    }

    /// Sends the figures and returns the location's.
    pub(crate) async fn flush<P: Platform>(&self, platform: &P) -> Result<Figures, Unreachable> {
        let news = self.unsent.take();
        let sum = within(platform, FLUSH_TIMEOUT_MS, platform.add(platform.location(), &news)).await;
        let sum = sum.unwrap_or(Err(Unreachable));
        if sum.is_err() {
            self.unsent.borrow_mut().add(&news);
        }
        sum
    }
}
