//! Where things are: every path that the tasks use, from the root of the checkout.

use std::path::{Path, PathBuf};

pub use stack::repo::{npm_bin, path_with_npm_bin, root};

/// A path below the root of the checkout.
pub fn in_root(relative: impl AsRef<Path>) -> PathBuf {
    root().join(relative)
}

/// A path below Cargo's target directory.
pub fn in_target(relative: impl AsRef<Path>) -> PathBuf {
    stack::repo::target_dir().join(relative)
}

/// A path below the folder of `cargo xtask dev`. Always in the checkout: users look for `target/dev/env.json`.
pub fn in_dev(relative: impl AsRef<Path>) -> PathBuf {
    in_root("target/dev").join(relative)
}
