//! The origin's processes: the real router, cache, views, memberships and outbox over the simulated world.

pub(crate) mod edge_ledger;
pub(crate) mod life;
pub(crate) mod process;
