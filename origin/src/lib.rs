//! The axum origin: memory, Redis and contact sources behind one cache pipeline.

pub mod app;
mod bounded;
pub mod cache;
pub mod change_feed;
pub mod clock;
pub mod config;
pub mod http;
pub mod leaky;
pub mod live;
pub mod metrics;
pub mod outbox;
pub mod popularity;
pub mod readiness;
pub mod resources;
pub mod server;
pub mod shared_tier;
pub mod source;
pub mod tokens;
pub mod trace;
pub mod unique;
pub mod warming;
