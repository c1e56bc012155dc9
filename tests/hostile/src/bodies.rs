//! Bodies that are too large, too deep, no text, or say how long they are wrongly, for every route that reads one, from whoever may send one and whoever
//! may not.

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{BIG, Target, VARIED};
use crate::wire::Raw;

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes()
    };
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", Vec::new()),
        ("a list 100,000 deep", nested("[", "]", 100_000)),
        ("an object 50,000 deep", nested("{\"a\":", "}", 50_000)),
        ("a list 100,000 deep that does not end", "[".repeat(100_000).into_bytes()),
        ("events 10,000 deep", nested("{\"events\":[", "]}", 10_000)),
        (
            "a record 20,000 deep",
            format!(
                "{{\"type\":\"INSERT\",\"table\":\"contacts\",\"record\":{}1{}}}",
                "{\"a\":".repeat(20_000),
                "}".repeat(20_000)
            )
            .into_bytes(),
        ),
        ("1 MB of blanks", vec![b' '; 1 << 20]),
        ("1 MB of text", format!("{{\"boardId\":\"{}\"}}", "b".repeat(1 << 20)).into_bytes()),
        (
            "400 KB of text",
            format!("{{\"boardId\":\"{}\",\"action\":\"x\"}}", "b".repeat(400_000)).into_bytes(),
        ),
        (
            "100,000 members",
            format!("{{{}}}", (0..30_000).map(|n| format!("\"m{n}\":1")).collect::<Vec<_>>().join(","))
                .into_bytes(),
        ),
        (
            "10,000 events",
            format!("{{\"events\":[{}]}}", vec!["{\"boardId\":\"b\",\"action\":\"x\"}"; 10_000].join(","))
                .into_bytes(),
        ),
        ("members twice", text(r#"{"workspaceId":"15213","workspaceId":"20771"}"#)),
        ("no UTF-8", b"{\"workspaceId\":\"\xff\xfe\"}".to_vec()),
        ("half a surrogate", text(r#"{"workspaceId":"\ud800"}"#)),
        ("a byte order mark", b"\xef\xbb\xbf{\"workspaceId\":\"15213\"}".to_vec()),
        ("UTF-16", "{\"a\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a null byte", b"{\"workspaceId\":\"15213\0\"}".to_vec()),
        ("numbers of 10,000 digits", format!("{{\"workspaceId\":{}}}", "9".repeat(10_000)).into_bytes()),
        ("a number too large", text(r#"{"workspaceId":1e999999}"#)),
        ("NaN", text(r#"{"workspaceId":NaN}"#)),
        ("a text", text(r#""15213""#)),
        ("null", text("null")),
        ("a list", text("[{\"workspaceId\":\"15213\"}]")),
        ("a list as workspace", text(r#"{"workspaceId":["15213","20771"]}"#)),
        ("an object as workspace", text(r#"{"workspaceId":{"$ne":""}}"#)),
        ("a prototype", text(r#"{"__proto__":{"workspaceId":"20771"},"constructor":{}}"#)),
        (
            "XML",
            text("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ),
        ("a form", text("workspaceId=20771&boardId=board_sales")),
        ("gzip that is none", b"\x1f\x8b\x08\0\0\0\0\0".to_vec()),
        ("what follows JSON", text(r#"{"workspaceId":"15213"}{"workspaceId":"20771"}"#)),
        ("a comment", text(r#"{"workspaceId":"15213"/*,*/}"#)),
    ]
}

/// Routes that read a body, by tier.
const ROUTES: [(Tier, &str); 9] = [
    (Tier::Edge, "/api/cache/invalidate"),
    (Tier::Edge, "/internal/generations"),
    (Tier::Origin, "/api/cache/invalidate"),
    (Tier::Origin, "/internal/invalidate"),
    (Tier::Origin, "/api/cache-settings/invalidate"),
    (Tier::Origin, "/api/cache-settings/test-performance"),
    (Tier::Origin, "/api/cache-settings/warm-cache"),
    (Tier::Origin, "/api/cache-settings/workspace/no_such_workspace/settings"),
    (Tier::Origin, "/api/cache-settings/workspace/20771/settings"),
];

/// Every body on every route, from a service, a member and nobody.
pub fn cases(target: &Target<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    let key = &target.world.secrets.internal_auth_key;
    for (name, body) in bodies() {
        for (tier, path) in ROUTES {
            let mut add = |caller: &str, request: Raw, sees, expect| {
                let name = format!("body: {name}, {path}, {caller}");
                cases.push(Case { name, tier, request: request.with_json(body.clone()), sees, expect });
            };
            // No header names a workspace, so that no row of the demo data is meant; what the settings are stays as it is.
            if !path.ends_with("20771/settings") {
                let service = Raw::new("POST", path).with("X-Internal-Auth", key);
                add("a service", service, Sees::Nothing, Expect::Anything);
            }
            let member = Raw::new("POST", path)
                .with("Authorization", format!("Bearer {}", target.token(BIG.user)))
                .with("X-Workspace-ID", VARIED.workspace);
            add("a member of another workspace", member, Sees::Only(BIG.workspace), Expect::Refusal);
            add("nobody", Raw::new("POST", path), Sees::Nothing, Expect::Refusal);
        }
    }
    // Said otherwise than sent.
    for (tier, path) in ROUTES {
        for (name, line) in [
            ("gzip", "Content-Encoding: gzip"),
            ("a charset", "Content-Type: application/json; charset=utf-7"),
            ("100-continue", "Expect: 100-continue"),
        ] {
            let request = Raw::new("POST", path).with("X-Internal-Auth", key).with_line(line).with_json("[");
            let name = format!("body: said to be {name}, {path}");
            cases.push(Case { name, tier, request, sees: Sees::Nothing, expect: Expect::Refusal });
        }
    }
    cases
}
