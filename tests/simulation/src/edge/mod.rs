//! The edge: the real Worker logic in isolates that come and go, over the simulated platform.

pub(crate) mod fleet;
pub(crate) mod platform;
pub(crate) mod request;
