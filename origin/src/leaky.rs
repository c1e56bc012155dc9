//! Switches that take the defences of a workspace's rows away, one by one, for the one test that shows that the hostile suite would see it.
//!
//! They exist with the feature `leaky-for-tests` alone, are off until a test turns them on, and no configuration reaches them. Without debug
//! assertions they do not exist at all, whatever the feature says: Cargo gives a feature that one package asks for to all that are built with it, so a
//! feature alone would not keep them out of a release.

#[cfg(all(feature = "leaky-for-tests", debug_assertions))]
mod defences {
    use std::sync::atomic::Ordering;

    use identity::Role;

    use self::switches::{SEAL_IS_OFF, WORKSPACE_CHECK_IS_OFF};

    /// The switches.
    pub mod switches {
        use std::sync::atomic::AtomicBool;

        /// Whether everybody counts as a member of every workspace.
        pub static WORKSPACE_CHECK_IS_OFF: AtomicBool = AtomicBool::new(false);
        /// Whether an entry is served wherever it is found.
        pub static SEAL_IS_OFF: AtomicBool = AtomicBool::new(false);
    }

    /// The role that the source has said, if the check of workspaces is on.
    pub(crate) fn role(said: Option<Role>) -> Option<Role> {
        said.or(WORKSPACE_CHECK_IS_OFF.load(Ordering::Relaxed).then_some(Role::Member))
    }

    /// Whether entries are held against their seal.
    pub(crate) fn seal_is_checked() -> bool {
        !SEAL_IS_OFF.load(Ordering::Relaxed)
    }
}

#[cfg(not(all(feature = "leaky-for-tests", debug_assertions)))]
mod defences {
    use identity::Role;

    /// The role that the source has said.
    pub(crate) const fn role(said: Option<Role>) -> Option<Role> {
        said
    }

    /// Whether entries are held against their seal: always.
    pub(crate) const fn seal_is_checked() -> bool {
        true
    }
}

#[cfg(all(feature = "leaky-for-tests", debug_assertions))]
pub use self::defences::switches;
pub(crate) use self::defences::{role, seal_is_checked};
