//! Traffic as many workspaces make it, replayed over all tiers, and what it costs.
//!
//! The origin, Redis, PostgREST and PostgreSQL are real, and so is the Worker's logic: [`run()`] holds isolates of it in several
//! locations, natively. What is between them is a model that [`network`] states: how long Workers KV, the ledgers and the way to
//! the origin take. Workers KV is the simulation's [`simulation::kv::model`]. Time is real.
//!
//! - [`scale`] says how much there is, [`contacts`] puts it into PostgreSQL, [`workload`] draws who asks for what.
//! - [`run()`] replays it and gives a [`Tally`].
//! - [`naive`] is given the same [`Trace`] and tells what a plain cache-aside would have made of it.
//! - [`ideal`] tells how much of it any caches could have answered, and of traffic that is denser than this machine can replay; and what traffic that
//!   has gone before would have left in them.
//! - [`prices`] turns use into dollars.

pub mod contacts;
mod edge;
pub mod ideal;
mod kv;
pub mod naive;
pub mod network;
pub mod prices;
mod run;
pub mod scale;
mod tally;
mod trace;
pub mod workload;

pub use run::{MEMBERSHIP_CLAIM, Running, Setting, run};
pub use tally::{Tally, TierTally, Used};
pub use trace::{Event, Trace};
