//! Where the checkout is, and where Cargo puts what it builds.

use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let current_dir = env::current_dir().unwrap_or_default();
    manifest_dir
        .iter()
        .flat_map(|dir| dir.ancestors())
        .chain(current_dir.ancestors())
        .find(|dir| dir.join("wrangler.toml").is_file())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
});

/// The root of the checkout. Cargo says where the running package is; a program started by hand looks around itself.
#[must_use]
pub fn root() -> &'static Path {
    &ROOT
}

/// Cargo's target directory.
#[must_use]
pub fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Cargo's target directory for programs that are measured without identity: apart from all that is deployed.
#[must_use]
pub fn without_identity_dir() -> PathBuf {
    target_dir().join("without-identity")
}

/// The executable of that name that an npm package brought.
#[must_use]
pub fn npm_bin(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// `PATH` with the npm packages' executables first: the pinned `node` rather than the system's.
#[must_use]
pub fn path_with_npm_bin() -> std::ffi::OsString {
    let mut path = root().join("node_modules/.bin").into_os_string();
    if let Some(rest) = env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    path
}
