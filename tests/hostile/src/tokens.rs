//! Tokens that are none: forged, cut, out of time, of another algorithm, audience or subject, too long, no text. None of them opens anything.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use stack::tokens;

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{Party, SIDES, Target, list, routes};
use crate::wire::Raw;

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn claims(user: &str) -> Value {
    json!({
        "sub": user, "aud": "authenticated", "iss": tokens::ISSUER, "role": "authenticated", "iat": now_secs(),
        "exp": now_secs() + 600,
    })
}

fn with(user: &str, changes: &Value) -> Value {
    let mut claims = claims(user);
    if let (Some(claims), Some(changes)) = (claims.as_object_mut(), changes.as_object()) {
        claims.extend(changes.clone());
    }
    claims
}

fn without(user: &str, claim: &str) -> Value {
    let mut claims = claims(user);
    claims.as_object_mut().and_then(|claims| claims.remove(claim));
    claims
}

/// Claims of `user` as another issuer would make them, or none. With a genuine signature they are refused where `SUPABASE_JWT_ISSUER` is set alone.
pub(crate) fn claims_of_other_issuers(user: &str) -> Vec<(String, Value)> {
    let near = [
        "https://another.test/auth/v1".to_owned(),
        "supabase".to_owned(),
        String::new(),
        format!("{}/", tokens::ISSUER),
        format!(" {}", tokens::ISSUER),
        format!("{}\0", tokens::ISSUER),
        tokens::ISSUER.to_ascii_uppercase(),
        tokens::ISSUER.replace("https", "http"),
        tokens::ISSUER.replace("project.test", "project.test@another.test"),
        tokens::ISSUER.replace('e', "\u{435}"),
    ];
    let near = near.into_iter().map(Value::from);
    let others = [Value::Null, json!([tokens::ISSUER]), json!({"iss": tokens::ISSUER}), json!(true)];
    let mut all: Vec<(String, Value)> =
        near.chain(others).map(|iss| (format!("iss {iss}"), with(user, &json!({"iss": iss})))).collect();
    all.push(("no iss".to_owned(), without(user, "iss")));
    all
}

