//! A digest of all that the built Worker is made from, to know whether it must be made again.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::Path,
};

use anyhow::{Context, Result};

use super::OUTPUTS;
use crate::paths;

/// Digests the compiled Worker, the program and the module that it is linked with, and the locked npm tools.
///
/// `DefaultHasher` is the same from run to run of one build of `xtask`; a change of it merely costs one build more.
pub fn of(compiled: &Path, bindgen: &Path, entry: &str) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in [compiled, &paths::in_root("package-lock.json")] {
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        bytes.hash(&mut hasher);
    }
    // Cargo writes the program only when it has changed; to read its tens of megabytes each time would be slow.
    let bindgen = fs::metadata(bindgen).context("bindgen was not built")?;
    (bindgen.len(), bindgen.modified()?).hash(&mut hasher);
    entry.hash(&mut hasher);
    OUTPUTS.hash(&mut hasher);
    // How the tools are called.
    include_str!("../build_edge.rs").hash(&mut hasher);
    include_str!("microtask.mjs").hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}
