//! What the service shows when it asks on nobody's behalf: a key that Supabase has issued for the role `service_role`, or
//! tokens of that role signed with the project's JWT secret (HS256), short-lived, and used again until shortly before they expire.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How long a token is good for, in seconds.
const TTL_SECS: u64 = 300;
/// A token is replaced so long before it expires, in seconds: longer than a request takes plus what clocks differ.
const RENEW_BEFORE_SECS: u64 = 60;

/// What the service shows to Supabase.
#[derive(Clone)]
pub enum ServiceCredential {
    /// `SUPABASE_SERVICE_ROLE_KEY`: shown as it is.
    Key(String),
    /// `SUPABASE_JWT_SECRET`: signs short-lived tokens.
    Secret(String),
}

/// Finds what to show.
pub(super) enum ServiceTokens {
    Key(String),
    Signed(SignedTokens),
}

impl ServiceTokens {
    pub(super) fn new(credential: ServiceCredential) -> Self {
        match credential {
            ServiceCredential::Key(key) => Self::Key(key),
            ServiceCredential::Secret(secret) => Self::Signed(SignedTokens::new(secret.into_bytes())),
        }
    }

    /// A token that is good for at least a minute from `now_secs`; `None` only if the secret cannot be a key.
    pub(super) fn current(&self, now_secs: u64) -> Option<String> {
        match self {
            Self::Key(key) => Some(key.clone()),
            Self::Signed(tokens) => tokens.current(now_secs),
        }
    }
}

/// Signs tokens and keeps the current one.
pub(super) struct SignedTokens {
    secret: Vec<u8>,
    current: Mutex<Option<Signed>>,
}

struct Signed {
    token: String,
    issued_at_secs: u64,
}

impl SignedTokens {
    /// Signs with this secret.
    const fn new(secret: Vec<u8>) -> Self {
        Self { secret, current: Mutex::new(None) }
    }

    fn current(&self, now_secs: u64) -> Option<String> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signed) = &*current
            // A clock that was set back must not keep a token of the future.
            && (signed.issued_at_secs..signed.issued_at_secs + TTL_SECS - RENEW_BEFORE_SECS).contains(&now_secs)
        {
            return Some(signed.token.clone());
        }
        let token = sign(&self.secret, now_secs)?;
        *current = Some(Signed { token: token.clone(), issued_at_secs: now_secs });
        Some(token)
    }
}

fn sign(secret: &[u8], now_secs: u64) -> Option<String> {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = format!(r#"{{"role":"service_role","iat":{now_secs},"exp":{}}}"#, now_secs + TTL_SECS);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Some(format!("{signed}.{signature}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_until_a_minute_before_it_expires() {
        let tokens = SignedTokens::new(b"a-secret-of-at-least-thirty-two-bytes".to_vec());
        let first = tokens.current(1_000).unwrap();
        assert_eq!(tokens.current(1_239).unwrap(), first);
        let second = tokens.current(1_240).unwrap();
        assert_ne!(second, first);
        assert_ne!(tokens.current(900).unwrap(), second, "the clock was set back");
    }

    #[test]
    fn a_token_says_what_it_is() {
        let token = sign(b"secret", 1_000).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims, serde_json::json!({"role": "service_role", "iat": 1_000, "exp": 1_300}));
    }
}