/// Values of `Authorization` that claim to be `victim`, or a member of the victim's workspace, and are not.
fn forgeries(target: &Target<'_>, attacker: Party, victim: Party) -> Result<Vec<(String, Vec<u8>)>> {
    let secret = &target.world.secrets.jwt_secret;
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    let user = victim.user;
    let good = target.token(victim.user);
    let own = target.token(attacker.user);
    let (own_parts, good_parts): (Vec<&str>, Vec<&str>) =
        (own.split('.').collect(), good.split('.').collect());
    let mut tokens: Vec<(String, String)> = Vec::new();

    for (name, secret) in [
        ("another secret", "another secret of more than thirty-two bytes"),
        ("an empty secret", ""),
        ("the anonymous key as secret", target.world.supabase.anon_key()),
        ("the issuer as secret", "supabase"),
        ("a null byte as secret", "\0"),
    ] {
        tokens.push((format!("signed with {name}"), tokens::sign(&hs256, &claims(user), secret)?));
    }
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "ES384",
        "EdDSA", "hs256", "HS256 ",
    ] {
        let header = json!({"alg": alg, "typ": "JWT"});
        let token = tokens::sign(&header, &claims(user), secret)?;
        let unsigned = token.rsplit_once('.').map(|(signed, _)| signed).unwrap_or_default().to_owned();
        tokens.push((format!("alg {alg:?}, signed"), token));
        tokens.push((format!("alg {alg:?}, unsigned"), format!("{unsigned}.")));
        tokens.push((format!("alg {alg:?}, two parts"), unsigned));
    }
    for header in [
        json!({"typ": "JWT"}),
        json!({"alg": null}),
        json!({"alg": ["HS256"]}),
        json!({"alg": "HS256", "crit": ["exp"]}),
        json!({"alg": "HS256", "crit": []}),
        json!([]),
        json!("HS256"),
    ] {
        tokens.push((format!("header {header}"), tokens::sign(&header, &claims(user), secret)?));
    }
    for header in [
        json!({"alg": "HS256", "kid": "../../../../dev/null"}),
        json!({"alg": "HS256", "kid": "' union select 'key"}),
        json!({"alg": "HS256", "jku": "http://127.0.0.1:9/jwks.json"}),
        json!({"alg": "HS256", "x5u": "http://127.0.0.1:9/cert"}),
        json!({"alg": "HS256", "jwk": {"kty": "oct", "k": URL_SAFE_NO_PAD.encode("attacker's key of thirty-two bytes")}}),
    ] {
        let token = tokens::sign(&header, &claims(user), "attacker's key of thirty-two bytes")?;
        tokens.push((format!("header {header}"), token));
    }
    for (name, claims) in [
        ("expired", with(user, &json!({"exp": now_secs() - 60}))),
        ("expired in 1970", with(user, &json!({"exp": 0}))),
        ("exp below zero", with(user, &json!({"exp": -1}))),
        ("exp as text", with(user, &json!({"exp": (now_secs() + 600).to_string()}))),
        ("exp null", with(user, &json!({"exp": null}))),
        ("exp huge", with(user, &json!({"exp": 1e300}))),
        ("no exp", without(user, "exp")),
        ("not yet valid", with(user, &json!({"nbf": now_secs() + 600}))),
        ("valid in a century", with(user, &json!({"nbf": u64::MAX}))),
        ("aud anon", with(user, &json!({"aud": "anon"}))),
        ("aud empty", with(user, &json!({"aud": ""}))),
        ("aud none of many", with(user, &json!({"aud": ["anon", "service_role"]}))),
        ("aud object", with(user, &json!({"aud": {"authenticated": true}}))),
        ("aud null", with(user, &json!({"aud": null}))),
        ("no aud", without(user, "aud")),
        ("sub empty", with(user, &json!({"sub": ""}))),
        ("sub null", with(user, &json!({"sub": null}))),
        ("sub a list", with(user, &json!({"sub": [user]}))),
        ("sub a number", with(user, &json!({"sub": 1}))),
        ("sub a filter", with(user, &json!({"sub": format!("{user},role.eq.admin")}))),
        ("sub a wildcard", with(user, &json!({"sub": "*"}))),
        ("sub with a look-alike", with(user, &json!({"sub": user.replace('e', "\u{435}")}))),
        ("sub with a null byte", with(user, &json!({"sub": format!("{user}\0")}))),
        ("sub with blanks", with(user, &json!({"sub": format!(" {user} ")}))),
        ("sub too long", with(user, &json!({"sub": "u".repeat(65)}))),
        ("no sub", without(user, "sub")),
        ("a list", json!([claims(user)])),
        ("a text", json!("claims")),
        ("null", Value::Null),
    ] {
        tokens.push((format!("claims: {name}"), tokens::sign(&hs256, &claims, secret)?));
    }
    for (name, claims) in claims_of_other_issuers(user) {
        tokens.push((format!("claims: {name}"), tokens::sign(&hs256, &claims, secret)?));
    }
    // What is signed for one is no signature for the other.
    tokens.push((
        "the victim's claims under one's own signature".to_owned(),
        [own_parts[0], good_parts[1], own_parts[2]].join("."),
    ));
    for cut in 1..16 {
        tokens.push((format!("cut at {cut}/16"), good[..good.len() * cut / 16].to_owned()));
    }
    tokens.push(("without its signature".to_owned(), [good_parts[0], good_parts[1], ""].join(".")));
    tokens.push(("with a fourth part".to_owned(), format!("{good}.{}", good_parts[2])));
    tokens.push(("with five parts, as if encrypted".to_owned(), format!("{good}.a.b")));
    tokens.push(("padded".to_owned(), format!("{good}==")));
    tokens.push((
        "a token within a token".to_owned(),
        tokens::sign(&json!({"alg": "HS256", "cty": "JWT"}), &json!(good), secret)?,
    ));
    let standard = |part: &str| STANDARD.encode(URL_SAFE_NO_PAD.decode(part).unwrap_or_default());
    tokens.push((
        "in the other base64".to_owned(),
        good_parts.iter().map(|part| standard(part)).collect::<Vec<_>>().join("."),
    ));
    tokens.push((
        "in padded base64".to_owned(),
        good_parts
            .iter()
            .map(|part| URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("."),
    ));
    tokens.push(("in capitals".to_owned(), good.to_ascii_uppercase()));
    tokens.push(("reversed".to_owned(), good.chars().rev().collect()));
    tokens.push(("the anonymous key".to_owned(), target.world.supabase.anon_key().to_owned()));
    tokens.push(("the service key".to_owned(), target.world.supabase.service_key().to_owned()));
    tokens.push(("16 KB".to_owned(), "a".repeat(16 * 1024)));
    tokens.push(("16 KB of parts".to_owned(), "a.".repeat(8 * 1024)));
    tokens.push((
        "15 KB, well signed".to_owned(),
        tokens::sign(&hs256, &with(user, &json!({"pad": "a".repeat(11_000)})), secret)?,
    ));
    tokens.push(("a pair of them".to_owned(), format!("{own}, Bearer {good}x")));
    tokens.push(("words".to_owned(), "undefined".to_owned()));
    tokens.push(("null".to_owned(), "null".to_owned()));

    tokens.extend(crate::public_keys::forgeries(target, user, &claims(user))?);

    let mut values: Vec<(String, Vec<u8>)> =
        tokens.into_iter().map(|(name, token)| (name, format!("Bearer {token}").into_bytes())).collect();
    for (name, value) in [
        ("no scheme", good.as_bytes().to_vec()),
        ("basic", format!("Basic {}", STANDARD.encode(format!("{user}:{good}"))).into_bytes()),
        ("digest", format!("Digest {good}").into_bytes()),
        ("bearer without a blank", format!("Bearer{good}").into_bytes()),
        ("bearer with a tab", format!("Bearer\t{good}").into_bytes()),
        ("non-ASCII", "Bearer äöü.ß.😀".as_bytes().to_vec()),
        ("bytes that are no text", b"Bearer \xff\xfe.\x80.\xc3\x28".to_vec()),
        ("a soft hyphen in it", format!("Bearer {}\u{ad}{}", &good[..20], &good[20..]).into_bytes()),
        ("empty", b"".to_vec()),
        ("a scheme alone", b"Bearer".to_vec()),
    ] {
        values.push((name.to_owned(), value));
    }
    Ok(values)
}

