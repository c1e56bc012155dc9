//! Text that means something to PostgREST, to SQL, to Redis or to a cache key, in every parameter that a member may send.

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{Party, SIDES, Target, list};
use crate::wire::Raw;

/// What is tried, with the victim's names put in: `{w}` the workspace, `{b}` a board, `{c}` a contact, `{u}` a member.
const PAYLOADS: [&str; 30] = [
    "eq.{w}",
    "neq.0",
    "not.eq.{w}",
    "in.({w},15213)",
    "like.*",
    "ilike.%",
    "match..*",
    "is.null",
    "fts(english).a",
    "any",
    "x),or(workspace_id.eq.{w}",
    "x,workspace_id.eq.{w}",
    "*)or=(workspace_id.eq.{w}",
    "(workspace_id.eq.{w})",
    "x&workspace_id=eq.{w}",
    "x&or=(workspace_id.eq.{w},workspace_id.neq.0)",
    "x&select=*,messages(*)",
    "x;workspace_id=eq.{w}",
    "x#&workspace_id=eq.{w}",
    "{c}",
    "{b}",
    "{u}",
    "' or workspace_id = '{w}' --",
    "'; select * from contacts where workspace_id = '{w}'; --",
    "\\' or 1=1 --",
    "a\"b\\c/{}[]:,|",
    ":{w}:{b}:f=all",
    "{{w}}",
    "../../{w}/{b}",
    "\u{ff11}\u{ff15}\u{ff12}\u{ff11}\u{ff13}",
];

/// Parameters that mean something to us, and those that mean something to PostgREST alone.
const PARAMETERS: [&str; 26] = [
    "page",
    "per_page",
    "filter",
    "search",
    "column_id",
    "sort_by",
    "sort_order",
    "useCache",
    "or",
    "and",
    "not.or",
    "select",
    "order",
    "limit",
    "offset",
    "on_conflict",
    "columns",
    "workspace_id",
    "board_id",
    "id",
    "email",
    "of_workspace_id",
    "term",
    "messages.select",
    "search_text",
    "contact_id",
];

fn filled(payload: &str, victim: Party) -> String {
    payload
        .replace("{w}", victim.workspace)
        .replace("{b}", victim.board)
        .replace("{c}", victim.contact)
        .replace("{u}", victim.user)
}

/// Every byte that is no letter or digit as `%XX`.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// What can stand in a request line as it is.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && *c != '#').collect()
}

/// Every payload in every parameter, in the path and in the headers.
pub fn cases(target: &Target<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, payload) in PAYLOADS.iter().enumerate() {
        for (side, (attacker, victim)) in SIDES.into_iter().enumerate() {
            let text = filled(payload, victim);
            let mut add = |place: &str, tier, request: Raw| {
                cases.push(Case {
                    name: format!("{text:?} in {place}"),
                    tier,
                    request,
                    sees: Sees::Only(attacker.workspace),
                    expect: Expect::Anything,
                });
            };
            for (number, parameter) in PARAMETERS.into_iter().enumerate() {
                // Each pair at one of the tiers, by turns; a search at both.
                let tiers: &[Tier] = match (index + number + side) % 2 {
                    _ if parameter == "search" => &Tier::ALL,
                    0 => &[Tier::Edge],
                    _ => &[Tier::Origin],
                };
                for tier in tiers {
                    let path = format!("{}?per_page=7&{parameter}={}", list(attacker), encoded(&text));
                    let path = if parameter == "per_page" { path.replace("per_page=7&", "") } else { path };
                    add(parameter, *tier, target.as_member(attacker, &path));
                }
            }
            for tier in Tier::ALL {
                let unencoded = format!("{}?search={}", list(attacker), bare(&text));
                add("an unencoded search", tier, target.as_member(attacker, &unencoded));
                let name = format!("{}?{}=1", list(attacker), encoded(&text));
                add("a parameter's name", tier, target.as_member(attacker, &name));
                let board = format!("/api/boards/{}/contacts", encoded(&text));
                add("the board", tier, target.as_member(attacker, &board));
                for header in ["X-Workspace-ID", "X-User-ID", "X-Cache-Generation"] {
                    let own = if header == "X-Workspace-ID" {
                        target.signed(attacker, &list(attacker))
                    } else {
                        target.as_member(attacker, &list(attacker))
                    };
                    add(header, tier, own.with(header, &text));
                }
            }
            for path in [
                format!("/api/contacts/{}", encoded(&text)),
                format!("/api/contacts/{}/messages", encoded(&text)),
                format!("/api/cache-settings/workspace/{}/counts", encoded(&text)),
                format!("/api/cache-settings/workspace/{}/settings", encoded(&text)),
                format!(
                    "/api/cache-settings/workspace/{}/counts?useCache={}",
                    attacker.workspace,
                    encoded(&text)
                ),
            ] {
                add("a path of the origin", Tier::Origin, target.as_member(attacker, &path));
            }
        }
    }
    cases
}
