//! Installs what a fresh clone lacks. Each part looks first and does nothing when all is there.

pub mod apt;
pub mod npm;
pub mod python;
pub mod rust;
