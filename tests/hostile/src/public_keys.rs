//! Tokens for a project that publishes its keys: signed with what is public, named after another key, or in another way than the key's own.

use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use stack::tokens;

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{SIDES, Target, list};
use crate::wire::Raw;

/// What HMAC might be given in place of a secret by a verifier that lets the token choose: every form in which a public key is at hand.
fn public_texts(jwk: &Value) -> Vec<(&'static str, String)> {
    let number = |name: &str| jwk[name].as_str().unwrap_or_default().to_owned();
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(number(name)).unwrap_or_default();
    // Whatever its encoding, a PEM is this around base64; a verifier that is fooled takes the text for a secret.
    let pem = |der: &[u8]| {
        let lines = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join("\n");
        format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n")
    };
    let point = [[4].as_slice(), &bytes("x"), &bytes("y")].concat();
    // SubjectPublicKeyInfo of P-256 (RFC 5480): a fixed head before the point.
    let spki = [
        URL_SAFE_NO_PAD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").unwrap_or_default(),
        point[1..].to_vec(),
    ]
    .concat();
    vec![
        ("the JWK", jwk.to_string()),
        ("the key set", json!({"keys": [jwk]}).to_string()),
        ("the modulus", number("n")),
        ("the first coordinate", number("x")),
        ("the kid", number("kid")),
        ("the PEM", pem(&spki)),
        ("the PEM without its last line end", pem(&spki).trim_end().to_owned()),
        ("the modulus as PEM", pem(&bytes("n"))),
    ]
}

/// Tokens of `user` that no key of the project has signed, each with a name. None where the project publishes no keys.
pub fn forgeries(target: &Target<'_>, user: &str, claims: &Value) -> Result<Vec<(String, String)>> {
    let Some(keys) = &target.world.keys else { return Ok(Vec::new()) };
    let mut tokens = Vec::new();
    for (key, other) in [(&keys.es256, &keys.rs256), (&keys.rs256, &keys.es256)] {
        let (jwk, alg) = (key.jwk(), key.alg());
        let kid = jwk["kid"].as_str().context("a kid")?;
        for (name, secret) in public_texts(&jwk) {
            for header in [
                json!({"alg": "HS256", "kid": kid}),
                json!({"alg": "HS256"}),
                json!({"alg": alg, "kid": kid}),
            ] {
                tokens.push((
                    format!("HMAC with {name} of {kid}, {header}"),
                    tokens::sign(&header, claims, &secret)?,
                ));
            }
        }
        let other_kid = other.jwk()["kid"].clone();
        for header in [
            json!({"alg": alg, "kid": other_kid}),
            json!({"alg": other.alg(), "kid": other_kid}),
            json!({"alg": other.alg(), "kid": kid}),
            json!({"alg": alg}),
            json!({"alg": alg, "kid": ""}),
            json!({"alg": alg, "kid": null}),
            json!({"alg": alg, "kid": [kid]}),
            json!({"alg": alg, "kid": format!("{kid}\0")}),
            json!({"alg": alg, "kid": kid.to_ascii_uppercase()}),
            json!({"alg": alg, "kid": "../jwks.json"}),
            json!({"alg": alg, "kid": "no-such-key"}),
            json!({"alg": alg, "kid": "k".repeat(4000)}),
            json!({"alg": "none", "kid": kid}),
            json!({"alg": "HS256", "kid": kid}),
            json!({"alg": alg.to_ascii_lowercase(), "kid": kid}),
            json!({"alg": format!("{alg} "), "kid": kid}),
            json!({"alg": "ES512", "kid": kid}),
            json!({"alg": "PS256", "kid": kid}),
            json!({"alg": alg, "kid": kid, "crit": ["kid"]}),
        ] {
            tokens.push((format!("signed by {kid}, {header}"), key.sign_as(&header, claims)?));
        }
        let good = key.sign(claims)?;
        let (signed, signature) = good.rsplit_once('.').context("a token")?;
        let bytes = URL_SAFE_NO_PAD.decode(signature)?;
        let with = |bytes: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes));
        tokens.push((format!("{kid}: a signature of zeros"), with(&vec![0; bytes.len()])));
        tokens.push((format!("{kid}: a signature of ones"), with(&vec![0xff; bytes.len()])));
        tokens.push((format!("{kid}: a cut signature"), with(&bytes[..bytes.len() - 1])));
        tokens.push((format!("{kid}: a longer signature"), with(&[bytes.as_slice(), &[0]].concat())));
        tokens.push((
            format!("{kid}: halves swapped"),
            with(&[&bytes[bytes.len() / 2..], &bytes[..bytes.len() / 2]].concat()),
        ));
        tokens.push((format!("{kid}: no signature"), format!("{signed}.")));
        let mut flipped = bytes.clone();
        flipped[7] ^= 1;
        tokens.push((format!("{kid}: one bit"), with(&flipped)));
        let mut later = claims.clone();
        later["sub"] = json!(format!("{user}x"));
        let (_, foreign) = key
            .sign(&later)?
            .rsplit_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .context("a token")?;
        tokens.push((format!("{kid}: another token's signature"), format!("{signed}.{foreign}")));
        for (name, member, value) in [
            ("expired", "exp", json!(1)),
            ("another audience", "aud", json!("anon")),
            ("another issuer", "iss", json!("https://another.test/auth/v1")),
            ("no issuer", "iss", json!(null)),
            ("no subject", "sub", json!("")),
        ] {
            let mut claims = claims.clone();
            claims[member] = value;
            tokens.push((format!("{kid}: {name}"), key.sign(&claims)?));
        }
    }
    Ok(tokens)
}

/// Members with tokens of the project's keys, which are right: without them the refusals would show nothing.
pub fn controls(target: &Target<'_>) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (party, _) in SIDES {
        let claims = tokens::user_claims(party.user, Duration::from_mins(10));
        for key in target.world.keys.iter().flat_map(|keys| [&keys.es256, &keys.rs256]) {
            for tier in Tier::ALL {
                let request = Raw::new("GET", &list(party))
                    .with("Authorization", format!("Bearer {}", key.sign(&claims)?))
                    .with("X-Workspace-ID", party.workspace);
                let (name, sees) = (format!("a right token of {}", key.alg()), Sees::Only(party.workspace));
                cases.push(Case { name, tier, request, sees, expect: Expect::Success });
            }
        }
    }
    Ok(cases)
}
