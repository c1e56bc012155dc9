//! The edge's tiers: the memory of the isolate, and Workers KV behind it. They keep entries; whether one may be served
//! is judged by `read`.

pub(crate) mod kv;
pub(crate) mod memory;
pub(crate) mod page;
