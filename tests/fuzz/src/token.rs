//! The value of `Authorization`. The first byte says what the others are: the header as it is; or claims, or a header and claims, that are signed with the
//! right secret here, so that what lies behind the signature is reached.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use identity::{ClaimPath, LEEWAY_SECS, MAX_TOKEN_LEN, TokenVerifier, VerifiedWorkspace, bearer_token};
use sha2::Sha256;

const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
const NOW_SECS: u64 = 1_795_000_000;

pub const WORDS: &[&str] = &[
    "Bearer ",
    "bearer ",
    ".",
    "..",
    "eyJhbGciOiJIUzI1NiJ9",
    "{\"alg\":\"HS256\"}",
    "{\"alg\":\"none\"}",
    "\"alg\":",
    "\"crit\":",
    "\"kid\":",
    "\"sub\":",
    "\"exp\":",
    "\"nbf\":",
    "\"aud\":",
    "\"iss\":",
    "\"authenticated\"",
    "\"app_metadata\":{\"workspaces\":",
    "{\"15213\":\"admin\"}",
    "[\"15213\"]",
    "1795000600",
    "1e99",
    "-1",
    "null",
    "[",
    "]",
    "{",
    "}",
    "\u{0}",
    "=",
    "\n",
];

pub fn seeds() -> Vec<Vec<u8>> {
    super::texts(&[
        "hBearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl",
        "hbasic abc",
        r#"c{"sub":"user_1","exp":1795000600,"aud":"authenticated"}"#,
        r#"c{"sub":"user_1","exp":1795000600,"nbf":1794999999,"aud":["x","authenticated"],"role":"authenticated","app_metadata":{}}"#,
        r#"c{"sub":"user_1","exp":1795000600,"aud":"authenticated","app_metadata":{"workspaces":{"15213":"admin","20771":"member"}}}"#,
        r#"c{"sub":"user_1","exp":1795000600,"aud":"authenticated","app_metadata":{"workspaces":[{"id":"15213","role":"member"},"20771"]}}"#,
        r#"b{"alg":"HS256","typ":"JWT","kid":"k"}|{"sub":"user_1","exp":1795000600,"aud":"authenticated"}"#,
        r#"b{"alg":"RS256","crit":["exp"]}|{"sub":"user_1"}"#,
    ])
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).map(|mut mac| {
        mac.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    });
    format!("{text}.{}", signature.unwrap_or_default())
}

pub fn run(bytes: &[u8]) {
    let Some(verifier) = TokenVerifier::hs256(SECRET) else { return };
    let Ok(claim) = ClaimPath::parse("app_metadata.workspaces") else { return };
    let verifier = verifier.with_memberships(claim);
    let Some((kind, rest)) = bytes.split_first() else { return };
    let (token, is_signed) = match kind {
        b'c' => (signed(br#"{"alg":"HS256","typ":"JWT"}"#, rest), true),
        b'b' => {
            let cut = rest.iter().position(|byte| *byte == b'|').unwrap_or(rest.len());
            (signed(&rest[..cut], rest.get(cut + 1..).unwrap_or_default()), true)
        }
        _ => {
            let Ok(value) = std::str::from_utf8(rest) else { return };
            let Ok(token) = bearer_token(Some(value)) else { return };
            assert!(!token.is_empty() && !token.starts_with(' ') && !token.ends_with(' '));
            (token.to_owned(), false)
        }
    };
    let Ok(user) = verifier.verify(&token, NOW_SECS) else { return };
    // Whatever is accepted was signed with the secret, is in time, and names somebody.
    assert!(is_signed || re_signed(&token), "a token was accepted that nobody signed");
    assert!(token.len() <= MAX_TOKEN_LEN);
    assert!(user.expires_at_secs() + LEEWAY_SECS > NOW_SECS);
    assert!(ids::UserId::parse(user.id().as_str()).is_ok());
    if let Some(claimed) =
        ids::WorkspaceId::parse("15213").ok().and_then(|workspace| user.claimed_membership(&workspace))
    {
        assert!(
            VerifiedWorkspace::of_member(&user, &claimed.membership)
                .is_none_or(|verified| verified.id().as_str() == "15213")
        );
    }
}

/// Whether the signature is the one that the secret makes.
fn re_signed(token: &str) -> bool {
    let parts: Vec<Vec<u8>> =
        token.split('.').take(2).map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default()).collect();
    matches!(parts.as_slice(), [header, claims] if signed(header, claims) == token)
}
