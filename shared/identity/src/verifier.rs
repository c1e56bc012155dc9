//! Verification of bearer tokens, as Supabase Auth issues them.
//!
//! Which key a token is checked with follows from its `kid`, and how follows from the key: an algorithm that the token
//! names is compared with the key's and never chosen by (RFC 8725, 3.1). So a token that is signed with HMAC and a public
//! key's bytes is refused, whatever it calls itself. The shared secret signs HS256 and nothing else; it has no name, and a token
//! of it may bear any `kid` that is not a public key's, since Supabase gives the old secret one as well.
//!
//! What a public key has signed is checked by whoever has the means for it, the runtime's or a library's: this crate says
//! what to check ([`SignatureCheck`]), and is told what came of it.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use ids::UserId;
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use crate::claim::{ClaimPath, RequiredClaim};
use crate::claimed_memberships::ClaimedMemberships;
use crate::public_key::Algorithm;
use crate::token::{Parts, TokenError, decode};
use crate::user::{Facts, VerifiedUser};
use crate::{KeyRing, PublicKey};

/// How far clocks may differ where `exp` and `nbf` are judged, in seconds.
pub const LEEWAY_SECS: u64 = 5;
/// The shortest accepted secret, in bytes (RFC 7518, 3.2: at least the size of the hash output).
const MIN_SECRET_LEN: usize = 32;
/// The audience of Supabase's tokens for signed-in users.
const AUDIENCE: &str = "authenticated";
/// The algorithm of the shared secret.
const HS256: &str = "HS256";

/// What tokens are held against. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct TokenVerifier {
    /// Verifies HS256; unset where the project has no shared secret.
    mac: Option<Hmac<Sha256>>,
    /// Whether the project publishes keys.
    has_public_keys: bool,
    /// What `iss` must be; unset where the signature is proof enough.
    issuer: Option<String>,
    /// What makes a user a system admin; unset where nobody is one.
    system_admin: Option<RequiredClaim>,
    /// The claim with the user's workspaces; unset where none decides.
    memberships: Option<ClaimPath>,
}

/// What is to be done about a token.
#[derive(Debug)]
pub enum Step {
    /// Nothing: it is genuine and in time.
    Verified(VerifiedUser),
    /// Check its signature.
    Check(SignatureCheck),
    /// Ask for the project's keys, if that may be done now: it names one that is not known.
    AskForKeys,
}

/// A signature to be checked with a public key.
#[derive(Debug)]
pub struct SignatureCheck {
    key: Arc<PublicKey>,
    signed: String,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    nbf: Option<u64>,
    #[serde(default)]
    iat: Option<u64>,
    #[serde(default)]
    iss: Option<String>,
    aud: Audience,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenVerifier(…)")
    }
}

impl TokenVerifier {
    fn new(mac: Option<Hmac<Sha256>>, has_public_keys: bool) -> Self {
        Self { mac, has_public_keys, issuer: None, system_admin: None, memberships: None }
    }

    /// A verifier with `SUPABASE_JWT_SECRET`; `None` when the secret is shorter than 32 bytes.
    #[must_use]
    pub fn hs256(secret: &str) -> Option<Self> {
        if secret.len() < MIN_SECRET_LEN {
            return None;
        }
        Some(Self::new(Some(Hmac::new_from_slice(secret.as_bytes()).ok()?), false))
    }

    /// A verifier with the public keys of the project alone.
    #[must_use]
    pub fn public_keys() -> Self {
        Self::new(None, true)
    }

    /// The same, and public keys as well.
    #[must_use]
    pub fn and_public_keys(self) -> Self {
        Self { has_public_keys: true, ..self }
    }

    /// The same, for tokens of one issuer.
    #[must_use]
    pub fn with_issuer(self, issuer: String) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    /// The same, with a claim that makes a user a system admin.
    #[must_use]
    pub fn with_system_admin(self, claim: RequiredClaim) -> Self {
        Self { system_admin: Some(claim), ..self }
    }

