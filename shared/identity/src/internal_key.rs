//! The internal key: how the operator's own services identify themselves.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};

/// The shortest accepted internal key, in bytes.
const MIN_KEY_LEN: usize = 16;

/// The accepted internal keys: one, or two during a rotation. Never printed.
#[derive(Clone)]
pub struct InternalKeys(Vec<Vec<u8>>);

/// Shows that a request carried an accepted internal key. Only [`InternalKeys::check`] makes one.
#[derive(Debug, Clone)]
pub struct InternalProof(());

/// An internal key is missing or shorter than 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at least 16 characters")]
pub struct WeakKey;

impl InternalKeys {
    /// Takes one key, or two separated by a comma.
    pub fn parse(text: &str) -> Result<Self, WeakKey> {
        let keys: Vec<Vec<u8>> = text.split(',').map(|key| key.trim().as_bytes().to_vec()).collect();
        if keys.len() > 2 || keys.iter().any(|key| key.len() < MIN_KEY_LEN) {
            return Err(WeakKey);
        }
        Ok(Self(keys))
    }

    /// Compares in time that depends on the length of what was offered alone.
    #[must_use]
    pub fn check(&self, offered: &str) -> Option<InternalProof> {
        let equal =
            self.0.iter().fold(Choice::from(0), |any, key| any | key.as_slice().ct_eq(offered.as_bytes()));
        bool::from(equal).then_some(InternalProof(()))
    }

    /// The key to send to others: the first.
    #[must_use]
    pub fn current(&self) -> &str {
        self.0.first().and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for InternalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InternalKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_of_two_keys_is_accepted_during_a_rotation() {
        let keys = InternalKeys::parse("new-key-0123456789,old-key-0123456789").unwrap();
        assert!(keys.check("new-key-0123456789").is_some());
        assert!(keys.check("old-key-0123456789").is_some());
        assert!(keys.check("new-key-012345678").is_none());
        assert!(keys.check("").is_none());
        assert_eq!(keys.current(), "new-key-0123456789");
        assert_eq!(format!("{keys:?}"), "InternalKeys(…)");
    }

    #[test]
    fn a_short_or_empty_key_is_refused() {
        for text in ["", "short", "new-key-0123456789,", "a,b,c"] {
            assert!(InternalKeys::parse(text).is_err(), "{text:?}");
        }
    }
}
