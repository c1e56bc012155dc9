//! Redis, and the origin's way of using it.
//!
//! [`server`] is the store with the scripts of `origin/src/shared_tier/redis/*.lua` in Rust; [`tier`] and [`push`] keep
//! to `mod.rs`, `link.rs` and `push.rs` there step by step: what is asked when, in which order, what an error discards.

pub(crate) mod push;
pub(crate) mod server;
pub(crate) mod tier;
