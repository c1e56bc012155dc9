//! Which request this is part of: known wherever its work goes on, without being handed through every function.
//!
//! The middleware `http::observe` opens a context for each request; [`carried`] takes it along into a task of its own. A load that
//! several requests wait for belongs to the one that began it.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use dto::cache_status::Source;
use dto::trace::{REQUEST_ID, RequestId, TRACEPARENT, TraceContext};
use tracing::Instrument as _;

tokio::task_local! {
    static CONTEXT: Option<Arc<RequestContext>>;
}

/// What is known of a request wherever its work goes on.
#[derive(Debug)]
pub struct RequestContext {
    /// Its id.
    pub request_id: RequestId,
    /// Its own place in its trace.
    pub trace: TraceContext,
    /// The tier that answered.
    tier: OnceLock<Source>,
    numbers: Arc<RandomNumbers>,
}

impl RequestContext {
    /// The context of a request that came with these headers, as far as they are well-formed.
    #[must_use]
    pub fn begin(
        request_id: Option<&str>,
        traceparent: Option<&str>,
        numbers: &Arc<RandomNumbers>,
    ) -> Arc<Self> {
        let trace = match traceparent.and_then(TraceContext::parse) {
            Some(parent) => parent.child(numbers.next()),
            None => TraceContext::begin(
                u128::from(numbers.next()) << 64 | u128::from(numbers.next()),
                numbers.next(),
            ),
        };
        let request_id = request_id.and_then(RequestId::parse).unwrap_or_else(|| RequestId::of_trace(&trace));
        Arc::new(Self { request_id, trace, tier: OnceLock::new(), numbers: numbers.clone() })
    }

    /// The tier that answered, once one has.
    #[must_use]
    pub fn tier(&self) -> Option<Source> {
        self.tier.get().copied()
    }
}

/// Runs the work of a request in its context.
pub async fn within<T>(context: Arc<RequestContext>, work: impl Future<Output = T>) -> T {
    CONTEXT.scope(Some(context), work).await
}

/// Takes the context of the present task, and its span, along into another task.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    CONTEXT.scope(current(), work).in_current_span()
}

/// Notes which tier answered the present request.
pub fn answered_by(tier: Source) {
    if let Some(context) = current() {
        // The first one holds: a request is answered once.
        let _ = context.tier.set(tier);
    }
}

/// The headers that take the present request's id and trace on to whoever is asked on its behalf.
#[must_use]
pub fn onward() -> Vec<(&'static str, String)> {
    current().map_or_else(Vec::new, |context| {
        let trace = context.trace.child(context.numbers.next());
        vec![(TRACEPARENT, trace.to_string()), (REQUEST_ID, context.request_id.to_string())]
    })
}

fn current() -> Option<Arc<RequestContext>> {
    CONTEXT.try_with(Clone::clone).ok().flatten()
}

/// Numbers that nobody can foresee and that do not repeat: a counter, hashed with the keys that the standard library draws for the
/// process.
#[derive(Debug, Default)]
pub struct RandomNumbers {
    keys: RandomState,
    count: AtomicU64,
}

impl RandomNumbers {
    /// The next number.
    pub fn next(&self) -> u64 {
        self.keys.hash_one(self.count.fetch_add(1, Ordering::Relaxed))
    }
}
