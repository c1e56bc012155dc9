//! Tokens that nobody issued, at every door: the edge, whose curves are the runtime's, and each origin, whose are a library's.

use std::time::Duration;

use anyhow::{Result, ensure};
use end_to_end::World;
use serde_json::{Value, json};
use stack::{SigningKey, tokens};

use crate::users::{USERS, Users, WORKSPACES};

/// Checks that the users' own tokens of each kind are taken, and forged ones are not. Returns how many were tried.
pub async fn try_all(world: &World, users: &Users) -> Result<usize> {
    let keys = world.keys.as_ref().unwrap();
    let claims = tokens::user_claims("user_member_15213", Duration::from_hours(1));
    let claims_until = |exp: u64| {
        let mut claims = claims.clone();
        claims["exp"] = json!(exp);
        claims
    };
    let (stranger, rsa_stranger) = (SigningKey::es256("key-es256")?, SigningKey::rs256("key-rs256")?);
    let header = |alg: &str, kid: &str| json!({"alg": alg, "kid": kid, "typ": "JWT"});
    let good = keys.es256.sign(&claims)?;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let other = keys.es256.sign(&tokens::user_claims("user_admin_15213", Duration::from_hours(1)))?;
    // What a library that takes the public key for a secret would accept.
    let public = |jwk: &Value, name: &str| jwk[name].as_str().unwrap_or_default().to_owned();
    let (ec, rsa) = (keys.es256.jwk(), keys.rs256.jwk());
    let forged = [
        ("ES256 of a stranger", stranger.sign(&claims)?),
        ("RS256 of a stranger", rsa_stranger.sign(&claims)?),
        ("ES256 under the RSA key's name", keys.es256.sign_as(&header("ES256", "key-rs256"), &claims)?),
        ("ES256 that says RS256", keys.es256.sign_as(&header("RS256", "key-rs256"), &claims)?),
        ("ES256 of an unknown name", keys.es256.sign_as(&header("ES256", "key-unknown"), &claims)?),
        ("ES256 without a name", keys.es256.sign_as(&json!({"alg": "ES256"}), &claims)?),
        ("ES256 that says none", keys.es256.sign_as(&json!({"alg": "none"}), &claims)?),
        ("another token's signature", format!("{}.{signature}", other.rsplit_once('.').unwrap().0)),
        ("no signature", format!("{head}.")),
        ("HS256 with the EC key", tokens::sign(&header("HS256", "key-es256"), &claims, &public(&ec, "x"))?),
        ("HS256 with the RSA key", tokens::sign(&header("HS256", "key-rs256"), &claims, &public(&rsa, "n"))?),
        (
            "HS256 with the RSA key, without a name",
            tokens::sign(&json!({"alg": "HS256"}), &claims, &public(&rsa, "n"))?,
        ),
        (
            "HS256 under an EC key's name",
            tokens::sign(&header("HS256", "key-es256"), &claims, &world.secrets.jwt_secret)?,
        ),
        ("expired ES256", keys.es256.sign(&claims_until(1_700_000_000))?),
        ("expired RS256", keys.rs256.sign(&claims_until(1_700_000_000))?),
        ("the anon key", world.supabase.anon_key().to_owned()),
        ("the service key", world.supabase.service_key().to_owned()),
    ];
    let mut doors = vec![world.edge.url()];
    doors.extend(world.origins.iter().map(stack::origin::Origin::url));
    for door in &doors {
        let status = async |token: &str| -> Result<u16> {
            let (workspace, boards) = WORKSPACES[0];
            let request = world
                .http
                .get(format!("{door}/api/boards/{}/contacts?per_page=1", boards[0]))
                .bearer_auth(token)
                .header("X-Workspace-ID", workspace);
            Ok(request.send().await?.status().as_u16())
        };
        // Users 20, 21 and 22 are members, and their tokens of the three kinds.
        for user in [20, 21, 22] {
            ensure!(
                user < USERS && status(users.token(user)).await? == 200,
                "user {user} is refused at {door}"
            );
        }
        for (what, token) in &forged {
            ensure!(status(token).await? == 401, "{what} is not refused at {door}");
        }
    }
    Ok(forged.len() * doors.len())
}
