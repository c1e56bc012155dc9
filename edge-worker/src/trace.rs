//! What follows a request to the origin: its trace and its id.

use dto::trace::{REQUEST_ID, RequestId, TRACEPARENT, TraceContext};

/// The header by which Cloudflare names a request: `8f2c1e9b5a7d4c3e-LAX`.
pub const CF_RAY: &str = "CF-Ray";

/// The trace and the id of a request at the edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTrace {
    trace: TraceContext,
    request_id: RequestId,
}

impl RequestTrace {
    /// Continues the trace that the browser has begun, or begins one. `ray` is Cloudflare's name for the request; both are believed only if
    /// they are well-formed. `random` gives numbers that do not repeat.
    pub fn of(traceparent: Option<&str>, ray: Option<&str>, mut random: impl FnMut() -> u64) -> Self {
        let trace = match traceparent.and_then(TraceContext::parse) {
            Some(parent) => parent.child(random()),
            None => TraceContext::begin(u128::from(random()) << 64 | u128::from(random()), random()),
        };
        let request_id = ray.and_then(RequestId::parse).unwrap_or_else(|| RequestId::of_trace(&trace));
        Self { trace, request_id }
    }

    /// The headers that take it on.
    pub(crate) fn headers(&self) -> [(&'static str, String); 2] {
        [(TRACEPARENT, self.trace.to_string()), (REQUEST_ID, self.request_id.to_string())]
    }
}
