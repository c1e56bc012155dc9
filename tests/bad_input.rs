//! Bad input gets the right 4xx with the failure envelope, from the edge and from the origin, and caches nothing.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use end_to_end::{Answer, BOARD, Shape, WORKSPACE, World};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use stack::tokens;

/// A request that is right but for what a case changes.
struct Case {
    name: String,
    request: RequestBuilder,
    status: u16,
    code: &'static str,
    field: Option<&'static str>,
}

type Add<'a> = dyn FnMut(&str, RequestBuilder, u16, &'static str, Option<&'static str>) + 'a;

fn list(world: &World, base: &str, path_and_query: &str) -> RequestBuilder {
    world.http.get(format!("{base}{path_and_query}"))
}

fn cases(world: &World, base: &str) -> Result<Vec<Case>> {
    let member = world.token("user_member_15213")?;
    let path = format!("/api/boards/{BOARD}/contacts");
    let mut cases = Vec::new();
    let mut add = |name: &str,
                   request: RequestBuilder,
                   status: u16,
                   code: &'static str,
                   field: Option<&'static str>| {
        cases.push(Case { name: name.to_owned(), request, status, code, field });
    };
    let good = |query: &str| {
        list(world, base, &format!("{path}?{query}")).bearer_auth(&member).header("X-Workspace-ID", WORKSPACE)
    };

    let long_search = format!("search={}", "a".repeat(2000));
    for (query, field) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=99999999999999999999", "page"),
        ("page=1&page=2", "page"),
        ("page=10001&per_page=100", "page"),
        ("per_page=101", "per_page"),
        ("per_page=0", "per_page"),
        ("per_page=abc", "per_page"),
        ("filter=everything", "filter"),
        ("sort_by=password", "sort_by"),
        ("sort_order=sideways", "sort_order"),
        ("column_id=a,b", "column_id"),
        ("column_id=a)or(b", "column_id"),
        ("search=%00", "search"),
        (long_search.as_str(), "search"),
    ] {
        add(&query[..query.len().min(40)], good(query), 400, "invalid_parameter", Some(field));
    }
    add("10 KB search", good(&format!("search={}", "a".repeat(10_240))), 414, "uri_too_long", None);

    let plain = || list(world, base, &path);
    add("no workspace", plain().bearer_auth(&member), 400, "invalid_parameter", Some("X-Workspace-ID"));
    for workspace in ["", "a b", "15213,20771", "15213:x", "../15213", "15213*"] {
        let request = plain().bearer_auth(&member).header("X-Workspace-ID", workspace);
        add(&format!("workspace {workspace:?}"), request, 400, "invalid_parameter", Some("X-Workspace-ID"));
    }
    let twice =
        plain().bearer_auth(&member).header("X-Workspace-ID", WORKSPACE).header("X-Workspace-ID", "20771");
    add("two workspaces", twice, 400, "invalid_parameter", Some("X-Workspace-ID"));
    let other = plain().bearer_auth(&member).header("X-Workspace-ID", "20771");
    add("another workspace", other, 403, "forbidden", Some("X-Workspace-ID"));
    let nowhere = plain().bearer_auth(&member).header("X-Workspace-ID", "no_such_workspace");
    add("no such workspace", nowhere, 403, "forbidden", Some("X-Workspace-ID"));
    let outsider = plain().bearer_auth(world.token("user_outsider")?).header("X-Workspace-ID", WORKSPACE);
    add("an outsider", outsider, 403, "forbidden", Some("X-Workspace-ID"));
    add(
        "another user",
        good("").header("X-User-ID", "user_admin_15213"),
        403,
        "forbidden",
        Some("X-User-ID"),
    );
    add("a bad user", good("").header("X-User-ID", "a b"), 400, "invalid_parameter", Some("X-User-ID"));
    let generation = |value: &str| good("").header("X-Cache-Generation", value.to_owned());
    for value in
        ["soon", "-1", "board:=1", "99999999999999", "9007199254740991", "workspace=9007199254740991"]
    {
        add(
            &format!("generation {value}"),
            generation(value),
            400,
            "invalid_parameter",
            Some("X-Cache-Generation"),
        );
    }
    let boards = list(world, base, "/api/boards/board_sales/contacts").bearer_auth(&member);
    add("another workspace's board", boards.header("X-Workspace-ID", WORKSPACE), 404, "not_found", None);

    tokens_cases(world, &plain, &mut add)?;
    routes_cases(world, base, &member, &mut add);
    Ok(cases)
}

