//! The secrets of one run: random, and never written anywhere by this crate but to the environment of its children.

use std::{fmt, fs::File, io::Read as _};

use anyhow::{Context as _, Result};

/// What the parts of the stack must agree on.
#[derive(Clone)]
pub struct Secrets {
    /// `INTERNAL_AUTH_KEY`: what the edge and the backend show to the origin.
    pub internal_auth_key: String,
    /// `SUPABASE_JWT_SECRET`: signs the users' tokens.
    pub jwt_secret: String,
}

impl Secrets {
    /// Fresh secrets of 256 bits each.
    pub fn generate() -> Result<Self> {
        Ok(Self { internal_auth_key: random_hex(32)?, jwt_secret: random_hex(32)? })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(..)")
    }
}

/// Random bytes of the system as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut buffer))
        .context("no random bytes")?;
    Ok(hex(&buffer))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
