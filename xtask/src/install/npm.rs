//! The npm packages: at the root wrangler with workerd, esbuild, binaryen, a pinned Node, PostgREST and what drives a browser; in `web/` what the
//! console is made of and built with.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use stack::guard;
use tokio::process::Command;

use crate::{paths, progress};

/// Installs the packages of the root, unless those of the present lockfile are there.
pub async fn packages() -> Result<()> {
    install("", "wrangler", "installing the npm packages").await
}

/// Installs the packages of `web/`, unless those of the present lockfile are there. They run on the Node of the root.
pub async fn web_packages() -> Result<()> {
    install("web", "vite", "installing the npm packages of the console").await
}

/// Runs `npm ci` in `folder` when `node_modules` is missing, or was installed from another lockfile than the present one.
async fn install(folder: &str, program: &str, name: &str) -> Result<()> {
    let in_folder = |path: &str| -> PathBuf { paths::in_root(folder).join(path) };
    let lockfile = in_folder("package-lock.json");
    let lockfile = fs::read(&lockfile).with_context(|| format!("{} cannot be read", lockfile.display()))?;
    // A copy of the lockfile, put beside the packages once all of them are there; `npm ci` removes it with the folder.
    let installed_from = in_folder("node_modules/.installed-from.json");
    if fs::read(&installed_from).is_ok_and(|installed| installed == lockfile)
        && in_folder("node_modules/.bin").join(program).exists()
    {
        return Ok(());
    }
    if Command::new("npm").arg("--version").output().await.is_err() {
        bail!("npm is not installed: install Node.js (20 or later) with npm first");
    }
    let mut command = guard::command("npm");
    command.current_dir(in_folder("")).args(["ci", "--no-audit", "--no-fund"]);
    if !folder.is_empty() {
        command.env("PATH", paths::path_with_npm_bin());
    }
    let log = if folder.is_empty() { "npm-ci".to_owned() } else { format!("npm-ci-{folder}") };
    progress::step(name, &log, command).await?;
    fs::write(installed_from, lockfile)?;
    Ok(())
}
