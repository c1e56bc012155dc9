//! What a request may take of the process.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use origin::cache::shares::Shares;
use origin::http::limits::Limits;

use crate::world::{KEY, LIST, World, world_with, world_with_shares};

fn post(path: &str, key: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::post(path).header("X-Workspace-ID", "w");
    if let Some(key) = key {
        request = request.header("X-Internal-Auth", key);
    }
    request.body(body).unwrap()
}

/// A body whose first bytes come, and then nothing.
fn stuck() -> Body {
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
    Body::from_stream(futures_util::StreamExt::chain(first, futures_util::stream::pending()))
}

#[tokio::test]
async fn one_request_too_many_is_refused_at_once_and_told_to_come_again() {
    let world = world_with(Limits { max_concurrent_requests: 2, ..Limits::default() });
    // The source takes 10 ms.
    let lists = futures_util::future::join_all((0..3).map(|_| world.list()));
    let (lists, health) = tokio::join!(lists, world.ask("GET", "/health", ""));
    assert_eq!(lists, [StatusCode::OK, StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE]);
    assert_eq!(health, StatusCode::OK, "whoever looks after the process is always answered");
    assert_eq!(world.scrape().await.get("http_requests_shed_total"), 1.0);
    assert_eq!(world.list().await, StatusCode::OK, "the places are free again");

    let world = world_with(Limits { max_concurrent_requests: 0, ..Limits::default() });
    let response = world.send(Request::get(LIST).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    assert!(body.starts_with(br#"{"success":false,"error":{"code":"unavailable""#), "{body:?}");
}

/// The service's read of a board's list, for a workspace.
async fn list_of(world: &World, workspace: &str, board: &str) -> Response<Body> {
    let request = Request::get(format!("/api/boards/{board}/contacts"))
        .header("X-Internal-Auth", KEY)
        .header("X-Workspace-ID", workspace);
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn one_workspace_takes_its_share_of_the_source_and_no_more() {
    let world = world_with_shares(Shares::of(2));
    assert_eq!(list_of(&world, "w", "in_memory").await.status(), StatusCode::OK);
    assert_eq!(list_of(&world, "v", "in_memory").await.status(), StatusCode::OK);
    // Each takes 10 ms of the source: two at a time, while eight wait and three are too many.
    let boards: Vec<String> = (0..13).map(|n| format!("board_{n}")).collect();
    let of_w = futures_util::future::join_all(boards.iter().map(|board| list_of(&world, "w", board)));
    let (of_w, of_another, hit) =
        tokio::join!(of_w, list_of(&world, "v", "a"), list_of(&world, "w", "in_memory"));
    assert_eq!(of_another.status(), StatusCode::OK, "another workspace does not notice");
    assert_eq!(hit.status(), StatusCode::OK, "a hit takes no share");
    let (answered, refused): (Vec<_>, Vec<_>) =
        of_w.iter().partition(|answer| answer.status() == StatusCode::OK);
    assert_eq!((answered.len(), refused.len()), (10, 3));
    assert!(refused.iter().all(|answer| answer.status() == StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(refused[0].headers()["retry-after"], "1");
    assert_eq!(world.scrape().await.get("workspace_loads_shed_total"), 3.0);
    assert_eq!(list_of(&world, "w", "d").await.status(), StatusCode::OK, "the share is free again");
}

#[tokio::test]
async fn a_thousand_who_wait_for_one_page_take_one_part_of_the_share() {
    let world = world_with_shares(Shares::of(1));
    let answers = futures_util::future::join_all((0..1000).map(|_| list_of(&world, "w", "cold"))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    assert_eq!(world.scrape().await.get("workspace_loads_shed_total"), 0.0);
}

#[tokio::test]
async fn no_body_is_read_for_whoever_shows_no_key() {
    let world = world_with(Limits { body_timeout: Duration::from_mins(1), ..Limits::default() });
    for (path, status) in [
        ("/api/cache/invalidate", StatusCode::UNAUTHORIZED),
        ("/internal/invalidate", StatusCode::MISDIRECTED_REQUEST),
    ] {
        for key in [None, Some("a-key-that-is-not-the-key")] {
            let answer = world.send(post(path, key, stuck()));
            let response = tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
        }
    }
    let with_the_key = world.send(post("/internal/invalidate", Some(KEY), stuck()));
    let response = tokio::time::timeout(Duration::from_secs(5), with_the_key).await.unwrap();
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "the tiers sign");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for_for_ever() {
    let world = world_with(Limits { body_timeout: Duration::from_millis(50), ..Limits::default() });
    let response = world.send(post("/api/cache/invalidate", Some(KEY), stuck())).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    assert!(std::str::from_utf8(&body).unwrap().contains("took too long"), "{body:?}");
}

#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_arrive_keep_nobody_but_their_like_from_being_answered() {
    let world = world_with(Limits::default());
    let stuck_ones = (0..64).map(|_| world.send(post("/api/cache-settings/warm-cache", Some(KEY), stuck())));
    let mut stuck_ones = Box::pin(futures_util::future::join_all(stuck_ones));
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut stuck_ones).await.is_err());
    let one_more = world.send(post("/api/cache-settings/warm-cache", Some(KEY), stuck())).await;
    assert_eq!(one_more.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.list().await, StatusCode::OK);
    let change = r#"{"boardId":"b","action":"contact_moved","contactId":"c"}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", change).await, StatusCode::OK);
    assert!(stuck_ones.await.iter().all(|answer| answer.status() == StatusCode::BAD_REQUEST));
    assert_eq!(world.ask("POST", "/api/cache-settings/invalidate", "").await, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = world_with(Limits::default());
    let body = Body::from(vec![b' '; dto::invalidate::MAX_BODY_LEN + 1]);
    let response = world.send(post("/api/cache/invalidate", Some(KEY), body)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
