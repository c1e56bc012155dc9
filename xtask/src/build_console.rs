//! Builds the web console: the npm packages of `web/`, then `npm run build` there.
//!
//! Nothing is done twice: when neither a source nor a package has changed, the last output stands.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use stack::guard;
use tokio::process::Command;

use crate::{install, paths, progress::step};

/// What is made, and so no source.
const NOT_SOURCES: [&str; 3] = ["node_modules", "dist", "coverage"];

/// `cargo xtask build-console`.
pub async fn run() -> Result<ExitCode> {
    install::npm::packages().await?;
    build().await?;
    println!("The console is in {}.", crate::progress::display(&output_dir()));
    Ok(ExitCode::SUCCESS)
}

/// Where the built console is.
pub fn output_dir() -> PathBuf {
    paths::in_root("web/console/dist")
}

/// Brings the console up to date.
pub async fn build() -> Result<()> {
    install::npm::web_packages().await?;
    let fingerprint = fingerprint()?;
    let built_from = paths::in_target("console-build/fingerprint");
    let is_current = fs::read_to_string(&built_from).is_ok_and(|last| last == fingerprint);
    if is_current && output_dir().join("index.html").is_file() {
        return Ok(());
    }
    step("building the web console", "console-build", npm(&["run", "build"])).await?;
    fs::create_dir_all(paths::in_target("console-build"))?;
    fs::write(built_from, fingerprint)?;
    Ok(())
}

/// npm in `web/`, on the pinned Node.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = guard::command("npm");
    command
        .current_dir(paths::in_root("web"))
        .args(arguments)
        .env("PATH", paths::path_with_npm_bin())
        .env("NO_COLOR", "1");
    command
}

/// A digest of all that the console is built from. `DefaultHasher` is the same from run to run of one build of `xtask`; a change of it
/// merely costs one build more.
fn fingerprint() -> Result<String> {
    let mut sources = Vec::new();
    collect(&paths::in_root("web"), &mut sources)?;
    sources.sort();
    let mut hasher = DefaultHasher::new();
    for source in sources {
        let bytes = fs::read(&source).with_context(|| format!("{} cannot be read", source.display()))?;
        (source, bytes).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(dir: &Path, sources: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let is_source =
            !name.to_string_lossy().starts_with('.') && !NOT_SOURCES.iter().any(|not| name == *not);
        let kind = entry.file_type()?;
        if is_source && kind.is_dir() {
            collect(&entry.path(), sources)?;
        } else if is_source && kind.is_file() {
            sources.push(entry.path());
        }
    }
    Ok(())
}
