//! The origin's HTTP face, over a source under the test's control.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp, missing_docs)]

mod classes;
mod console;
mod documented;
mod exposition;
mod front;
mod invalidations;
mod limits;
mod live;
mod members;
mod metrics;
mod openapi;
mod refusals;
mod server;
mod signed;
#[path = "../support/mod.rs"]
mod support;
mod system;
mod tokens;
mod trace;
mod trace_export;
mod world;
