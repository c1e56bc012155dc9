//! Bearer tokens: verified once, remembered by their digest until they expire.
//!
//! A token of the shared secret is verified on the spot. One of a public key needs the key, which may have to be fetched: see
//! `keys`. What was verified is remembered (`accepted`) for as long as the token is good, and no longer than the key is that signed
//! it ([`RememberedUser`]). Only accepted tokens are remembered: forged ones cannot push them out.

mod accepted;
mod keys;
mod signature;
mod user_token;

use std::sync::Arc;

use identity::{RememberedUser, Step, TokenError, TokenSettings, TokenVerifier, VerifiedUser};

pub use self::accepted::LastShown;
use self::accepted::{Accepted, digest_of};
pub use self::keys::{FetchKeys, KeysUnreachable, PublishedKeys};
pub use self::user_token::UserToken;

/// Verifies tokens, and remembers those that it accepted.
pub struct Tokens {
    verifier: TokenVerifier,
    accepted: Arc<Accepted>,
    /// Unset where the project signs with its shared secret alone.
    keys: Option<PublishedKeys>,
}

impl Tokens {
    /// As the operator has it.
    pub fn of(settings: &TokenSettings) -> Result<Self, KeysUnreachable> {
        let keys = settings.key_set_url.as_deref().map(PublishedKeys::at).transpose()?;
        Ok(Self { keys, ..Self::of_secret(settings.verifier.clone()) })
    }

    /// Of the shared secret alone.
    #[must_use]
    pub fn of_secret(verifier: TokenVerifier) -> Self {
        Self { verifier, accepted: Arc::default(), keys: None }
    }

    /// Of the keys that are published there, and of a shared secret if the verifier has one.
    #[must_use]
    pub fn of_keys(verifier: TokenVerifier, keys: PublishedKeys) -> Self {
        Self { keys: Some(keys), ..Self::of_secret(verifier) }
    }

    /// Verifies a token at the time `now_secs`.
    pub async fn verify(&self, token: &str, now_secs: u64) -> Result<VerifiedUser, TokenError> {
        if token.len() > identity::MAX_TOKEN_LEN {
            return Err(TokenError::Malformed);
        }
        self.refresh_keys(now_secs);
        let (digest, era) = (digest_of(token.as_bytes()), self.accepted.era());
        if let Some(user) = self.accepted.user(&digest, now_secs) {
            return Ok(user);
        }
        let verified = Box::pin(self.verify_anew(token, now_secs)).await?;
        // A token within the leeway is good, and not worth remembering.
        if verified.at(now_secs).is_some() {
            self.accepted.remember(digest, verified.clone(), era);
        }
        Ok(verified.into_user())
    }

    /// The user of a token that was verified before, where that may still be relied upon. `last` is the connection's.
    pub fn known(&self, token: &UserToken, last: &mut LastShown, now_secs: u64) -> Option<VerifiedUser> {
        if token.as_bytes().len() > identity::MAX_TOKEN_LEN {
            return None;
        }
        self.refresh_keys(now_secs);
        self.accepted.user_again(token, last, now_secs)
    }

    /// Before anything is remembered: a key that was given up must be noticed where only known tokens come, too.
    fn refresh_keys(&self, now_secs: u64) {
        if let Some(keys) = &self.keys {
            keys.refresh_in_background(now_secs, &self.accepted);
        }
    }

    async fn verify_anew(&self, token: &str, now_secs: u64) -> Result<RememberedUser, TokenError> {
        let Some(keys) = &self.keys else {
            return self.verifier.verify(token, now_secs).map(RememberedUser::by_secret);
        };
        let ring = keys.ring();
        let step = match self.verifier.begin(token, &ring, now_secs)? {
            Step::AskForKeys => {
                let asked = keys.ask(&ring, now_secs, &self.accepted).await;
                match self.verifier.begin(token, &asked, now_secs)? {
                    Step::AskForKeys if asked.is_current() => return Err(TokenError::UnknownKey),
                    Step::AskForKeys => return Err(TokenError::KeysUnavailable),
                    step => step,
                }
            }
            step => step,
        };
        match step {
            Step::Verified(user) => Ok(RememberedUser::by_secret(user)),
            Step::Check(check) => {
                let user = self.verifier.conclude(&check, signature::is_genuine(&check), now_secs)?;
                Ok(RememberedUser::by_key(user, check.key(), &keys.ring(), now_secs))
            }
            Step::AskForKeys => Err(TokenError::UnknownKey),
        }
    }
}

#[cfg(test)]
mod tests;
