//! Bearer tokens: JSON Web Tokens (RFC 7519) as Supabase Auth issues them, signed with HMAC-SHA-256.
//!
//! The algorithm is the verifier's, never the token's: a token that names another one is refused (RFC 8725, 3.1).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ids::UserId;
use serde::Deserialize;
use sha2::Sha256;

/// The longest accepted token, in bytes.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;
/// How far clocks may differ where `exp` and `nbf` are judged, in seconds.
pub const LEEWAY_SECS: u64 = 5;
/// The shortest accepted secret, in bytes (RFC 7518, 3.2: at least the size of the hash output).
const MIN_SECRET_LEN: usize = 32;
/// The audience of Supabase's tokens for signed-in users.
const AUDIENCE: &str = "authenticated";

/// Why a token was refused. The caller learns "invalid" or "expired", no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenError {
    /// There is no bearer token.
    #[error("a bearer token is required")]
    Missing,
    /// It is not a token of the kind that is accepted here.
    #[error("the token is malformed")]
    Malformed,
    /// It names an algorithm other than the key's.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// Its signature is not the key's.
    #[error("the token's signature is wrong")]
    Signature,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It was issued for another audience.
    #[error("the token is for another audience")]
    Audience,
}

/// A user whose token was verified. Only [`TokenVerifier::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedUser {
    id: UserId,
    expires_at_secs: u64,
}

impl VerifiedUser {
    /// The user: the token's `sub`.
    #[must_use]
    pub const fn id(&self) -> &UserId {
        &self.id
    }

    /// When the token expires, in seconds since the Unix epoch. What is remembered of it must be forgotten then.
    #[must_use]
    pub const fn expires_at_secs(&self) -> u64 {
        self.expires_at_secs
    }
}

/// Verifies tokens with one secret.
#[derive(Clone)]
pub struct TokenVerifier {
    mac: Hmac<Sha256>,
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenVerifier(…)")
    }
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    nbf: Option<u64>,
    aud: Audience,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl TokenVerifier {
    /// A verifier with `SUPABASE_JWT_SECRET`; `None` when the secret is shorter than 32 bytes.
    #[must_use]
    pub fn hs256(secret: &str) -> Option<Self> {
        if secret.len() < MIN_SECRET_LEN {
            return None;
        }
        Some(Self { mac: Hmac::new_from_slice(secret.as_bytes()).ok()? })
    }

    /// Verifies a token at the time `now_secs`.
    pub fn verify(&self, token: &str, now_secs: u64) -> Result<VerifiedUser, TokenError> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if payload.contains('.') {
            return Err(TokenError::Malformed);
        }
        let header = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
        if header.alg != "HS256" || header.crit.is_some() {
            return Err(TokenError::Algorithm);
        }
        let mut mac = self.mac.clone();
        mac.update(signed.as_bytes());
        mac.verify_slice(&decode(signature)?).map_err(|_| TokenError::Signature)?;

        let claims: Claims = serde_json::from_slice(&decode(payload)?).map_err(|_| TokenError::Malformed)?;
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
        let id = UserId::parse(&claims.sub).map_err(|_| TokenError::Malformed)?;
        Ok(VerifiedUser { id, expires_at_secs: claims.exp })
    }
}

/// The token of an `Authorization` header's value.
pub fn bearer_token(authorization: Option<&str>) -> Result<&str, TokenError> {
    let (scheme, token) = authorization.and_then(|value| value.split_once(' ')).ok_or(TokenError::Missing)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(TokenError::Missing);
    }
    Ok(token)
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
    const NOW: u64 = 1_785_000_000;

    fn sign(header: &str, payload: &str, secret: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn verify(header: &str, payload: &str) -> Result<VerifiedUser, TokenError> {
        TokenVerifier::hs256(SECRET).unwrap().verify(&sign(header, payload, SECRET), NOW)
    }

    const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn a_token_of_our_secret_is_its_user() {
        let user = verify(HS256, r#"{"sub":"user_1","exp":1785000100,"aud":"authenticated"}"#).unwrap();
        assert_eq!(user.id().as_str(), "user_1");
        assert_eq!(user.expires_at_secs(), 1_785_000_100);
        assert!(verify(HS256, r#"{"sub":"user_1","exp":1785000100,"aud":["x","authenticated"]}"#).is_ok());
    }

    #[test]
    fn the_token_does_not_choose_its_algorithm() {
        for alg in ["none", "HS512", "RS256", "hs256", ""] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            let claims = r#"{"sub":"user_1","exp":1785000100,"aud":"authenticated"}"#;
            assert_eq!(verify(&header, claims), Err(TokenError::Algorithm), "{alg}");
        }
    }

    #[test]
    fn times_and_audience_count() {
        let claims = |rest: &str| format!(r#"{{"sub":"user_1",{rest}}}"#);
        let aud = r#""aud":"authenticated""#;
        let case = |rest: String| verify(HS256, &claims(&rest)).map(|_| ());
        assert_eq!(case(format!(r#""exp":1784999990,{aud}"#)), Err(TokenError::Expired));
        assert_eq!(case(format!(r#""exp":1785000100,"nbf":1785000010,{aud}"#)), Err(TokenError::NotYetValid));
        assert_eq!(case(r#""exp":1785000100,"aud":"anon""#.to_owned()), Err(TokenError::Audience));
        assert_eq!(case(aud.to_owned()), Err(TokenError::Malformed), "no exp");
        assert_eq!(case(r#""exp":1785000100"#.to_owned()), Err(TokenError::Malformed), "no aud");
    }

    #[test]
    fn a_forged_cut_or_oversized_token_is_refused() {
        let verifier = TokenVerifier::hs256(SECRET).unwrap();
        let claims = r#"{"sub":"user_1","exp":1785000100,"aud":"authenticated"}"#;
        let token = sign(HS256, claims, SECRET);
        let forged = sign(HS256, claims, "another-secret-of-thirty-two-bytes!");
        assert_eq!(verifier.verify(&forged, NOW), Err(TokenError::Signature));
        for cut in 0..token.len() {
            assert!(verifier.verify(&token[..cut], NOW).is_err(), "cut at {cut}");
        }
        assert_eq!(verifier.verify(&"a".repeat(16 * 1024), NOW), Err(TokenError::Malformed));
        assert!(verifier.verify("ä.ö.ü", NOW).is_err());
        assert!(TokenVerifier::hs256("short").is_none());
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(bearer_token(Some("bearer abc")), Ok("abc"));
        for value in [None, Some("abc"), Some("Basic abc"), Some("Bearer "), Some("Bearer")] {
            assert_eq!(bearer_token(value), Err(TokenError::Missing));
        }
    }
}
