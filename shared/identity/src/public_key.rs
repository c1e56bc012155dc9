//! Public keys of a project, as Supabase Auth publishes them: a JSON Web Key Set (RFC 7517).
//!
//! A key has one algorithm, read from the key and never from a token: P-256 keys verify ES256, RSA keys RS256
//! (RFC 7518, 3.1). What is not understood is left out: other curves and algorithms, keys for encryption, RSA keys that
//! are too short to be trusted. A symmetric key is never taken from a key set: whoever can read it could sign.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The largest key set that is read, in bytes. Supabase's have a few hundred.
pub const MAX_KEY_SET_LEN: usize = 64 * 1024;
/// The most keys of a set that are kept.
const MAX_KEYS: usize = 16;
/// The longest name of a key, in bytes. Supabase's are UUIDs.
const MAX_KID_LEN: usize = 128;
/// RSA moduli in bytes: from 2048 to 8192 bits (NIST SP 800-57 part 1 wants no less, and the libraries take no more).
const RSA_MODULUS_LEN: std::ops::RangeInclusive<usize> = 256..=1024;
/// The longest RSA exponent, in bytes. Nearly everybody's is 65537.
const MAX_EXPONENT_LEN: usize = 4;

/// How a public key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256. A signature is `r` and `s`, 32 bytes each.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The name in a token's header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of this name, if it is one of them.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Es256, Self::Rs256].into_iter().find(|known| known.as_str() == name)
    }
}

/// The numbers that make up a key, big-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyMaterial {
    /// A point on P-256.
    P256 {
        /// Its first coordinate.
        x: [u8; 32],
        /// Its second coordinate.
        y: [u8; 32],
    },
    /// An RSA key.
    Rsa {
        /// The modulus, without leading zeros.
        n: Vec<u8>,
        /// The exponent, without leading zeros.
        e: Vec<u8>,
    },
}

/// A public key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    material: KeyMaterial,
}

/// What was fetched is not a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON Web Key Set")]
pub struct NotAKeySet;

#[derive(Deserialize)]
struct JsonKeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct JsonKey {
    kty: String,
    kid: String,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
}

impl PublicKey {
    /// The keys of a set that can verify tokens.
    pub fn parse_set(json: &[u8]) -> Result<Vec<Self>, NotAKeySet> {
        if json.len() > MAX_KEY_SET_LEN {
            return Err(NotAKeySet);
        }
        let set: JsonKeySet = serde_json::from_slice(json).map_err(|_| NotAKeySet)?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(keys.filter_map(Self::of).take(MAX_KEYS).collect())
    }

    fn of(key: JsonKey) -> Option<Self> {
        let is_for_signatures = key.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        if !is_for_signatures || key.kid.is_empty() || key.kid.len() > MAX_KID_LEN {
            return None;
        }
        let number = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let (material, algorithm) = match (key.kty.as_str(), key.crv.as_deref()) {
            ("EC", Some("P-256")) => {
                let coordinate = |text| <[u8; 32]>::try_from(number(text)?).ok();
                (KeyMaterial::P256 { x: coordinate(key.x)?, y: coordinate(key.y)? }, Algorithm::Es256)
            }
            ("RSA", _) => {
                let (n, e) = (without_zeros(number(key.n)?), without_zeros(number(key.e)?));
                let is_sound = RSA_MODULUS_LEN.contains(&n.len())
                    && (1..=MAX_EXPONENT_LEN).contains(&e.len())
                    && e.last().is_some_and(|byte| byte % 2 == 1)
                    && e != [1];
                is_sound.then_some((KeyMaterial::Rsa { n, e }, Algorithm::Rs256))?
            }
            _ => return None,
        };
        let agrees = key.alg.as_deref().is_none_or(|named| named == algorithm.as_str());
        agrees.then_some(Self { kid: key.kid, material })
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm of its signatures.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            KeyMaterial::P256 { .. } => Algorithm::Es256,
            KeyMaterial::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// Its numbers.
    #[must_use]
    pub const fn material(&self) -> &KeyMaterial {
        &self.material
    }
}

/// A number as a key set writes it (RFC 7515, 2).
#[must_use]
pub fn base64url(number: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(number)
}

fn without_zeros(number: Vec<u8>) -> Vec<u8> {
    match number.iter().position(|byte| *byte != 0) {
        Some(0) => number,
        Some(first) => number.into_iter().skip(first).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn p256(changes: &Value) -> Value {
        // The key of RFC 7515, A.3.
        let mut key = json!({
            "kty": "EC", "kid": "k1", "crv": "P-256", "alg": "ES256", "use": "sig",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn rsa(modulus_len: usize, e: &str) -> Value {
        let n = URL_SAFE_NO_PAD.encode(vec![0xab; modulus_len]);
        json!({"kty": "RSA", "kid": "r1", "n": n, "e": e})
    }

    fn parse(keys: &[Value]) -> Vec<PublicKey> {
        PublicKey::parse_set(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_algorithm_is_the_keys_own() {
        let keys = parse(&[p256(&json!({})), rsa(256, "AQAB")]);
        let algorithms: Vec<_> = keys.iter().map(|key| (key.kid(), key.algorithm())).collect();
        assert_eq!(algorithms, [("k1", Algorithm::Es256), ("r1", Algorithm::Rs256)]);
        assert_eq!(parse(&[p256(&json!({"alg": null, "use": null}))]).len(), 1);
    }

    #[test]
    fn a_key_that_is_not_understood_is_left_out() {
        for key in [
            p256(&json!({"alg": "HS256"})),
            p256(&json!({"alg": "RS256"})),
            p256(&json!({"crv": "P-384"})),
            p256(&json!({"use": "enc"})),
            p256(&json!({"kid": ""})),
            p256(&json!({"kid": 7})),
            p256(&json!({"x": "AAAA"})),
            p256(&json!({"kty": "oct", "k": "c2VjcmV0"})),
            rsa(255, "AQAB"),
            rsa(1025, "AQAB"),
            rsa(256, "AQ"),
            rsa(256, "Ag"),
            rsa(256, "AA"),
            rsa(256, "AQAAAAAB"),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "o1", "x": "AAAA"}),
            json!("key"),
        ] {
            let keys = parse(&[key.clone(), p256(&json!({"kid": "good"}))]);
            assert_eq!(keys.iter().map(PublicKey::kid).collect::<Vec<_>>(), ["good"], "{key}");
        }
        assert!(parse(&[]).is_empty());
        assert_eq!(parse(&vec![p256(&json!({})); 100]).len(), MAX_KEYS);
    }

    #[test]
    fn what_is_no_key_set_is_said_to_be_none() {
        for text in ["", "{}", "[]", r#"{"keys":{}}"#, "<html>"] {
            assert_eq!(PublicKey::parse_set(text.as_bytes()), Err(NotAKeySet), "{text}");
        }
        assert_eq!(PublicKey::parse_set(&vec![b' '; MAX_KEY_SET_LEN + 1]), Err(NotAKeySet));
    }
}
