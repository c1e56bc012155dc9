//! What the Worker needs from where it runs, as small traits: a clock, Workers KV, the generation ledger, the origin,
//! the keys of tokens, the location's metrics, and work in the background.
//!
//! Real: `adapter`, on Workers. In tests and in the simulation: memory and virtual time. Futures are not `Send`: an
//! isolate has one thread.
//!
//! On Workers an object that does I/O belongs to the request that made it, and no other request may touch it. So a
//! [`Platform`] is made for each request, and one request waits for another's work by a [`Background::bell`] alone.

#![allow(async_fn_in_trait, reason = "an isolate has one thread, so no future needs to be Send")]

use coherence::View;
use futures_util::future::{Either, LocalBoxFuture, select};
use identity::SignatureCheck;
use ids::WorkspaceId;

use crate::metrics::{DataPoint, Figures};
use crate::trace::RequestTrace;

/// Time, in milliseconds since the Unix epoch. On Workers it advances only when I/O ends.
pub trait Clock {
    /// The time.
    fn now_ms(&self) -> u64;

    /// Waits.
    async fn sleep(&self, ms: u64);
}

/// Wakes a request that waits for another request's work. May be rung from any request of the isolate.
pub type Bell = Box<dyn FnOnce()>;

/// Work that goes on after the response, and waiting for it.
pub trait Background {
    /// Runs `work` on this request's account, also after its response was sent or its client went away. Work may be
    /// cut off without notice; nothing that must happen may depend on it.
    fn in_background(&self, work: LocalBoxFuture<'static, ()>);

    /// A bell, and what ends when it is rung. The future belongs to this request; the bell may be given away.
    fn bell(&self) -> (Bell, LocalBoxFuture<'static, ()>);
}

/// A line for the operator. Never personal data.
pub trait Log {
    /// Something that somebody should look at.
    fn warn(&self, line: &str);
}

/// Something that the edge asked did not answer in a way that can be used. Why is for the platform to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no usable answer")]
pub struct Unreachable;

/// Workers KV: eventually consistent, which is why a value is believed by its stamp alone.
pub trait Kv {
    /// The bytes under a key; an error also where there is no answer after `limit_ms`.
    async fn get(&self, key: &str, limit_ms: u32) -> Result<Option<Vec<u8>>, Unreachable>;

    /// Stores bytes that expire after so many seconds (at least 60).
    async fn put(&self, key: &str, value: &[u8], expiration_ttl_secs: u64) -> Result<(), Unreachable>;
}

/// The generation ledger: the authority at the edge, one for each workspace.
pub trait Ledger {
    /// All that the workspace's ledger has recorded.
    async fn view(&self, workspace: &WorkspaceId) -> Result<View, Unreachable>;

    /// Records the invalidation of the tags of `news`: each rises to its generation there, and in any case above what
    /// the ledger held. When it returns `Ok` that is durable; the answer is the generations that came of it, which may
    /// be later than those of `news`. The workspace's is among them where it speaks for tags that are not kept apart.
    async fn record(&self, workspace: &WorkspaceId, news: &View) -> Result<View, Unreachable>;
}

/// A request to the origin, below the path `BACKEND_URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path with its query, from its first `/`.
    pub target: String,
    /// Headers, the signature among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body of a `POST`.
    pub body: Option<Vec<u8>>,
}

/// The origin's answer, of any status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginResponse {
    /// The HTTP status.
    pub status: u16,
    /// Those of [`ORIGIN_HEADERS`] that it has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The headers of an origin's answer that the edge reads.
pub const ORIGIN_HEADERS: [&str; 5] = [
    "Content-Type",
    "Cache-Control",
    dto::headers::CACHE_SOURCE,
    dto::headers::CACHE_OUTCOME,
    dto::headers::CACHE_STATUS,
];

impl OriginResponse {
    /// A header of [`ORIGIN_HEADERS`].
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The origin. Dropping the future abandons the request.
pub trait Origin {
    /// Asks; any HTTP answer is `Ok`.
    async fn ask(&self, request: OriginRequest) -> Result<OriginResponse, Unreachable>;
}

/// The project's public keys for tokens, and the runtime's means to check signatures with them.
pub trait TokenKeys {
    /// What is published at `url`: a JSON Web Key Set, of at most so many bytes.
    async fn key_set(&self, url: &str, limit: usize) -> Result<Vec<u8>, Unreachable>;

    /// Whether the key made the signature. What cannot be checked is not genuine.
    async fn is_genuine(&self, check: &SignatureCheck) -> bool;
}

/// Adds up the figures of all isolates of a location.
pub trait LocationFigures {
    /// Adds `news` to the location's figures and returns their sum.
    async fn add(&self, location: &str, news: &Figures) -> Result<Figures, Unreachable>;
}

/// What a request is counted against before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Allowance {
    /// The requests of one user, whatever they are about.
    User,
    /// The requests of all members of one workspace.
    Workspace,
}

/// All of it, for one request.
pub trait Platform:
    Clock + Background + Log + Kv + Ledger + Origin + TokenKeys + LocationFigures + 'static
{
    /// The location's code: `LAX`; `DEV` where there is none.
    fn location(&self) -> &str;

    /// Writes a data point where somebody collects them. It must not be waited for.
    fn write_data_point(&self, _point: &DataPoint) {}

    /// Takes one request from the allowance of a user or a workspace, and says whether there was one left. Everybody has one left where
    /// nobody counts, and where the counter fails: it is there to keep one from taking all, not to keep secrets.
    async fn admits(&self, _allowance: Allowance, _whose: &str) -> bool {
        true
    }

    /// The request's trace, for what is asked on its behalf. Asked for only when something is.
    fn trace(&self) -> Option<&RequestTrace> {
        None
    }
}

/// Runs `work` for at most so long; `None` when the time ran out, and then `work` is dropped.
pub async fn within<T>(clock: &impl Clock, ms: u64, work: impl Future<Output = T>) -> Option<T> {
    match select(std::pin::pin!(work), std::pin::pin!(clock.sleep(ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}
