//! The Rust target and components that the tasks need, through rustup.

use anyhow::{Context, Result};
use stack::guard;
use tokio::process::Command;

use crate::{paths, progress};

/// The target that the Worker is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the WebAssembly target unless the toolchain has it.
pub async fn wasm_target() -> Result<()> {
    let output = Command::new("rustc")
        .current_dir(paths::root())
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()
        .await
        .context("rustc could not be started; install Rust with rustup first")?;
    if std::path::Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    let mut command = guard::command("rustup");
    command.current_dir(paths::root()).args(["target", "add", WASM_TARGET]);
    progress::step("installing the Rust target wasm32-unknown-unknown", "rustup-target", command).await
}

/// Adds rustfmt and clippy unless the toolchain has them.
pub async fn components() -> Result<()> {
    let mut missing = Vec::new();
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let version = Command::new("cargo").args([subcommand, "--version"]).output().await?;
        if !version.status.success() {
            missing.push(component);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut command = guard::command("rustup");
    command.current_dir(paths::root()).args(["component", "add"]).args(&missing);
    progress::step(&format!("installing {}", missing.join(", ")), "rustup-component", command).await
}
