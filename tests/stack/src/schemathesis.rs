//! schemathesis, which makes requests from an API's description and holds the answers against it.
//!
//! It is a Python program: it is installed from `PyPI` into Cargo's target directory, in the versions of
//! `tests/openapi_fuzz/requirements.txt`, and anew when those change. Nothing outside that folder is touched.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::requirements::{self, PYTHON};
use crate::{guard, repo};

/// A step of the installation: what it does, the name of its log, and its command.
pub type Step = (&'static str, &'static str, Command);

/// The program, if it is there in the present versions.
#[must_use]
pub fn program() -> Option<PathBuf> {
    let installed = fs::read(installed_from()).ok()?;
    let is_present = fs::read(pinned()).is_ok_and(|wanted| wanted == installed);
    Some(folder().join("bin/schemathesis")).filter(|program| is_present && program.is_file())
}

/// What there is to do, in order, if the program is missing. [`confirm`] follows.
pub fn steps() -> Result<Vec<Step>> {
    if program().is_some() {
        return Ok(Vec::new());
    }
    ensure!(
        requirements::missing(&[PYTHON]).is_empty(),
        "python3 with venv is missing. On Debian or Ubuntu: sudo apt-get install {}",
        PYTHON.debian_package
    );
    let mut environment = guard::command(PYTHON.program);
    environment.args(["-m", "venv", "--clear"]).arg(folder());
    let mut packages = guard::command(folder().join("bin/python"));
    packages
        .args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
            "--requirement",
        ])
        .arg(pinned());
    Ok(vec![
        ("making a folder for schemathesis", "schemathesis-venv", environment),
        ("installing schemathesis from PyPI", "schemathesis-pip", packages),
    ])
}

/// Notes that all of it is there.
pub fn confirm() -> Result<PathBuf> {
    fs::copy(pinned(), installed_from()).context("the installation of schemathesis cannot be noted")?;
    program().context("schemathesis was installed and is not there")
}

/// The program, installed now if it is not there.
pub async fn installed() -> Result<PathBuf> {
    let steps = steps()?;
    if steps.is_empty() {
        return program().context("schemathesis is not there any more");
    }
    for (name, _, mut command) in steps {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = guard::spawn(command)?;
        let output = child.process.wait_with_output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{name} failed; is PyPI within reach?\n{said}");
    }
    confirm()
}

fn folder() -> PathBuf {
    repo::target_dir().join("tools/schemathesis")
}

/// A copy of the requirements, put beside the packages once all of them are there; a new folder has none.
fn installed_from() -> PathBuf {
    folder().join("installed-from.txt")
}

fn pinned() -> PathBuf {
    repo::root().join("tests/openapi_fuzz/requirements.txt")
}
