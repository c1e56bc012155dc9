//! A list that is plainly asked for does not pass axum's router: whoever asks cannot tell.

use std::collections::BTreeMap;

use axum::body::{Body, HttpBody as _};
use axum::http::Request;
use axum::http::request::Builder;
use origin::http::limits::Limits;

use crate::world::{KEY, LIST, World, world, world_with};

/// The same path, to be decoded: `%62` is `b`. The router does that.
const TO_BE_DECODED: &str = "/api/boards/%62/contacts";

/// Status, headers and body, without what differs from request to request.
async fn asked(world: &World, path: &str, with: impl Fn(Builder) -> Builder) -> String {
    let request = with(Request::get(path)).body(Body::empty()).unwrap();
    let response = world.send(request).await;
    let (head, body) = response.into_parts();
    let stated_len = body.size_hint().exact();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    assert_eq!(stated_len, Some(body.len() as u64), "the listener says how long it is");
    let fields: BTreeMap<_, _> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        // The router says how long a body is by itself.
        .filter(|(name, _)| !["server-timing", "x-request-id", "content-length"].contains(name))
        .collect();
    format!("{} {fields:?} {}", head.status, String::from_utf8(body.to_vec()).unwrap())
}

fn with_the_key(request: Builder) -> Builder {
    request.header("X-Internal-Auth", KEY).header("X-Workspace-ID", "w")
}

#[tokio::test]
async fn a_list_is_answered_the_same_whichever_way_it_comes() {
    let long = format!("?search={}", "x".repeat(9_000));
    let (world, full) = (world(), world_with(Limits { max_concurrent_requests: 0, ..Limits::default() }));
    assert_eq!(world.list().await, 200, "it is in memory from here on");
    let mut answers = Vec::new();
    let requests: [fn(Builder) -> Builder; 7] = [
        with_the_key,
        |request| request,
        |request| request.header("X-Internal-Auth", KEY),
        |request| with_the_key(request).header("X-Workspace-ID", "w"),
        |request| with_the_key(request).header("If-None-Match", "*"),
        |request| with_the_key(request).header("X-Cache-Generation", "workspace=x"),
        |request| request.header("Authorization", "Bearer no-token").header("X-Workspace-ID", "w"),
    ];
    for (world, query) in [(&world, ""), (&world, "?page=0"), (&world, &*long), (&full, "")] {
        for with in requests {
            let answer = asked(world, &format!("{LIST}{query}"), with).await;
            assert_eq!(answer, asked(world, &format!("{TO_BE_DECODED}{query}"), with).await);
            answers.push(answer[..3].to_owned());
        }
    }
    for status in ["200", "304", "400", "401", "414", "503"] {
        assert!(answers.iter().any(|answer| answer == status), "{status} of {answers:?}");
    }
}

#[tokio::test]
async fn whoever_is_no_tier_is_refused_the_edges_list_whichever_way_it_is_asked_for() {
    let world = world();
    for with in [with_the_key, (|request| request) as fn(Builder) -> Builder] {
        let answer = asked(&world, "/internal/boards/b/contacts", with).await;
        assert_eq!(answer, asked(&world, "/internal/boards/%62/contacts", with).await);
        assert!(answer.starts_with("421 "), "{answer}");
    }
}

#[tokio::test]
async fn both_ways_count_as_the_same_route() {
    let world = world();
    for path in [LIST, TO_BE_DECODED] {
        asked(&world, path, with_the_key).await;
    }
    let series = r#"http_requests_total{route="/api/boards/{board_id}/contacts",method="GET",status="2xx"}"#;
    assert_eq!(world.scrape().await.get(series), 2.0);
}
