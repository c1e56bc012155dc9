//! Tokens verified once are remembered, by their digest, until they expire.

use std::cell::RefCell;

use hashlink::LruCache;
use identity::{TokenError, TokenVerifier, VerifiedUser};
use sha2::{Digest as _, Sha256};

/// How many tokens an isolate remembers: a few hundred bytes each.
const MAX_TOKENS: usize = 2048;

/// A verifier with a memory. Only accepted tokens are remembered, so forged ones cannot push them out for nothing.
pub(crate) struct Tokens {
    verifier: TokenVerifier,
    accepted: RefCell<LruCache<[u8; 32], VerifiedUser>>,
}

impl Tokens {
    pub(crate) fn new(verifier: TokenVerifier) -> Self {
        Self { verifier, accepted: RefCell::new(LruCache::new(MAX_TOKENS)) }
    }

    pub(crate) fn verify(&self, token: &str, now_secs: u64) -> Result<VerifiedUser, TokenError> {
        if token.len() > identity::MAX_TOKEN_LEN {
            return Err(TokenError::Malformed);
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(user) = self.accepted.borrow_mut().get(&digest)
            && now_secs < user.expires_at_secs()
        {
            return Ok(user.clone());
        }
        let user = self.verifier.verify(token, now_secs)?;
        self.accepted.borrow_mut().insert(digest, user.clone());
        Ok(user)
    }
}
