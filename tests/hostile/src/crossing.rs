//! Another workspace's id in the header, the path, the body or query, the cursor and the token's claims, in every combination, by somebody who is well
//! signed in to one's own.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde_json::json;
use stack::tokens;

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{Party, SIDES, Target, list};
use crate::wire::Raw;

/// Where a workspace, or something of it, is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Path,
    Body,
    Cursor,
    Claim,
}

const PLACES: [Place; 5] = [Place::Header, Place::Path, Place::Body, Place::Cursor, Place::Claim];

/// Who is named where: one bit a place, set for the victim.
#[derive(Clone, Copy)]
struct Names {
    bits: usize,
    attacker: Party,
    victim: Party,
}

impl Names {
    fn is_crossed(self, place: Place) -> bool {
        PLACES.iter().position(|known| *known == place).is_some_and(|bit| self.bits & (1 << bit) != 0)
    }

    fn at(self, place: Place) -> Party {
        if self.is_crossed(place) { self.victim } else { self.attacker }
    }

    /// For people.
    fn text(self) -> String {
        let crossed: Vec<String> = PLACES
            .iter()
            .filter(|place| self.is_crossed(**place))
            .map(|place| format!("{place:?}").to_ascii_lowercase())
            .collect();
        if crossed.is_empty() { "nothing".to_owned() } else { crossed.join(" and ") }
    }
}

/// A route that names a workspace.
struct Route {
    tier: Tier,
    method: &'static str,
    target: fn(Party) -> String,
    /// The places that decide what it is about: if one of them is crossed it is refused.
    deciding: &'static [Place],
    /// Whether it answers its own members.
    is_for_members: bool,
}

fn contact(party: Party) -> String {
    format!("/api/contacts/{}", party.contact)
}

fn messages(party: Party) -> String {
    format!("/api/contacts/{}/messages", party.contact)
}

fn counts(party: Party) -> String {
    format!("/api/cache-settings/workspace/{}/counts", party.workspace)
}

fn settings(party: Party) -> String {
    format!("/api/cache-settings/workspace/{}/settings", party.workspace)
}

fn internal_list(party: Party) -> String {
    format!("/internal/boards/{}/contacts", party.board)
}

fn membership(party: Party) -> String {
    format!("/internal/workspaces/{}/membership", party.workspace)
}

/// Those that read come first: those that follow have caches emptied.
fn routes() -> Vec<Route> {
    use Place::{Body, Header, Path};
    let read = |tier, target: fn(Party) -> String, deciding| Route {
        tier,
        method: "GET",
        target,
        deciding,
        is_for_members: true,
    };
    let closed = |tier, method, target: fn(Party) -> String| Route {
        tier,
        method,
        target,
        deciding: &[],
        is_for_members: false,
    };
    let post = |target: fn(Party) -> String| Route {
        tier: Tier::Origin,
        method: "POST",
        target,
        deciding: &[Header, Body],
        is_for_members: true,
    };
    vec![
        read(Tier::Edge, list, &[Header, Path]),
        read(Tier::Origin, list, &[Header, Path]),
        read(Tier::Origin, contact, &[Header, Path]),
        read(Tier::Origin, messages, &[Header, Path]),
        read(Tier::Origin, counts, &[Header, Path]),
        read(Tier::Origin, settings, &[Header, Path]),
        closed(Tier::Origin, "GET", internal_list),
        closed(Tier::Origin, "GET", membership),
        closed(Tier::Origin, "POST", settings),
        closed(Tier::Edge, "POST", |_| "/api/cache/invalidate".to_owned()),
        closed(Tier::Origin, "POST", |_| "/api/cache/invalidate".to_owned()),
        closed(Tier::Edge, "POST", |_| "/internal/generations".to_owned()),
        closed(Tier::Origin, "POST", |_| "/internal/invalidate".to_owned()),
        post(|_| "/api/cache-settings/test-performance".to_owned()),
        post(|_| "/api/cache-settings/invalidate".to_owned()),
        post(|_| "/api/cache-settings/warm-cache".to_owned()),
    ]
}

fn token(target: &Target<'_>, attacker: Party, claimed: Party) -> Result<String> {
    let now_secs = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let named = claimed.workspace;
    let claims = json!({
        "sub": attacker.user, "aud": "authenticated", "iss": tokens::ISSUER, "role": "authenticated",
        "exp": now_secs + 600,
        "workspace_id": named, "workspace": named, "workspaces": [named], "tenant": named,
        "app_metadata": {"workspace_id": named, "workspaces": [named], "role": "admin"},
        "user_metadata": {"workspace_id": named, "workspaces": {named: "admin"}, "system_admin": true},
    });
    tokens::sign(&json!({"alg": "HS256", "typ": "JWT"}), &claims, &target.world.secrets.jwt_secret)
}

fn request(target: &Target<'_>, route: &Route, names: Names) -> Result<Raw> {
    let body = names.at(Place::Body);
    let mut path = (route.target)(names.at(Place::Path));
    if route.method == "GET" {
        path = format!("{path}?workspaceId={0}&workspace_id=eq.{0}", body.workspace);
    }
    let mut request = Raw::new(route.method, &path)
        .with("Authorization", format!("Bearer {}", token(target, names.attacker, names.at(Place::Claim))?))
        .with("X-Workspace-ID", names.at(Place::Header).workspace);
    // An `ETag` is an answer's name: whoever shows another's must not be told that it still holds.
    if let Some([etag, generation]) = target.page(route.tier, names.at(Place::Cursor)) {
        request = request.with("X-Cache-Generation", generation).with("If-None-Match", etag);
    }
    if route.method == "POST" {
        let json = json!({
            "workspaceId": body.workspace, "boardId": body.board, "action": "contact_updated", "cacheEnabled": true,
            "workspace": body.workspace, "generation": "workspace=1",
        });
        // The two routes that know no other members take the one that they know.
        let json = if path.starts_with("/api/cache-settings/") && !path.ends_with("/settings") {
            json!({"workspaceId": body.workspace})
        } else {
            json
        };
        request = request.with_json(json.to_string());
    }
    Ok(request)
}

/// Every combination on every route, in both directions.
pub fn cases(target: &Target<'_>) -> Result<Vec<Case>> {
    of(target, &routes())
}

/// Every combination on the routes that members read: they empty no cache.
pub fn reads(target: &Target<'_>) -> Result<Vec<Case>> {
    let reads: Vec<Route> =
        routes().into_iter().filter(|route| route.is_for_members && route.method == "GET").collect();
    of(target, &reads)
}

fn of(target: &Target<'_>, routes: &[Route]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for route in routes {
        for (attacker, victim) in SIDES {
            for bits in 0..1 << PLACES.len() {
                let names = Names { bits, attacker, victim };
                if route.method == "POST" && names.is_crossed(Place::Path) {
                    continue;
                }
                let is_crossed = route.deciding.iter().any(|place| names.is_crossed(*place));
                let expect = match (route.is_for_members, is_crossed) {
                    (false, _) | (true, true) => Expect::Refusal,
                    // A page of one's own, or the news that it is still the same.
                    (true, false) if route.method == "GET" => Expect::Anything,
                    (true, false) => Expect::Success,
                };
                let path = (route.target)(names.at(Place::Path));
                cases.push(Case {
                    name: format!("{} {path} names {} of {}", route.method, names.text(), victim.workspace),
                    tier: route.tier,
                    request: request(target, route, names)?,
                    sees: Sees::Only(attacker.workspace),
                    expect,
                });
            }
        }
    }
    Ok(cases)
}
