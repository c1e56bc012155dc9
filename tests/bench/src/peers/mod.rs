//! What a user would pick instead, and what nothing can beat: started here, ended with us.

pub mod bare_axum;
pub mod express;
pub mod js_worker;
pub mod nginx;
mod peer;
pub mod redis_benchmark;
pub mod varnish;

use std::path::PathBuf;

use anyhow::Result;
use stack::repo;

pub use peer::Peer;

/// A folder for the files of one peer, empty.
fn folder(name: &str) -> Result<PathBuf> {
    let folder = repo::target_dir().join("bench/peers").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
