//! schemathesis, which makes requests from an API's description and holds the answers against it.
//!
//! It is a Python program: it is installed from `PyPI` into Cargo's target directory, in the versions of
//! `tests/openapi_fuzz/requirements.txt`, and anew when those change. Nothing outside that folder is touched.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::{guard, repo};

/// A step of the installation: what it does, the name of its log, and its command.
pub type Step = (&'static str, &'static str, Command);

/// The program, if it is there in the present versions.
#[must_use]
pub fn program() -> Option<PathBuf> {
    let installed = fs::read(installed_from()).ok()?;
    let is_present = fs::read(requirements()).is_ok_and(|wanted| wanted == installed);
    Some(folder().join("bin/schemathesis")).filter(|program| is_present && program.is_file())
}

/// What there is to do, in order, if the program is missing. [`confirm`] follows.
pub async fn steps() -> Result<Vec<Step>> {
    if program().is_some() {
        return Ok(Vec::new());
    }
    let mut probe = Command::new("python3");
    probe.args(["-c", "import ensurepip, venv"]).stdout(Stdio::null()).stderr(Stdio::null());
    ensure!(
        probe.status().await.is_ok_and(|status| status.success()),
        "python3 with venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"
    );
    let mut environment = guard::command("python3");
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
        .arg(requirements());
    Ok(vec![
        ("making a folder for schemathesis", "schemathesis-venv", environment),
        ("installing schemathesis from PyPI", "schemathesis-pip", packages),
    ])
}

/// Notes that all of it is there.
pub fn confirm() -> Result<PathBuf> {
    fs::copy(requirements(), installed_from()).context("the installation of schemathesis cannot be noted")?;
    program().context("schemathesis was installed and is not there")
}

/// The program, installed now if it is not there.
pub async fn installed() -> Result<PathBuf> {
    let steps = steps().await?;
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

fn requirements() -> PathBuf {
    repo::root().join("tests/openapi_fuzz/requirements.txt")
}
