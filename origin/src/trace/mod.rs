//! Which request this is part of: known wherever its work goes on, without being handed through every function.
//!
//! The middleware `http::observe` opens a context for each request; [`carried`] takes it along into a task of its own. A load that
//! several requests wait for belongs to the one that began it.

pub mod export;
pub mod log_line;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use dto::cache_status::Source;
use dto::trace::{REQUEST_ID, RequestId, TRACEPARENT, TraceContext};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;

use self::export::{Export, Span};

/// What follows requests needs: numbers, and a collector where there is one.
#[derive(Debug, Default)]
pub struct Tracer {
    numbers: RandomNumbers,
    export: Option<Export>,
}

impl Tracer {
    /// Sends spans to a collector.
    #[must_use]
    pub fn exporting(export: Export) -> Self {
        Self { numbers: RandomNumbers::default(), export: Some(export) }
    }

    /// Sends what waits to be sent. The process ends.
    pub fn finish(&self) {
        if let Some(export) = &self.export {
            export.finish();
        }
    }
}

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
    tracer: Arc<Tracer>,
    /// What caused it in another process, and when it came; unset where its spans go nowhere.
    exported: Option<Exported>,
}

#[derive(Debug)]
struct Exported {
    parent: u64,
    began: SystemTime,
}

impl RequestContext {
    /// The context of a request that came with these headers, as far as they are well-formed.
    #[must_use]
    pub fn begin(request_id: Option<&str>, traceparent: Option<&str>, tracer: &Arc<Tracer>) -> Arc<Self> {
        let numbers = &tracer.numbers;
        let parent = traceparent.and_then(TraceContext::parse);
        let trace = match parent {
            Some(parent) => parent.child(numbers.next()),
            None => TraceContext::begin(
                u128::from(numbers.next()) << 64 | u128::from(numbers.next()),
                numbers.next(),
            ),
        };
        let request_id = request_id.and_then(RequestId::parse).unwrap_or_else(|| RequestId::of_trace(&trace));
        let is_exported = tracer.export.as_ref().is_some_and(|export| export.takes(&trace));
        let exported = is_exported.then(|| Exported {
            parent: parent.map_or(0, |parent| parent.ids().1),
            began: SystemTime::now(),
        });
        Arc::new(Self { request_id, trace, tier: OnceLock::new(), tracer: tracer.clone(), exported })
    }

    /// The request was answered: ends its span.
    pub fn answered(&self, method: &'static str, route: &str, status: u16) {
        let (Some(export), Some(exported)) = (&self.tracer.export, &self.exported) else { return };
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
            KeyValue::new("boardcache.request_id", self.request_id.to_string()),
        ];
        attributes.extend(self.tier().map(|tier| KeyValue::new("boardcache.tier", tier.as_str())));
        export.ended(Span {
            place: self.trace,
            parent: exported.parent,
            parent_is_remote: exported.parent != 0,
            kind: SpanKind::Server,
            name: format!("{method} {route}"),
            began: exported.began,
            attributes,
            failed: status >= 500,
        });
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

/// Takes the context of the present task along into another task.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    CONTEXT.scope(current(), work)
}

/// Notes which tier answered the present request.
pub fn answered_by(tier: Source) {
    // Outside of a request there is nobody to tell. The first one holds: a request is answered once.
    let _ = CONTEXT.try_with(|context| context.as_ref().map(|context| context.tier.set(tier)));
}

/// A question to somebody else on behalf of the present request.
#[derive(Debug)]
pub struct Call {
    name: &'static str,
    asked_for: Option<(Arc<RequestContext>, TraceContext)>,
    began: SystemTime,
}

impl Call {
    /// Begins a call. `name` says what is asked, and is one of few.
    #[must_use]
    pub fn begin(name: &'static str) -> Self {
        let asked_for = current().map(|context| {
            let place = context.trace.child(context.tracer.numbers.next());
            (context, place)
        });
        Self { name, asked_for, began: SystemTime::now() }
    }

    /// The headers that take the request's id and trace on; none outside of a request.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        self.asked_for.as_ref().map_or_else(Vec::new, |(context, place)| {
            vec![(TRACEPARENT, place.to_string()), (REQUEST_ID, context.request_id.to_string())]
        })
    }

    /// It was answered with this status, or not at all: ends its span. A call that is given up has none.
    pub fn ended(self, status: Option<u16>) {
        let Some((context, place)) = self.asked_for else { return };
        let Some(export) = context.tracer.export.as_ref().filter(|_| context.exported.is_some()) else {
            return;
        };
        export.ended(Span {
            place,
            parent: context.trace.ids().1,
            parent_is_remote: false,
            kind: SpanKind::Client,
            name: self.name.to_owned(),
            began: self.began,
            attributes: status
                .map(|status| KeyValue::new("http.response.status_code", i64::from(status)))
                .into_iter()
                .collect(),
            failed: status.is_none_or(|status| status >= 400),
        });
    }
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
