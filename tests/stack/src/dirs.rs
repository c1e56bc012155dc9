//! Where the real servers keep their files.

use std::path::PathBuf;

use crate::repo;

/// The folders of one run of the stack.
#[derive(Debug, Clone)]
pub struct StackDirs {
    /// The root of the checkout: migrations and npm packages are found from here.
    pub root: PathBuf,
    /// What may be kept from run to run (the databases' template) and the servers' scratch folders.
    pub cache: PathBuf,
    /// One file a server process, appended to.
    pub logs: PathBuf,
}

impl StackDirs {
    /// The folders of this checkout; the logs go to `target/stack/logs/{run}`.
    #[must_use]
    pub fn of_this_checkout(run: &str) -> Self {
        let cache = repo::target_dir().join("stack");
        Self { root: repo::root().to_path_buf(), logs: cache.join("logs").join(run), cache }
    }

    /// The log file of the server process of that name.
    #[must_use]
    pub fn log(&self, process: &str) -> PathBuf {
        self.logs.join(format!("{process}.log"))
    }
}
