use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ids::WorkspaceId;

use super::*;
use crate::{KeyMaterial, MAX_TOKEN_LEN, Role};

const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
const NOW: u64 = 1_785_000_000;
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const CLAIMS: &str = r#"{"sub":"user_1","exp":1785000100,"aud":"authenticated"}"#;

fn sign_with(header: &str, payload: &str, key: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn sign(header: &str, payload: &str) -> String {
    sign_with(header, payload, SECRET.as_bytes())
}

fn hs256() -> TokenVerifier {
    TokenVerifier::hs256(SECRET).unwrap()
}

fn verify(header: &str, payload: &str) -> Result<VerifiedUser, TokenError> {
    hs256().verify(&sign(header, payload), NOW)
}

/// The keys `ec` and `rsa`.
fn keys() -> KeyRing {
    let set = format!(
        r#"{{"keys":[
            {{"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
              "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}},
            {{"kty":"RSA","kid":"rsa","n":"{}","e":"AQAB"}}]}}"#,
        URL_SAFE_NO_PAD.encode(vec![0xab; 256])
    );
    let mut ring = KeyRing::default();
    ring.replace(PublicKey::parse_set(set.as_bytes()).unwrap(), NOW);
    ring
}

/// What is to be done about a token with this header, by a verifier that knows the secret and the keys.
fn step(header: &str) -> Result<&'static str, TokenError> {
    hs256().and_public_keys().begin(&sign(header, CLAIMS), &keys(), NOW).map(|step| match step {
        Step::Verified(_) => "verified",
        Step::Check(check) => check.key().algorithm().as_str(),
        Step::AskForKeys => "ask",
    })
}

