//! Heads that two servers might read differently: headers twice, with blanks, in look-alike letters; bodies that hide another request; names of the
//! other tier's headers.

use crate::case::{Case, Expect, Tier};
use crate::leak::Sees;
use crate::target::{Party, SIDES, Target, list};
use crate::wire::Raw;

/// Lines that name the victim's workspace, or both, in ways of which none may count.
fn workspace_lines(own: &str, other: &str) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let line = |text: String| text.into_bytes();
    let pair = |first: String, second: String| vec![line(first), line(second)];
    let wide: String = other.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect();
    let arabic: String = other.chars().filter_map(|c| char::from_u32(u32::from(c) - 0x30 + 0x660)).collect();
    vec![
        ("own, then the other", pair(format!("X-Workspace-ID: {own}"), format!("X-Workspace-ID: {other}"))),
        ("the other, then own", pair(format!("X-Workspace-ID: {other}"), format!("X-Workspace-ID: {own}"))),
        ("in two cases", pair(format!("x-workspace-id: {own}"), format!("X-WORKSPACE-ID: {other}"))),
        ("the other alone", vec![line(format!("X-Workspace-ID: {other}"))]),
        ("the other in capitals of the name", vec![line(format!("X-WORKSPACE-ID: {other}"))]),
        ("both in one line", vec![line(format!("X-Workspace-ID: {own}, {other}"))]),
        ("both with a semicolon", vec![line(format!("X-Workspace-ID: {own};{other}"))]),
        (
            "a blank before the colon",
            pair(format!("X-Workspace-ID: {own}"), format!("X-Workspace-ID : {other}")),
        ),
        (
            "a tab before the colon",
            pair(format!("X-Workspace-ID: {own}"), format!("X-Workspace-ID\t: {other}")),
        ),
        (
            "a blank before the name",
            pair(format!("X-Workspace-ID: {own}"), format!(" X-Workspace-ID: {other}")),
        ),
        ("folded", vec![line(format!("X-Workspace-ID: {own}\r\n {other}"))]),
        ("folded from nothing", vec![line(format!("X-Workspace-ID:\r\n\t{other}"))]),
        ("a bare carriage return", vec![line(format!("X-Workspace-ID: {own}\rX-Workspace-ID: {other}"))]),
        ("a bare line feed", vec![line(format!("X-Workspace-ID: {own}\nX-Workspace-ID: {other}"))]),
        ("a null byte", vec![line(format!("X-Workspace-ID: {own}\0{other}"))]),
        ("a vertical tab", vec![line(format!("X-Workspace-ID: {own}\u{b}{other}"))]),
        ("underscores", pair(format!("X-Workspace-ID: {own}"), format!("X_Workspace_ID: {other}"))),
        ("another spelling", pair(format!("X-Workspace-ID: {own}"), format!("X-WorkspaceID: {other}"))),
        ("wide digits", vec![line(format!("X-Workspace-ID: {wide}"))]),
        ("arabic digits", vec![line(format!("X-Workspace-ID: {arabic}"))]),
        (
            "wide digits of one's own, then the other",
            pair(format!("X-Workspace-ID: {own}"), format!("X-Workspace-ID: {wide}")),
        ),
        ("latin-1", vec![[b"X-Workspace-ID: ".as_slice(), other.as_bytes(), b"\xa0"].concat()]),
        ("blanks around", vec![line(format!("X-Workspace-ID:  \t {other} \t "))]),
        ("quoted", vec![line(format!("X-Workspace-ID: \"{other}\""))]),
        ("encoded", vec![line(format!("X-Workspace-ID: %3{}{}", &other[..1], &other[1..]))]),
        ("a word of RFC 8187", vec![line(format!("X-Workspace-ID*: UTF-8''{other}"))]),
        (
            "named by Connection",
            vec![line("Connection: X-Workspace-ID".to_owned()), line(format!("X-Workspace-ID: {other}"))],
        ),
        (
            "own, named by Connection, then the other",
            vec![
                line("Connection: close, X-Workspace-ID".to_owned()),
                line(format!("X-Workspace-ID: {own}")),
                line(format!("X-Forwarded-Workspace-ID: {other}")),
            ],
        ),
        ("leading zero", vec![line(format!("X-Workspace-ID: 0{other}"))]),
        ("a plus", vec![line(format!("X-Workspace-ID: +{other}"))]),
        ("as a number", vec![line(format!("X-Workspace-ID: {other}.0"))]),
        ("none", Vec::new()),
    ]
}

