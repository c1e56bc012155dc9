//! JSON Web Tokens as Supabase Auth would issue them, and whatever a test wants to forge.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// Who issues these tokens: what `SUPABASE_JWT_ISSUER` has to be where it is set.
pub const ISSUER: &str = "https://project.test/auth/v1";

/// The token of a signed-in user that is good for `ttl` from now.
pub fn mint(user_id: &str, secret: &str, ttl: Duration) -> Result<String> {
    sign(&json!({"alg": "HS256", "typ": "JWT"}), &user_claims(user_id, ttl), secret)
}

/// What Supabase Auth says of a signed-in user, good for `ttl` from now.
#[must_use]
pub fn user_claims(user_id: &str, ttl: Duration) -> Value {
    let now_secs = unix_secs();
    json!({
        "sub": user_id,
        "role": "authenticated",
        "aud": "authenticated",
        "iss": ISSUER,
        "iat": now_secs,
        "exp": now_secs + ttl.as_secs(),
    })
}

/// What `SYSTEM_ADMIN_CLAIM` has to be for [`mint_system_admin`].
pub const SYSTEM_ADMIN_CLAIM: &str = "app_metadata.role=system_admin";

/// The token of a system admin: a claim that the service role alone can set says so.
pub fn mint_system_admin(user_id: &str, secret: &str, ttl: Duration) -> Result<String> {
    mint_with(user_id, secret, ttl, &json!({"app_metadata": {"role": "system_admin"}}))
}

/// The token of a signed-in user with claims of its own besides the usual ones, or in place of them.
pub fn mint_with(user_id: &str, secret: &str, ttl: Duration, claims: &Value) -> Result<String> {
    let mut all = user_claims(user_id, ttl);
    if let (Some(all), Some(claims)) = (all.as_object_mut(), claims.as_object()) {
        all.extend(claims.clone());
    }
    sign(&json!({"alg": "HS256", "typ": "JWT"}), &all, secret)
}

/// A project key as Supabase issues them: a token of the role `anon` or `service_role` that is good for ten years.
pub fn project_key(role: &str, secret: &str) -> Result<String> {
    let now_secs = unix_secs();
    let claims =
        json!({"iss": "supabase", "role": role, "iat": now_secs, "exp": now_secs + 10 * 365 * 24 * 60 * 60});
    sign(&json!({"alg": "HS256", "typ": "JWT"}), &claims, secret)
}

/// A token with this header and these claims, signed with HMAC-SHA-256 whatever the header says.
pub fn sign(header: &Value, claims: &Value, secret: &str) -> Result<String> {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Ok(format!("{signed}.{signature}"))
}

/// The time, in seconds since the Unix epoch.
pub(crate) fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use identity::{RequiredClaim, TokenVerifier};

    use super::*;

    #[test]
    fn a_minted_token_is_what_the_verifier_accepts() {
        let secret = "a secret of at least thirty-two bytes";
        let token = mint("user_1", secret, Duration::from_mins(1)).expect("a token");
        let claim = RequiredClaim::parse(SYSTEM_ADMIN_CLAIM).expect("a claim");
        let verifier = TokenVerifier::hs256(secret).expect("a verifier").with_system_admin(claim);
        let user = verifier.verify(&token, unix_secs()).expect("a valid token");
        assert_eq!(user.id().as_str(), "user_1");
        assert!(user.system_admin().is_none());
        let token = mint_system_admin("user_1", secret, Duration::from_mins(1)).expect("a token");
        let user = verifier.verify(&token, unix_secs()).expect("a valid token");
        assert!(user.system_admin().is_some());
    }
}
