//! Tokens that were accepted, and whose they are.
//!
//! All connections share what is remembered by SHA-256: no token lies in that memory in clear. Beside it a connection knows the token that it showed
//! last, since most are one reader's: its next request is recognised by comparing, without a digest and a look-up.

use std::sync::atomic::{AtomicU64, Ordering};

use identity::{RememberedUser, VerifiedUser};
use sha2::{Digest as _, Sha256};

use super::UserToken;
use crate::bounded::{Bounded, bounded};

/// How many tokens are remembered, at some 300 bytes each.
const MAX_REMEMBERED: usize = 50_000;

/// A token's digest.
pub(super) type TokenDigest = [u8; 32];

/// Users by the digest of their token.
pub(super) struct Accepted {
    users: Bounded<TokenDigest, Found>,
    /// A later one each time that all are forgotten.
    era: AtomicU64,
}

/// A user whose token was verified in an era, and is relied upon in no other.
#[derive(Debug, Clone)]
struct Found {
    user: RememberedUser,
    era: u64,
}

/// The token that a connection showed last, and the user whom it was found to be of.
#[derive(Debug, Default)]
pub struct LastShown(Option<Shown>);

#[derive(Debug)]
struct Shown {
    /// A copy: the header that it came in is a part of a larger buffer.
    token: Box<[u8]>,
    found: Found,
}

impl Default for Accepted {
    fn default() -> Self {
        Self { users: bounded(MAX_REMEMBERED), era: AtomicU64::new(0) }
    }
}

impl Accepted {
    /// To be taken before a token is verified that is then [remembered](Self::remember).
    pub(super) fn era(&self) -> u64 {
        self.era.load(Ordering::SeqCst)
    }

    /// The user of a token, where that may still be relied upon.
    pub(super) fn user(&self, digest: &TokenDigest, now_secs: u64) -> Option<VerifiedUser> {
        self.users.get(digest)?.at(now_secs, self.era()).cloned()
    }

    /// The same for the token of a connection.
    pub(super) fn user_again(
        &self,
        token: &UserToken,
        last: &mut LastShown,
        now_secs: u64,
    ) -> Option<VerifiedUser> {
        let era = self.era();
        if let Some(shown) = &last.0
            && *shown.token == *token.as_bytes()
            && let Some(user) = shown.found.at(now_secs, era)
        {
            return Some(user.clone());
        }
        let found = self.users.get(&digest_of(token.as_bytes()))?;
        let user = found.at(now_secs, era)?.clone();
        last.0 = Some(Shown { token: token.as_bytes().into(), found });
        Some(user)
    }

    /// Remembers the user of a token that was verified in `era`. That is in vain if all were forgotten since: perhaps because of what verified it.
    pub(super) fn remember(&self, digest: TokenDigest, user: RememberedUser, era: u64) {
        self.users.insert(digest, Found { user, era });
    }

    /// Forgets all of them, wherever they are remembered: a key was given up.
    pub(super) fn forget_all(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
        self.users.clear();
    }
}

impl Found {
    fn at(&self, now_secs: u64, era: u64) -> Option<&VerifiedUser> {
        self.user.at(now_secs).filter(|_| self.era == era)
    }
}

/// What a token is remembered by.
pub(super) fn digest_of(token: &[u8]) -> TokenDigest {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use identity::TokenVerifier;
    use serde_json::json;

    use super::*;

    const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";

    fn token(user: &str) -> UserToken {
        let claims = json!({"sub": user, "aud": "authenticated", "exp": 2000});
        let token = stack::tokens::sign(&json!({"alg": "HS256"}), &claims, SECRET).unwrap();
        UserToken::of(&HeaderValue::try_from(format!("Bearer {token}")).unwrap()).unwrap()
    }

    fn remember(accepted: &Accepted, token: &UserToken) {
        let user = TokenVerifier::hs256(SECRET).unwrap().verify(token.as_str(), 1000).unwrap();
        accepted.remember(digest_of(token.as_bytes()), RememberedUser::by_secret(user), accepted.era());
    }

    #[test]
    fn a_connection_knows_its_token_and_no_other() {
        let (accepted, mut last) = (Accepted::default(), LastShown::default());
        let [a, b, unknown] = ["a", "b", "c"].map(token);
        remember(&accepted, &a);
        remember(&accepted, &b);
        for (token, user) in
            [(&a, Some("a")), (&a, Some("a")), (&b, Some("b")), (&unknown, None), (&b, Some("b"))]
        {
            let found = accepted.user_again(token, &mut last, 1000);
            assert_eq!(found.as_ref().map(|user| user.id().as_str()), user);
        }
        // It still does when the shared memory has no room left for it.
        accepted.users.clear();
        assert!(accepted.user_again(&b, &mut last, 1999).is_some());
        // A connection that shows another token in between is looked up anew.
        assert!(accepted.user_again(&a, &mut last, 1999).is_none());
        assert!(accepted.user_again(&b, &mut last, 2000).is_none(), "past its end");
    }

    #[test]
    fn what_is_forgotten_is_forgotten_by_connections_too() {
        let (accepted, mut last) = (Accepted::default(), LastShown::default());
        let a = token("a");
        remember(&accepted, &a);
        assert!(accepted.user_again(&a, &mut last, 1000).is_some());
        accepted.forget_all();
        assert!(accepted.user_again(&a, &mut last, 1000).is_none());
    }

    #[test]
    fn what_was_verified_before_all_were_forgotten_is_not_remembered_after() {
        let accepted = Accepted::default();
        let (a, era) = (token("a"), accepted.era());
        let user = TokenVerifier::hs256(SECRET).unwrap().verify(a.as_str(), 1000).unwrap();
        accepted.forget_all();
        accepted.remember(digest_of(a.as_bytes()), RememberedUser::by_secret(user), era);
        assert!(accepted.user(&digest_of(a.as_bytes()), 1000).is_none());
    }
}
