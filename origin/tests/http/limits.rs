//! What a request may take of the process.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use origin::http::limits::Limits;

use crate::world::{KEY, LIST, world_with};

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

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = world_with(Limits::default());
    let body = Body::from(vec![b' '; dto::invalidate::MAX_BODY_LEN + 1]);
    let response = world.send(post("/api/cache/invalidate", Some(KEY), body)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
