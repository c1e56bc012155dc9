//! Deterministic simulation: the edge's and the origin's own logic in one run from one seed.
//!
//! [`run()`] makes a small world (three locations with isolates that come and go, Workers KV with its slow spread, generation
//! ledgers, two origins, Redis, a source), lets writers and readers loose on it while parts of it fail, and checks every
//! answer against what was acknowledged. Time is virtual, there is one thread, and all randomness comes from the seed:
//! the same seed gives the same run, event for event. `docs/coherence/simulation.md` says what is real and what is not.
//!
//! Nothing here may read a clock of the machine, start a thread inside a run, or iterate over a hash map where the order
//! could be seen.

mod cache_aside;
mod clock;
mod edge;
mod fault;
mod journal;
pub mod kv;
mod ledger;
mod loads;
mod nemesis;
mod network;
mod oracle;
mod origin;
mod places;
mod random;
mod redis;
mod run;
mod scenario;
mod source;
mod sweep;
mod system;
mod workload;
mod world;

pub use crate::edge::platform::bell;
pub use crate::edge::request::EdgeRequest;
pub use crate::fault::{Fault, FaultCounts};
pub use crate::journal::{Tally, Violation};
pub use crate::run::{Outcome, Variant, run};
pub use crate::sweep::{Failure, Sweep, sweep};
