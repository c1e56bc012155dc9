//! The internal key: how the operator's own services identify themselves. A backend shows it; the tiers sign with it, see
//! [`crate::RequestHead`].

use std::fmt;

use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

/// The shortest accepted internal key, in bytes.
const MIN_KEY_LEN: usize = 16;

/// The accepted internal keys: one, or two during a rotation. Never printed.
#[derive(Clone)]
pub struct InternalKeys {
    current: Key,
    /// The one before or after it, during a rotation.
    other: Option<Key>,
}

#[derive(Clone)]
struct Key {
    bytes: Vec<u8>,
    mac: Hmac<Sha256>,
}

/// Shows that a request was made by a service that has an internal key. Only [`InternalKeys`] makes one.
#[derive(Debug, Clone)]
pub struct InternalProof(());

impl InternalProof {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

/// An internal key is missing or shorter than 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at least 16 characters")]
pub struct WeakKey;

impl Key {
    fn parse(text: &str) -> Result<Self, WeakKey> {
        let bytes = text.trim().as_bytes().to_vec();
        if bytes.len() < MIN_KEY_LEN {
            return Err(WeakKey);
        }
        let mac = Hmac::new_from_slice(&bytes).map_err(|_| WeakKey)?;
        Ok(Self { bytes, mac })
    }
}

impl InternalKeys {
    /// Takes one key, or two separated by a comma.
    pub fn parse(text: &str) -> Result<Self, WeakKey> {
        match text.split_once(',') {
            None => Ok(Self { current: Key::parse(text)?, other: None }),
            // A third key is no key: what is left would contain a comma.
            Some((_, other)) if other.contains(',') => Err(WeakKey),
            Some((current, other)) => {
                Ok(Self { current: Key::parse(current)?, other: Some(Key::parse(other)?) })
            }
        }
    }

    /// Compares in time that depends on the length of what was offered alone.
    #[must_use]
    pub fn check(&self, offered: &str) -> Option<InternalProof> {
        let equal = self
            .keys()
            .fold(Choice::from(0), |any, key| any | key.bytes.as_slice().ct_eq(offered.as_bytes()));
        bool::from(equal).then_some(InternalProof(()))
    }

    /// What signs: the first key.
    pub(crate) fn signer(&self) -> Hmac<Sha256> {
        self.current.mac.clone()
    }

    /// What may have signed.
    pub(crate) fn signers(&self) -> impl Iterator<Item = Hmac<Sha256>> {
        self.keys().map(|key| key.mac.clone())
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.other)
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
        let keys = InternalKeys::parse("new-key-0123456789, old-key-0123456789").unwrap();
        assert!(keys.check("new-key-0123456789").is_some());
        assert!(keys.check("old-key-0123456789").is_some());
        assert!(keys.check("new-key-012345678").is_none());
        assert!(keys.check("").is_none());
        assert_eq!(format!("{keys:?}"), "InternalKeys(…)");
    }

    #[test]
    fn a_short_or_empty_key_is_refused() {
        for text in ["", "short", "new-key-0123456789,", "a,b,c"] {
            assert!(InternalKeys::parse(text).is_err(), "{text:?}");
        }
        let three = "new-key-0123456789,old-key-0123456789,key-of-last-year-01";
        assert!(InternalKeys::parse(three).is_err());
    }
}
