//! The origin: built by Cargo, started with the sources that were chosen.

use std::path::PathBuf;

use anyhow::Result;
use stack::{
    guard,
    origin::{Origin, OriginEnv, OriginOptions},
};

use super::sources;
use crate::{paths, progress};

/// Builds the origin and says where the program is.
pub async fn build(release: bool) -> Result<PathBuf> {
    let mut command = guard::command("cargo");
    command.current_dir(paths::root()).args(["build", "--package", "origin", "--bin", "origin"]);
    if release {
        command.arg("--release");
    }
    let name = if release { "compiling the origin, optimised" } else { "compiling the origin" };
    progress::step(name, "origin-build", command).await?;
    Ok(paths::in_target(if release { "release/origin" } else { "debug/origin" }))
}

/// Starts the origin and waits until it is ready.
pub async fn start(program: PathBuf, port: u16, env: OriginEnv) -> Result<Origin> {
    let options = OriginOptions {
        env,
        port: Some(port),
        program: Some(program),
        log_file: Some(paths::in_dev("logs/origin.log")),
    };
    progress::around("starting the origin", Origin::start_with(&sources::dirs(), options)).await
}