    /// The same, with a claim that says which workspaces a user is a member of.
    #[must_use]
    pub fn with_memberships(self, claim: ClaimPath) -> Self {
        Self { memberships: Some(claim), ..self }
    }

    /// Verifies a token of the shared secret at the time `now_secs`; knows no other key.
    pub fn verify(&self, token: &str, now_secs: u64) -> Result<VerifiedUser, TokenError> {
        match self.begin(token, &KeyRing::default(), now_secs)? {
            Step::Verified(user) => Ok(user),
            Step::Check(_) | Step::AskForKeys => Err(TokenError::UnknownKey),
        }
    }

    /// Says what is to be done about a token at the time `now_secs`, with the public keys that are known.
    pub fn begin(&self, token: &str, keys: &KeyRing, now_secs: u64) -> Result<Step, TokenError> {
        let Parts { header, signed, payload, signature } = Parts::of(token)?;
        let known = header.kid.as_deref().and_then(|kid| keys.find(kid, now_secs));
        let known = known.filter(|_| self.has_public_keys);
        match (known, &self.mac) {
            (Some(key), _) if key.algorithm().as_str() == header.alg => {
                let (key, signed) = (Arc::clone(key), signed.to_owned());
                Ok(Step::Check(SignatureCheck { key, signed, signature }))
            }
            (None, Some(mac)) if header.alg == HS256 => {
                let mut mac = mac.clone();
                mac.update(signed.as_bytes());
                mac.verify_slice(&signature).map_err(|_| TokenError::Signature)?;
                self.claims(payload, now_secs).map(Step::Verified)
            }
            (None, _)
                if self.has_public_keys
                    && header.kid.is_some()
                    && Algorithm::parse(&header.alg).is_some() =>
            {
                Ok(Step::AskForKeys)
            }
            _ => Err(TokenError::Algorithm),
        }
    }

    /// Ends a verification at the time `now_secs`. `is_genuine` is what came of the check.
    pub fn conclude(
        &self,
        check: &SignatureCheck,
        is_genuine: bool,
        now_secs: u64,
    ) -> Result<VerifiedUser, TokenError> {
        if !is_genuine {
            return Err(TokenError::Signature);
        }
        let (_, payload) = check.signed.split_once('.').ok_or(TokenError::Malformed)?;
        self.claims(payload, now_secs)
    }

    /// Reads and checks the claims of a genuine token.
    fn claims(&self, payload: &str, now_secs: u64) -> Result<VerifiedUser, TokenError> {
        let payload = decode(payload)?;
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)?;
        if now_secs >= claims.exp.saturating_add(LEEWAY_SECS) {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf > now_secs.saturating_add(LEEWAY_SECS)) {
            return Err(TokenError::NotYetValid);
        }
        let for_us = match &claims.aud {
            Audience::One(audience) => audience == AUDIENCE,
            Audience::Many(audiences) => audiences.iter().any(|audience| audience == AUDIENCE),
        };
        if !for_us {
            return Err(TokenError::Audience);
        }
        if self.issuer.is_some() && claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        let id = UserId::parse(&claims.sub).map_err(|_| TokenError::Malformed)?;
        let all: Value = serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)?;
        let claimed = self.memberships.as_ref().and_then(|path| path.find(&all));
        Ok(VerifiedUser::new(Facts {
            id,
            expires_at_secs: claims.exp,
            // A time ahead of ours would make the token's claims newer than any change.
            issued_at_secs: claims.iat.map(|iat| iat.min(now_secs)),
            is_system_admin: self.system_admin.as_ref().is_some_and(|claim| claim.is_met(&all)),
            memberships: claimed.map(ClaimedMemberships::read),
        }))
    }
}

impl SignatureCheck {
    /// The key to check with, and so how.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What was signed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

#[cfg(test)]
mod tests;
