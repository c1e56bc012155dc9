//! The KV tier: the same bytes, shared by the isolates of all locations.
//!
//! KV may take a minute or more to spread a value, caches that it has nothing under a key, and refuses more than one
//! write a second to a key. None of it matters for truth: an old value is recognised by its stamp. KV failing costs
//! hits, never a read.

use std::rc::Rc;

use cache_key::CacheKey;

use super::page::StoredPage;
use crate::metrics::Counter;
use crate::metrics::recorder::Recorder;
use crate::platform::{Platform, within};

/// How long KV is waited for, in milliseconds, before the origin is asked instead.
const READ_TIMEOUT_MS: u32 = 1000;
/// How long a write may take, in milliseconds.
const WRITE_TIMEOUT_MS: u64 = 10_000;
/// The shortest expiration that KV takes, in seconds.
const MIN_EXPIRATION_SECS: u64 = 60;

/// Looks a key up. What is not an entry of this key is a miss.
pub(crate) async fn look_up<P: Platform>(
    platform: &P,
    recorder: &Recorder,
    key: &CacheKey,
) -> Option<Rc<StoredPage>> {
    let Ok(found) = platform.get(key.as_str(), READ_TIMEOUT_MS).await else {
        recorder.count(Counter::KvErrors);
        return None;
    };
    match StoredPage::read(found?, key) {
        Ok(page) => Some(Rc::new(page)),
        Err(unusable) => {
            if unusable.breaks_the_seal() {
                recorder.count(Counter::SealAlarms);
                platform.warn(&format!("seal alarm in KV: {unusable} ({:?})", key.digest()));
            }
            None
        }
    }
}

/// Stores a page after the response.
pub(crate) fn store_in_background<P: Platform>(
    platform: &Rc<P>,
    recorder: &Rc<Recorder>,
    key: &CacheKey,
    page: &Rc<StoredPage>,
) {
    let (later, recorder, key, page) =
        (Rc::clone(platform), Rc::clone(recorder), key.clone(), Rc::clone(page));
    platform.in_background(Box::pin(async move {
        let expiration_secs = page.keep_secs(later.now_ms()).max(MIN_EXPIRATION_SECS);
        let put = later.put(key.as_str(), page.bytes(), expiration_secs);
        if !matches!(within(&*later, WRITE_TIMEOUT_MS, put).await, Some(Ok(()))) {
            recorder.count(Counter::KvErrors);
        }
    }));
}
