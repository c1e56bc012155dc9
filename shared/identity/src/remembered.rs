//! A token that was verified, and for how long that may be remembered.

use crate::{KeyRing, PublicKey, VerifiedUser};

/// A user whose token was verified, and until when that may be relied upon without verifying it anew.
///
/// Never past the token's own end. What a public key has signed is relied upon no longer than until keys are asked for anew, and not at all
/// once the key is no longer believed: a key that was revoked must not live on in what is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedUser {
    user: VerifiedUser,
    until_secs: u64,
}

impl RememberedUser {
    /// By the shared secret, which is another one only after a restart.
    #[must_use]
    pub fn by_secret(user: VerifiedUser) -> Self {
        Self { until_secs: user.expires_at_secs(), user }
    }

    /// By a public key, verified at `now_secs` while `keys` were known.
    #[must_use]
    pub fn by_key(user: VerifiedUser, key: &PublicKey, keys: &KeyRing, now_secs: u64) -> Self {
        let until_secs = user.expires_at_secs().min(keys.reliable_until_secs(key, now_secs));
        Self { user, until_secs }
    }

    /// The user, if that may still be relied upon.
    #[must_use]
    pub const fn at(&self, now_secs: u64) -> Option<&VerifiedUser> {
        if now_secs < self.until_secs { Some(&self.user) } else { None }
    }

    /// The user who has just been verified: also one whose token is good within the leeway alone, and not worth remembering.
    #[must_use]
    pub fn into_user(self) -> VerifiedUser {
        self.user
    }
}