/// Lines beside a right head that would matter if they were believed.
fn other_lines(target: &Target<'_>, own: Party, other: Party) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let one = |text: String| vec![text.into_bytes()];
    let other_token = target.token(other.user);
    vec![
        (
            "a second, cut token",
            one(format!("Authorization: Bearer {}", &other_token[..other_token.len() - 2])),
        ),
        ("the other user", one(format!("X-User-ID: {}", other.user))),
        (
            "one's own user and the other",
            vec![
                format!("X-User-ID: {}", own.user).into_bytes(),
                format!("X-User-ID: {}", other.user).into_bytes(),
            ],
        ),
        ("an empty internal key", one("X-Internal-Auth: ".to_owned())),
        ("a signature of nobody", one(format!("X-Internal-Signature: v1;t=1;b={0};s={0}", "A".repeat(43)))),
        ("an empty signature", one("X-Internal-Signature: ".to_owned())),
        (
            "a signature of the future",
            one(format!("X-Internal-Signature: v1;t=9007199254740991;b={0};s={0}", "A".repeat(43))),
        ),
        ("what bypasses caches", one("X-Cache-Bypass: 1".to_owned())),
        ("a guessed internal key", one(format!("X-Internal-Auth: {}", "0".repeat(64)))),
        ("two internal keys", vec![b"X-Internal-Auth: a".to_vec(), b"X-Internal-Auth: b".to_vec()]),
        ("a page from the future", one("X-Cache-Generation: workspace=9007199254740991".to_owned())),
        ("what only the edge says", one("X-Reader-Generation: workspace=1".to_owned())),
        ("an answer's header", one("X-Cache-Source: redis".to_owned())),
        ("another path", one(format!("X-Original-URL: {}", list(other)))),
        ("another path again", one(format!("X-Rewrite-URL: {}", list(other)))),
        ("another method", one("X-HTTP-Method-Override: POST".to_owned())),
        ("another host", one("X-Forwarded-Host: evil.test".to_owned())),
        ("loopback", one("X-Forwarded-For: 127.0.0.1".to_owned())),
        ("a role", one("Role: service_role".to_owned())),
        ("another schema", one("Accept-Profile: auth".to_owned())),
        ("a range", one("Range: 0-100000".to_owned())),
        ("a preference", one("Prefer: count=exact, max-affected=0, tx=commit".to_owned())),
        ("another media type", one("Accept: application/vnd.pgrst.plan+json".to_owned())),
    ]
}

