//! JSON Web Key Sets, as a project publishes them.

use identity::{KeyMaterial, MAX_KEY_SET_LEN, PublicKey};

pub const WORDS: &[&str] = &[
    "{\"keys\":[",
    "]}",
    "\"kty\":",
    "\"kid\":",
    "\"alg\":",
    "\"use\":",
    "\"crv\":",
    "\"x\":",
    "\"y\":",
    "\"n\":",
    "\"e\":",
    "\"EC\"",
    "\"RSA\"",
    "\"oct\"",
    "\"P-256\"",
    "\"ES256\"",
    "\"RS256\"",
    "\"sig\"",
    "\"enc\"",
    "AQAB",
    "null",
    "[",
    "]",
    "{",
    "}",
];

pub fn seeds() -> Vec<Vec<u8>> {
    let coordinate = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let modulus = "A".repeat(342).replacen('A', "w", 1);
    let ec = format!(
        r#"{{"kty":"EC","crv":"P-256","kid":"a","alg":"ES256","use":"sig","x":"{coordinate}","y":"{coordinate}"}}"#
    );
    let rsa = format!(r#"{{"kty":"RSA","kid":"b","alg":"RS256","use":"sig","n":"{modulus}","e":"AQAB"}}"#);
    [
        format!(r#"{{"keys":[{ec},{rsa}]}}"#),
        format!(r#"{{"keys":[{rsa}]}}"#),
        r#"{"keys":[]}"#.to_owned(),
        r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"},7,null]}"#.to_owned(),
        "[]".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}

pub fn run(bytes: &[u8]) {
    let Ok(keys) = PublicKey::parse_set(bytes) else { return };
    assert!(bytes.len() <= MAX_KEY_SET_LEN);
    for key in keys {
        assert!(!key.kid().is_empty(), "a key without a name is found by no token");
        let is_of_its_algorithm = match key.material() {
            KeyMaterial::P256 { .. } => key.algorithm().as_str() == "ES256",
            // Leading zeros would let one key look like another.
            KeyMaterial::Rsa { n, e } => {
                key.algorithm().as_str() == "RS256"
                    && n.first().is_some_and(|byte| *byte > 0)
                    && e.first().is_some_and(|byte| *byte > 0)
            }
        };
        assert!(is_of_its_algorithm, "{key:?}");
    }
}
