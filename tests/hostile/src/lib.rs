//! Hostile requests, generated, and what is held against the answers.
//!
//! A group of cases is a module: what is tried, on which tier, by whom. [`leak`] knows every row of the demo data and finds those of a workspace whose
//! reader may not see them, wherever in an answer they stand. [`wire`] sends bytes, since no HTTP client would send most of this.
//!
//! What it must never do: aim at anything but the servers that a test has started on this machine.

#![allow(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "nobody but tests calls these"
)]
#![allow(clippy::too_many_lines, reason = "what is tried stands in lists, which are no better in pieces")]

pub mod bodies;
pub mod case;
pub mod crossing;
pub mod deception;
pub mod injection;
pub mod leak;
pub mod leaky_origin;
pub mod mixed_kv;
pub mod poisoning;
pub mod public_keys;
pub mod run;
pub mod smuggling;
pub mod store;
pub mod target;
pub mod tokens;
pub mod wire;