/// Places where a token does not count.
fn elsewhere(target: &Target<'_>, victim: Party) -> Vec<(String, Raw)> {
    let token = target.token(victim.user);
    let (path, workspace) = (list(victim), victim.workspace);
    let bare = |target: &str| Raw::new("GET", target).with("X-Workspace-ID", workspace);
    vec![
        ("in the query".to_owned(), bare(&format!("{path}?access_token={token}"))),
        ("as apikey".to_owned(), bare(&path).with("apikey", token)),
        ("as a cookie".to_owned(), bare(&path).with("Cookie", format!("sb-access-token={token}"))),
        ("as X-Authorization".to_owned(), bare(&path).with("X-Authorization", format!("Bearer {token}"))),
        (
            "as Proxy-Authorization".to_owned(),
            bare(&path).with("Proxy-Authorization", format!("Bearer {token}")),
        ),
        ("as the internal key".to_owned(), bare(&path).with("X-Internal-Auth", token)),
        ("of X-User-ID alone".to_owned(), bare(&path).with("X-User-ID", victim.user)),
    ]
}

/// Tokens with a genuine signature and another issuer, at both tiers. Part of [`cases`]; alone for a chain that does not ask for the issuer.
pub fn other_issuers(target: &Target<'_>) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (_, victim) in SIDES {
        for (name, claims) in claims_of_other_issuers(victim.user) {
            let header = json!({"alg": "HS256", "typ": "JWT"});
            let token = tokens::sign(&header, &claims, &target.world.secrets.jwt_secret)?;
            for tier in Tier::ALL {
                let request = Raw::new("GET", &list(victim))
                    .with("Authorization", format!("Bearer {token}"))
                    .with("X-Workspace-ID", victim.workspace);
                let (sees, expect) = (Sees::Nothing, Expect::Refusal);
                cases.push(Case { name: format!("token: {name}"), tier, request, sees, expect });
            }
        }
    }
    Ok(cases)
}

/// All of them, at both tiers, on every route that has rows.
pub fn cases(target: &Target<'_>) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (attacker, victim) in SIDES {
        for tier in Tier::ALL {
            let mut add = |name: String, request: Raw| {
                let (sees, expect) = (Sees::Nothing, Expect::Refusal);
                cases.push(Case { name: format!("token: {name}"), tier, request, sees, expect });
            };
            let routes = routes(victim, tier);
            for (index, (name, value)) in forgeries(target, attacker, victim)?.into_iter().enumerate() {
                // The list for each of them, and each of the other routes in turn.
                for path in [list(victim), routes[1 + index % (routes.len() - 1)].clone()] {
                    let request = Raw::new("GET", &path)
                        .with("Authorization", &value)
                        .with("X-Workspace-ID", victim.workspace);
                    add(format!("{name}, {path}"), request);
                }
            }
            for (name, request) in elsewhere(target, victim) {
                add(name, request);
            }
        }
    }
    Ok(cases)
}
