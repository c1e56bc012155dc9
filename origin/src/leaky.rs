//! Switches that take the defences of a workspace's rows away, one by one, for the one test that shows that the hostile suite would see it.
//!
//! They exist with the feature `leaky-for-tests` alone, are off until a test turns them on, and do not compile into an optimised build. No configuration
//! reaches them.

use identity::Role;

#[cfg(all(feature = "leaky-for-tests", not(debug_assertions)))]
compile_error!("leaky-for-tests takes defences away: it is for debug builds alone");

/// The switches.
#[cfg(feature = "leaky-for-tests")]
pub mod switches {
    use std::sync::atomic::AtomicBool;

    /// Whether everybody counts as a member of every workspace.
    pub static WORKSPACE_CHECK_IS_OFF: AtomicBool = AtomicBool::new(false);
    /// Whether an entry is served wherever it is found.
    pub static SEAL_IS_OFF: AtomicBool = AtomicBool::new(false);
}

/// The role that the source has said, if the check of workspaces is on.
#[cfg(feature = "leaky-for-tests")]
pub(crate) fn role(said: Option<Role>) -> Option<Role> {
    let is_off = switches::WORKSPACE_CHECK_IS_OFF.load(std::sync::atomic::Ordering::Relaxed);
    said.or(is_off.then_some(Role::Member))
}

/// The role that the source has said.
#[cfg(not(feature = "leaky-for-tests"))]
pub(crate) const fn role(said: Option<Role>) -> Option<Role> {
    said
}

/// Whether entries are held against their seal.
#[cfg(feature = "leaky-for-tests")]
pub(crate) fn seal_is_checked() -> bool {
    !switches::SEAL_IS_OFF.load(std::sync::atomic::Ordering::Relaxed)
}

/// Whether entries are held against their seal: always.
#[cfg(not(feature = "leaky-for-tests"))]
pub(crate) const fn seal_is_checked() -> bool {
    true
}
