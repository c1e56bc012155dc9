//! Which test programs run only where they are named.

use anyhow::{Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::paths;

/// Their names: those whose package says `test = false` of them, because they start real servers.
pub async fn tests() -> Result<Vec<String>> {
    // Not guarded: it ends by itself, and a guard would keep what it writes to open.
    let mut metadata = Command::new("cargo");
    metadata.current_dir(paths::root()).args(["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let output = metadata.output().await?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    let silent = targets.filter(|target| target.kind == ["test"] && !target.test);
    let names: Vec<String> = silent.map(|target| target.name).collect();
    ensure!(!names.is_empty(), "no test starts real servers");
    Ok(names)
}

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    /// Whether it runs where it is not named.
    test: bool,
}