#[test]
fn a_token_of_our_secret_is_its_user() {
    let user = verify(HEADER, CLAIMS).unwrap();
    assert_eq!(user.id().as_str(), "user_1");
    assert_eq!(user.expires_at_secs(), 1_785_000_100);
    assert!(verify(HEADER, r#"{"sub":"user_1","exp":1785000100,"aud":["x","authenticated"]}"#).is_ok());
}

#[test]
fn the_token_does_not_choose_its_algorithm() {
    for alg in ["none", "HS512", "RS256", "ES256", "hs256", ""] {
        assert_eq!(verify(&format!(r#"{{"alg":"{alg}"}}"#), CLAIMS), Err(TokenError::Algorithm), "{alg}");
    }
    for header in [
        r#"{"alg":"HS256","kid":"ec"}"#,
        r#"{"alg":"HS256","kid":"rsa"}"#,
        r#"{"alg":"RS256","kid":"ec"}"#,
        r#"{"alg":"ES256","kid":"rsa"}"#,
        r#"{"alg":"none","kid":"ec"}"#,
        r#"{"alg":"none"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"ES384","kid":"unknown"}"#,
        r#"{"alg":"HS256","crit":["b64"]}"#,
    ] {
        assert_eq!(step(header), Err(TokenError::Algorithm), "{header}");
    }
}

#[test]
fn the_key_is_found_by_its_name() {
    assert_eq!(step(r#"{"alg":"ES256","kid":"ec"}"#), Ok("ES256"));
    assert_eq!(step(r#"{"alg":"RS256","kid":"rsa"}"#), Ok("RS256"));
    assert_eq!(step(r#"{"alg":"ES256","kid":"unknown"}"#), Ok("ask"));
    assert_eq!(step(r#"{"alg":"HS256","kid":"the-old-secret"}"#), Ok("verified"));
}

#[test]
fn a_token_that_is_signed_with_the_public_key_is_refused() {
    let KeyMaterial::P256 { x, y } = keys().find("ec", 0).unwrap().material().clone() else { unreachable!() };
    let point = [&[4], &x[..], &y[..]].concat();
    for header in [HEADER, r#"{"alg":"HS256","kid":"ec"}"#, r#"{"alg":"HS256","kid":"x"}"#] {
        for key in [&point[..], &x, &y] {
            let forged = sign_with(header, CLAIMS, key);
            assert!(hs256().and_public_keys().begin(&forged, &keys(), NOW).is_err(), "{header}");
            let by_keys_alone = TokenVerifier::public_keys().begin(&forged, &keys(), NOW);
            assert_eq!(by_keys_alone.err(), Some(TokenError::Algorithm), "{header}");
        }
    }
}

#[test]
fn what_a_key_has_not_signed_is_refused_and_what_it_has_is_held_against_the_clock() {
    let verifier = TokenVerifier::public_keys();
    let Ok(Step::Check(check)) = verifier.begin(&sign(r#"{"alg":"ES256","kid":"ec"}"#, CLAIMS), &keys(), NOW)
    else {
        panic!("there is a signature to check")
    };
    assert!(check.message().starts_with(b"eyJ"));
    assert_eq!(check.signature().len(), 32);
    assert_eq!(verifier.conclude(&check, false, NOW), Err(TokenError::Signature));
    assert_eq!(verifier.conclude(&check, true, NOW).unwrap().id().as_str(), "user_1");
    assert_eq!(verifier.conclude(&check, true, NOW + 200), Err(TokenError::Expired));
}

#[test]
fn times_audience_and_issuer_count() {
    let aud = r#""aud":"authenticated""#;
    let case = |rest: String| verify(HEADER, &format!(r#"{{"sub":"user_1",{rest}}}"#)).map(|_| ());
    assert_eq!(case(format!(r#""exp":1784999990,{aud}"#)), Err(TokenError::Expired));
    assert_eq!(case(format!(r#""exp":1784999996,{aud}"#)), Ok(()), "within the leeway");
    assert_eq!(case(format!(r#""exp":1785000100,"nbf":1785000010,{aud}"#)), Err(TokenError::NotYetValid));
    assert_eq!(case(format!(r#""exp":1785000100,"nbf":1785000004,{aud}"#)), Ok(()), "within the leeway");
    assert_eq!(case(r#""exp":1785000100,"aud":"anon""#.to_owned()), Err(TokenError::Audience));
    assert_eq!(case(aud.to_owned()), Err(TokenError::Malformed), "no exp");
    assert_eq!(case(r#""exp":1785000100"#.to_owned()), Err(TokenError::Malformed), "no aud");

    let ours = hs256().with_issuer("https://p.supabase.co/auth/v1".to_owned());
    let issued = |rest: &str| {
        let claims = format!(r#"{{"sub":"user_1","exp":1785000100,{aud}{rest}}}"#);
        ours.verify(&sign(HEADER, &claims), NOW).map(|_| ())
    };
    assert_eq!(issued(r#","iss":"https://p.supabase.co/auth/v1""#), Ok(()));
    assert_eq!(issued(r#","iss":"https://q.supabase.co/auth/v1""#), Err(TokenError::Issuer));
    assert_eq!(issued(""), Err(TokenError::Issuer));
}

#[test]
fn a_forged_cut_or_oversized_token_is_refused() {
    let verifier = hs256();
    let token = sign(HEADER, CLAIMS);
    let forged = sign_with(HEADER, CLAIMS, b"another-secret-of-thirty-two-bytes!");
    assert_eq!(verifier.verify(&forged, NOW), Err(TokenError::Signature));
    for cut in 0..token.len() {
        assert!(verifier.verify(&token[..cut], NOW).is_err(), "cut at {cut}");
    }
    assert_eq!(verifier.verify(&"a".repeat(MAX_TOKEN_LEN + 1), NOW), Err(TokenError::Malformed));
    assert!(verifier.verify("ä.ö.ü", NOW).is_err());
    assert!(TokenVerifier::hs256("short").is_none());
}

#[test]
fn a_system_admin_is_one_by_app_metadata_alone() {
    let user = |rest: &str| {
        let claims = r#""sub":"user_1","exp":1785000100,"aud":"authenticated""#;
        let claim = RequiredClaim::parse("app_metadata.role=system_admin").unwrap();
        let token = sign(HEADER, &format!("{{{claims},{rest}}}"));
        let by_default = hs256().verify(&token, NOW).unwrap();
        assert!(by_default.system_admin().is_none(), "nobody, where the operator names no claim");
        hs256().with_system_admin(claim).verify(&token, NOW).unwrap()
    };
    let admin = user(r#""app_metadata":{"role":"system_admin"}"#);
    assert_eq!(admin.system_admin().unwrap().user().id().as_str(), "user_1");
    for rest in [
        r#""user_metadata":{"role":"system_admin"}"#,
        r#""role":"system_admin""#,
        r#""app_metadata":{"role":"admin"}"#,
        r#""app_metadata":"role""#,
    ] {
        assert!(user(rest).system_admin().is_none(), "{rest}");
    }
}

#[test]
fn a_claimed_membership_is_of_when_the_token_was_issued() {
    let verifier = hs256().with_memberships(ClaimPath::parse("app_metadata.workspaces").unwrap());
    let claimed = |rest: &str| {
        let claims = r#""sub":"user_1","exp":1785000100,"aud":"authenticated""#;
        let user = verifier.verify(&sign(HEADER, &format!("{{{claims},{rest}}}")), NOW).unwrap();
        user.claimed_membership(&WorkspaceId::parse("w").unwrap())
            .map(|claimed| (claimed.membership.role(), claimed.as_of_ms))
    };
    let at = (1_784_999_000 - LEEWAY_SECS) * 1000;
    let workspaces = r#""app_metadata":{"workspaces":{"w":"admin"}}"#;
    assert_eq!(claimed(&format!(r#""iat":1784999000,{workspaces}"#)), Some((Some(Role::Admin), at)));
    assert_eq!(claimed(r#""iat":1784999000,"app_metadata":{"workspaces":[]}"#), Some((None, at)));
    assert_eq!(claimed(r#""iat":1784999000,"app_metadata":{}"#), None, "the source decides");
    assert_eq!(claimed(workspaces), None, "nobody knows how old it is");
    let ahead = claimed(&format!(r#""iat":1999999999,{workspaces}"#));
    assert_eq!(ahead, Some((Some(Role::Admin), (NOW - LEEWAY_SECS) * 1000)), "no token is newer than now");
    assert!(verify(HEADER, CLAIMS).unwrap().claimed_membership(&WorkspaceId::parse("w").unwrap()).is_none());
}
