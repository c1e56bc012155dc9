//! The embedded database of the demo data: kept between starts, made anew when its contents would be others today.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::paths;
use stack::demo::today;

/// Where the database is, after removing one that was made on another day or by another generator.
///
/// The origin fills it when it is empty.
pub fn prepare() -> Result<PathBuf> {
    let database = paths::in_dev("demo.sqlite");
    let made_of = paths::in_dev("demo.sqlite.made-of");
    let wanted = format!("anchor {}, generator {}\n", today().unix_secs(), demo_data::GENERATOR_VERSION);
    if fs::read_to_string(&made_of).is_ok_and(|present| present == wanted) {
        return Ok(database);
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
        remove(&paths::in_dev(format!("demo.sqlite{suffix}")))?;
    }
    fs::write(made_of, wanted)?;
    Ok(database)
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
