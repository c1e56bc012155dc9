//! A bearer token taken apart: a JSON Web Token (RFC 7519) in the compact form of a signature (RFC 7515, 7.1). What
//! comes out of here is what somebody wrote, and nothing more until [`crate::TokenVerifier`] has found it genuine.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The longest accepted token, in bytes.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;

/// Why a token was refused. The caller learns "invalid" or "expired", no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenError {
    /// There is no bearer token.
    #[error("a bearer token is required")]
    Missing,
    /// It is not a token of the kind that is accepted here.
    #[error("the token is malformed")]
    Malformed,
    /// It names an algorithm other than its key's, or one for which there is no key.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// It names a key that is not known, also after the keys were asked for anew.
    #[error("the token's key is not known")]
    UnknownKey,
    /// The keys cannot be asked for at the moment, and none that is known fits: it may well be a good token.
    #[error("the token's key cannot be fetched")]
    KeysUnavailable,
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
    /// It was issued by somebody else.
    #[error("the token is of another issuer")]
    Issuer,
}

/// A token's parts.
pub(crate) struct Parts<'a> {
    pub(crate) header: Header,
    /// Header and payload as they were signed.
    pub(crate) signed: &'a str,
    /// The payload, still encoded.
    pub(crate) payload: &'a str,
    pub(crate) signature: Vec<u8>,
}

/// What of a header counts. A key that the token brings along (`jwk`, `jku`, `x5c`) does not.
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
}

#[derive(Deserialize)]
struct JsonHeader<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow, default)]
    kid: Option<Cow<'a, str>>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if payload.contains('.') {
            return Err(TokenError::Malformed);
        }
        let header = decode(header)?;
        let header: JsonHeader<'_> = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
        // An extension that must be understood (RFC 7515, 4.1.11): none is.
        if header.crit.is_some() {
            return Err(TokenError::Algorithm);
        }
        let header = Header { alg: header.alg.into_owned(), kid: header.kid.map(Cow::into_owned) };
        Ok(Self { header, signed, payload, signature: decode(signature)? })
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

pub(crate) fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_from_its_header() {
        assert_eq!(bearer_token(Some("Bearer abc")), Ok("abc"));
        assert_eq!(bearer_token(Some("bearer  abc ")), Ok("abc"));
        for value in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic abc")] {
            assert_eq!(bearer_token(value), Err(TokenError::Missing));
        }
    }
}
