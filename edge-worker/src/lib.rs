//! The edge Worker: answers board pages from memory and Workers KV, and asks the origin for what it lacks.
//!
//! Everything that decides is plain Rust over the small traits of [`platform`], so that it compiles and is tested
//! natively and runs inside a simulation. `adapter` alone knows the Workers runtime; it exists on `wasm32` only.
//!
//! How a request travels: [`Edge::handle`] → [`http`] (route, method, CORS) → `read` (who asks, may they, which tier
//! has it) or `invalidate` or `status`.
//!
//! What the edge must never do: look anything up before the caller's identity and membership are verified; serve a
//! page that an invalidation it could have heard of has overtaken; store an error or an answer marked `no-store`; put
//! personal data into a log line or a metric.
//!
//! Everything is single-threaded: state lives in `Rc` and `RefCell`, and no borrow is held across an `await`.

pub mod config;
pub mod http;
pub mod ledger_book;
pub mod metrics;
pub mod platform;
pub mod trace;

mod edge;
mod failure;
mod generations;
mod invalidate;
mod membership;
mod origin;
mod read;
mod single_flight;
mod status;
mod tiers;
mod tokens;

#[cfg(target_arch = "wasm32")]
mod adapter;

#[cfg(test)]
mod identity_cost;
#[cfg(test)]
#[path = "../tests/world/mod.rs"]
#[allow(unreachable_pub, missing_docs, reason = "it is a test's")]
mod world;

/// The world of the tests knows this crate by its name.
#[cfg(test)]
extern crate self as edge_worker;

pub use edge::Edge;
