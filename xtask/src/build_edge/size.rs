//! How large the Worker is as it is uploaded: gzipped, as Cloudflare counts it.

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

/// The size that the Worker must not exceed: a tenth of what the smallest plan allows, so that it starts quickly.
pub const LIMIT_BYTES: u64 = 300 * 1000;

/// The sum of the gzipped sizes of the files.
pub fn gzipped_bytes(files: &[PathBuf]) -> Result<u64> {
    let mut total = 0;
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&bytes)?;
        total += encoder.finish()?.len() as u64;
    }
    Ok(total)
}

/// `77.3 KB`.
pub fn human(bytes: u64) -> String {
    format!("{:.1} KB", bytes as f64 / 1000.0)
}
