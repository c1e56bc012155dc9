//! Which program is built: the one that is deployed, or the same without identity, by which `cargo xtask bench` measures what identity costs.
//!
//! The other one is kept apart in everything, down to Cargo's target directory: no build of what is deployed can pick up a part of it.

use std::path::PathBuf;

use tokio::process::Command;

use super::OUTPUTS;
use crate::{install, paths};

/// What makes a program take everybody for whoever came first. Not a feature: Cargo gives those to all that are built together.
const WITHOUT_IDENTITY: &str = "--cfg measured_without_identity";

/// A variant of a tier's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is deployed.
    Deployed,
    /// Knows nobody, and answers nothing unless it is told that it is measured.
    WithoutIdentity,
}

impl Variant {
    /// What the Worker is called while it is compiled.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Deployed => "the Worker",
            Self::WithoutIdentity => "the Worker without identity",
        }
    }

    /// Cargo's target directory.
    pub fn target_dir(self) -> PathBuf {
        match self {
            Self::Deployed => stack::repo::target_dir(),
            Self::WithoutIdentity => stack::repo::without_identity_dir(),
        }
    }

    /// Has Cargo build this variant.
    pub fn put_on(self, cargo: &mut Command) {
        if self == Self::Deployed {
            return;
        }
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        cargo.env("RUSTFLAGS", format!("{flags} {WITHOUT_IDENTITY}").trim());
        cargo.arg("--target-dir").arg(self.target_dir());
    }

    /// Where the Worker is linked.
    pub(super) fn work_dir(self) -> PathBuf {
        self.target_dir().join("edge-build")
    }

    /// The Worker as rustc leaves it.
    pub(super) fn compiled(self, profile: &str) -> PathBuf {
        self.target_dir().join(install::rust::WASM_TARGET).join(profile).join("edge_worker.wasm")
    }

    /// Where the built Worker is.
    pub fn output_dir(self) -> PathBuf {
        match self {
            Self::Deployed => paths::in_root("edge-worker/build"),
            Self::WithoutIdentity => self.target_dir().join("edge-worker"),
        }
    }

    pub(super) fn output_files(self) -> [PathBuf; 2] {
        OUTPUTS.map(|output| self.output_dir().join(output))
    }
}
