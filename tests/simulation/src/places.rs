//! Who and what there is: workspaces, boards, users. Boards have the same ids in every workspace, on purpose.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::clock::EPOCH_MS;

pub(crate) const LOCATIONS: usize = 3;
pub(crate) const ORIGINS: usize = 2;
pub(crate) const WORKSPACES: usize = 3;
pub(crate) const BOARDS: usize = 2;
pub(crate) const PAGES: u64 = 2;
/// Users 0 and 1 belong to workspace 0, 2 and 3 to workspace 1, and so on; the last one belongs to none at first.
pub(crate) const USERS: usize = 2 * WORKSPACES + 1;

pub(crate) const INTERNAL_KEY: &str = "internal-key-of-the-simulation";
pub(crate) const JWT_SECRET: &str = "a-secret-of-the-simulation-of-at-least-32-bytes";
const LOCATION_CODES: [&str; LOCATIONS] = ["LAX", "FRA", "NRT"];

pub(crate) fn location_code(location: usize) -> &'static str {
    LOCATION_CODES.get(location).copied().unwrap_or("DEV")
}

pub(crate) fn workspace_name(workspace: usize) -> String {
    format!("w{workspace}")
}

pub(crate) fn board_name(board: usize) -> String {
    format!("b{board}")
}

pub(crate) fn user_name(user: usize) -> String {
    format!("u{user}")
}

/// The number in a name such as `w2`.
pub(crate) fn number(name: &str) -> usize {
    name.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX)
}

pub(crate) const fn is_member_at_first(workspace: usize, user: usize) -> bool {
    user / 2 == workspace
}

/// The values of `Authorization` of all users.
pub(crate) fn authorizations() -> Vec<Arc<str>> {
    (0..USERS).map(|user| format!("Bearer {}", token(&user_name(user))).into()).collect()
}

fn token(user: &str) -> String {
    let claims =
        format!(r#"{{"sub":"{user}","aud":"authenticated","exp":{}}}"#, EPOCH_MS / 1000 + 10_000_000);
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let signature = Hmac::<Sha256>::new_from_slice(JWT_SECRET.as_bytes()).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    );
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