/// Whole requests, of which the body or the rest of the connection hides a second one for the victim's rows.
fn desyncs(target: &Target<'_>, own: Party, other: Party) -> Vec<(&'static str, Raw)> {
    let token = target.token(own.user);
    let hidden = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nX-Workspace-ID: {}\r\n\r\n",
        list(other),
        other.workspace
    );
    let head = |line: &str, framing: &[&str]| {
        let mut raw = Raw::new("GET", "/").with_line("Host: x");
        raw.line = line.as_bytes().to_vec();
        raw.is_complete = true;
        raw = raw.with("Authorization", format!("Bearer {token}")).with("X-Workspace-ID", own.workspace);
        framing.iter().fold(raw, |raw, line| raw.with_line(*line))
    };
    let body = |mut raw: Raw, body: String| {
        raw.body = body.into_bytes();
        raw
    };
    let (get, post) = (format!("GET {} HTTP/1.1", list(own)), "POST /api/cache/invalidate HTTP/1.1");
    let long = format!("Content-Length: {}", hidden.len());
    vec![
        ("a body of a GET", body(head(&get, &[&long]), hidden.clone())),
        (
            "length and chunks",
            body(
                head(post, &["Content-Length: 4", "Transfer-Encoding: chunked"]),
                format!("0\r\n\r\n{hidden}"),
            ),
        ),
        (
            "chunks and length",
            body(head(post, &["Transfer-Encoding: chunked", &long]), format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunks of another name",
            body(head(post, &["Transfer-Encoding: xchunked"]), format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunks, identity",
            body(head(post, &["Transfer-Encoding: chunked, identity"]), format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunks twice",
            body(
                head(post, &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]),
                format!("0\r\n\r\n{hidden}"),
            ),
        ),
        (
            "chunks with a blank",
            body(head(post, &["Transfer-Encoding : chunked"]), format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunks folded",
            body(head(post, &["Transfer-Encoding:\r\n chunked"]), format!("0\r\n\r\n{hidden}")),
        ),
        (
            "a chunk of a huge size",
            body(head(post, &["Transfer-Encoding: chunked"]), format!("ffffffffffffffff\r\n{hidden}")),
        ),
        (
            "a chunk of a size below zero",
            body(head(post, &["Transfer-Encoding: chunked"]), format!("-1\r\n{hidden}")),
        ),
        ("two lengths", body(head(post, &["Content-Length: 0", &long]), hidden.clone())),
        ("two lengths in one", body(head(post, &["Content-Length: 0, 5"]), hidden.clone())),
        ("a length with a plus", body(head(post, &["Content-Length: +0"]), hidden.clone())),
        ("a length below zero", body(head(post, &["Content-Length: -1"]), hidden.clone())),
        ("a length in hexadecimal", body(head(post, &["Content-Length: 0x0"]), hidden.clone())),
        (
            "HTTP/1.0 with chunks",
            body(
                head(&get.replace("1.1", "1.0"), &["Transfer-Encoding: chunked"]),
                format!("0\r\n\r\n{hidden}"),
            ),
        ),
        ("pipelined", body(head(&get, &[]), hidden.clone())),
        ("an absolute target", head(&format!("GET http://evil.test{} HTTP/1.1", list(own)), &[])),
        ("an absolute target of the other", head(&format!("GET http://x{} HTTP/1.1", list(other)), &[])),
        (
            "a target with a line end",
            head(&format!("GET {}\r\nX-Workspace-ID: {} HTTP/1.1", list(own), other.workspace), &[]),
        ),
        ("two blanks in the line", head(&format!("GET  {}  HTTP/1.1", list(other)), &[])),
        ("tabs in the line", head(&format!("GET\t{}\tHTTP/1.1", list(other)), &[])),
        ("a method in small letters", head(&format!("get {} HTTP/1.1", list(own)), &[])),
        ("a method of one's own", head(&format!("PURGE {} HTTP/1.1", list(own)), &[])),
        ("CONNECT", head("CONNECT 127.0.0.1:5432 HTTP/1.1", &[])),
        ("TRACE", head(&format!("TRACE {} HTTP/1.1", list(own)), &[])),
        ("HTTP/0.9", head(&format!("GET {}", list(own)), &[])),
        ("HTTP/2 in clear", head("PRI * HTTP/2.0", &[])),
        (
            "an upgrade",
            head(
                &get,
                &["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
            ),
        ),
        ("two hosts", head(&get, &["Host: evil.test"])),
        ("no request at all", {
            let mut raw = head("\0\0\0\0", &[]);
            raw.headers.clear();
            raw
        }),
        ("a head without an end", head(&get, &["X-Open: \r\n\r"])),
    ]
}

/// Of those, the ones that workerd answers with a 5xx of its own.
const WORKERDS_OWN: [&str; 3] = ["a method in small letters", "CONNECT", "two hosts"];

/// All of them, at both tiers, in both directions.
pub fn cases(target: &Target<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    for (own, other) in SIDES {
        for tier in Tier::ALL {
            let mut add = |name: String, request: Raw| {
                let (sees, expect) = (Sees::Only(own.workspace), Expect::Anything);
                cases.push(Case { name, tier, request, sees, expect });
            };
            let with_lines =
                |raw: Raw, lines: &[Vec<u8>]| lines.iter().fold(raw, |raw, line| raw.with_line(line.clone()));
            // The victim's board and contact under a head that might be read as the victim's, and one's own board under it.
            let mut paths = vec![list(other), list(own)];
            if tier == Tier::Origin {
                paths.push(format!("/api/contacts/{}", other.contact));
                paths.push(format!("/api/cache-settings/workspace/{}/counts", other.workspace));
            }
            for path in paths {
                for (name, lines) in workspace_lines(own.workspace, other.workspace) {
                    add(format!("workspace: {name}, {path}"), with_lines(target.signed(own, &path), &lines));
                }
                for (name, lines) in other_lines(target, own, other) {
                    add(format!("header: {name}, {path}"), with_lines(target.as_member(own, &path), &lines));
                }
            }
            for (name, request) in desyncs(target, own, other) {
                let is_workerds = tier == Tier::Edge && WORKERDS_OWN.contains(&name);
                let expect = if is_workerds { Expect::Runtimes } else { Expect::Anything };
                let sees = Sees::Only(own.workspace);
                cases.push(Case { name: format!("framing: {name}"), tier, request, sees, expect });
            }
        }
    }
    cases
}
