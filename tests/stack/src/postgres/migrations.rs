//! The migrations of the checkout, each with its rollback.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

/// A migration: what it does and what takes it back.
#[derive(Debug, Clone)]
pub struct Migration {
    /// `{timestamp}_{subject}`, the same in both folders.
    pub name: String,
    /// What applies it.
    pub up: String,
    /// What takes it back.
    pub down: String,
}

/// The migrations below `supabase/`, oldest first. Each must have a rollback.
pub(super) fn read(supabase: &Path) -> Result<Vec<Migration>> {
    let folder = supabase.join("migrations");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .with_context(|| format!("no migrations in {}", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "sql"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|file| {
            let read = |folder: &str| {
                let path = supabase.join(folder).join(&file);
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
            };
            Ok(Migration {
                up: read("migrations")?,
                down: read("rollback")?,
                name: file.trim_end_matches(".sql").to_owned(),
            })
        })
        .collect()
}
