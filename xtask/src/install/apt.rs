//! What only the real stack and the end-to-end tests need from the distribution: PostgreSQL, Redis, Python.

use anyhow::{Result, bail};
use stack::{
    guard,
    requirements::{self, Requirement},
};
use tokio::process::Command;

use crate::progress;

/// Installs those of `wanted` that are missing.
///
/// Only root may: any other user gets one line that says what to type.
pub async fn packages(wanted: &[Requirement]) -> Result<()> {
    let missing: Vec<&str> =
        requirements::missing(wanted).into_iter().map(|missing| missing.debian_package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_root().await || !has_apt_get().await {
        bail!("missing on this machine: {names}. On Debian or Ubuntu: sudo apt-get install {names}");
    }
    let mut update = apt_get();
    update.args(["update", "-q"]);
    progress::step("updating the list of Debian packages", "apt-update", update).await?;
    let mut install = apt_get();
    install.args(["install", "-y", "-q", "--no-install-recommends"]).args(&missing);
    progress::step(&format!("installing {names}"), "apt-install", install).await
}

fn apt_get() -> Command {
    let mut command = guard::command("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

async fn is_root() -> bool {
    Command::new("id").arg("-u").output().await.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

async fn has_apt_get() -> bool {
    Command::new("apt-get").arg("--version").output().await.is_ok()
}
