//! Tokens that the origin of these tests accepts. Its clock begins at 1,785,000,000 seconds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::world::SECRET;

/// A token with these claims, for the audience that is accepted.
pub fn token(claims: &str) -> String {
    let mut claims: Value = serde_json::from_str(claims).unwrap();
    claims["aud"] = "authenticated".into();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(&claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
