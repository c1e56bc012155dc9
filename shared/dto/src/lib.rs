//! The wire types of the HTTP contract, spoken by the edge and by the origin.
//!
//! Success is `{"success": true, "data": …}`, failure is `{"success": false, "error": {…}}` ([`ApiError`]). A page of
//! contacts travels as the bytes that will be sent ([`page`]): a hit renders an opening and a `_cache` object around
//! them and parses nothing.

pub mod answers;
pub mod cache_admin;
pub mod cache_status;
pub mod conditional;
pub mod cors;
mod counts;
mod envelope;
mod error;
pub mod headers;
pub mod internal;
pub mod invalidate;
#[cfg(feature = "openapi")]
mod openapi;
pub mod page;
pub mod settings;
mod timestamp;
pub mod trace;
pub mod worker_status;

/// The longest accepted path and query, in bytes, at both tiers.
pub const MAX_URL_LEN: usize = 8 * 1024;
/// The longest accepted value of one header, in bytes, at both tiers: twice the longest token.
pub const MAX_HEADER_LEN: usize = 2 * identity::MAX_TOKEN_LEN;
/// The period in which requests are counted against a limit, in seconds: `wrangler.toml` says the same, and whoever is refused is told to
/// come again after it.
pub const RATE_LIMIT_PERIOD_SECS: u32 = 10;

pub use counts::ContactCounts;
pub use envelope::{Success, success};
pub use error::{ApiError, ErrorCode};
pub use timestamp::iso8601_ms;