fn tokens_cases(world: &World, plain: &dyn Fn() -> RequestBuilder, add: &mut Add<'_>) -> Result<()> {
    let secret = &world.secrets.jwt_secret;
    let now_secs = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({"sub": "user_member_15213", "aud": "authenticated", "role": "authenticated", "exp": now_secs + 600});
    let with = |changes: serde_json::Value| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims
    };
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    let good = tokens::sign(&hs256, &claims, secret)?;
    let unsigned = |header: serde_json::Value| -> Result<String> {
        let token = tokens::sign(&header, &claims, secret)?;
        Ok(format!("{}.", token.rsplit_once('.').context("a token")?.0))
    };
    let invalid = [
        ("forged", tokens::sign(&hs256, &claims, "another secret of more than thirty-two bytes")?),
        ("alg none", unsigned(json!({"alg": "none"}))?),
        ("alg None", unsigned(json!({"alg": "None"}))?),
        ("alg HS512", tokens::sign(&json!({"alg": "HS512"}), &claims, secret)?),
        ("alg RS256", tokens::sign(&json!({"alg": "RS256"}), &claims, secret)?),
        ("cut", good[..good.len() - 4].to_owned()),
        ("not yet valid", tokens::sign(&hs256, &with(json!({"nbf": now_secs + 600})), secret)?),
        ("another audience", tokens::sign(&hs256, &with(json!({"aud": "anon"})), secret)?),
        ("no subject", tokens::sign(&hs256, &with(json!({"sub": ""})), secret)?),
        ("a subject that is no id", tokens::sign(&hs256, &with(json!({"sub": "a' or 1=1"})), secret)?),
        ("no token", "x".to_owned()),
        ("dots", "...".to_owned()),
        ("9 KB", "a".repeat(9 * 1024)),
        ("the anonymous key", world.supabase.anon_key().to_owned()),
    ];
    for (name, token) in invalid {
        let request = plain().bearer_auth(token).header("X-Workspace-ID", WORKSPACE);
        add(&format!("token: {name}"), request, 401, "unauthorized", None);
    }
    let expired = tokens::sign(&hs256, &with(json!({"exp": now_secs - 60})), secret)?;
    let request = plain().bearer_auth(expired).header("X-Workspace-ID", WORKSPACE);
    add("token: expired", request, 401, "token_expired", None);
    add("no authorization", plain().header("X-Workspace-ID", WORKSPACE), 401, "unauthorized", None);
    let basic = plain().header("Authorization", "Basic abc").header("X-Workspace-ID", WORKSPACE);
    add("basic", basic, 401, "unauthorized", None);
    Ok(())
}

fn routes_cases(world: &World, base: &str, member: &str, add: &mut Add<'_>) {
    let signed = |method: Method, path: &str| {
        world
            .http
            .request(method, format!("{base}{path}"))
            .bearer_auth(member)
            .header("X-Workspace-ID", WORKSPACE)
    };
    for path in [
        "/",
        "/api",
        "/api/boards",
        "/api/boards/board_123",
        "/api/boards/board_123/contacts.css",
        "/api/boards/board_123/contacts/x.css",
        "/api/boards/board_123/contacts;x",
        "/api/boards//contacts",
        "/api//boards/board_123/contacts",
        "/API/boards/board_123/contacts",
        "/api/boards/board_123%2fcontacts",
        "/api/boards/a%20b/contacts",
        "/api/boards/board.123/contacts",
        "/favicon.ico",
    ] {
        add(&format!("path {path}"), signed(Method::GET, path), 404, "not_found", None);
    }
    let list = format!("/api/boards/{BOARD}/contacts");
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        add(&format!("{method} list"), signed(method, &list), 405, "method_not_allowed", None);
    }
    let path = "/api/cache/invalidate";
    add("GET invalidate", signed(Method::GET, path), 405, "method_not_allowed", None);
    add("a member invalidates", signed(Method::POST, path).json(&json!({})), 401, "unauthorized", None);
    let post = |body: String| {
        world
            .http
            .post(format!("{base}{path}"))
            .bearer_auth(&world.secrets.internal_auth_key)
            .header("X-Workspace-ID", WORKSPACE)
            .header("Content-Type", "application/json")
            .body(body)
    };
    for body in ["", "no json", "[]", "1", r#"{"boardId":"#, "\u{0}"] {
        add(&format!("body {body:?}"), post(body.to_owned()), 400, "invalid_body", None);
    }
    add("a body of 1 MB", post(" ".repeat(1 << 20)), 413, "payload_too_large", None);
    add("no action", post(r#"{"boardId":"b"}"#.to_owned()), 400, "invalid_parameter", Some("action"));
    let star = post(r#"{"boardId":"*","action":"x"}"#.to_owned());
    add("board *", star, 400, "invalid_parameter", Some("boardId"));
    let crossed = post(r#"{"boardId":"b","action":"x","workspaceId":"20771"}"#.to_owned());
    add("two workspaces in one request", crossed, 400, "invalid_parameter", Some("workspaceId"));
    let many = json!({"events": vec![json!({"boardId": "b", "action": "x"}); 101]}).to_string();
    add("101 events", post(many), 400, "invalid_parameter", Some("events"));
}

#[tokio::test]
async fn bad_input_is_refused_by_both_tiers_in_the_same_words_and_caches_nothing() -> Result<()> {
    let world = World::start("bad_input", Shape::default()).await?;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (tier, base) in [("edge", world.edge.url()), ("origin", world.origins[0].url())] {
        for case in cases(&world, &base)? {
            asked += 1;
            let answer = Answer::read(case.request.send().await?).await?;
            match answer.failure() {
                Ok(failure) if (answer.status, failure) == (case.status, (case.code, case.field)) => {}
                Ok(failure) => wrong.push(format!(
                    "{tier}, {}: {} {failure:?} where {} {:?} was expected",
                    case.name,
                    answer.status,
                    case.status,
                    (case.code, case.field)
                )),
                Err(error) => wrong.push(format!("{tier}, {}: {} {error}", case.name, answer.status)),
            }
        }
    }
    println!("{asked} bad requests");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(world.read("").await?.cache(), ("MISS", "database"), "something was cached");
    Ok(())
}
