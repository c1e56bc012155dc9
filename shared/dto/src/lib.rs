//! The wire types of the HTTP contract, spoken by the edge and by the origin.
//!
//! Success is `{"success": true, "data": …}`, failure is `{"success": false, "error": {…}}` ([`ApiError`]). A page of
//! contacts travels as the bytes that will be sent ([`page`]): a hit renders an opening and a `_cache` object around
//! them and parses nothing.

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

pub use counts::ContactCounts;
pub use envelope::{Success, success};
pub use error::{ApiError, ErrorCode};
pub use timestamp::iso8601_ms;
