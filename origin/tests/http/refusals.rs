//! Requests that contradict themselves, or are no text.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::world::world;

#[tokio::test]
async fn a_path_that_is_no_utf8_is_refused_as_any_other_that_is_no_id() {
    let world = world();
    for (path, status) in [
        ("/api/boards/%FF/contacts", 404),
        ("/api/contacts/%C3%28", 404),
        ("/api/contacts/%80/messages", 404),
        ("/api/cache-settings/workspace/%FF/settings", 400),
        ("/api/cache-settings/workspace/%FF/counts", 400),
    ] {
        let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status, "{path}");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert!(body.starts_with(br#"{"success":false,"error":{"#), "{path}: {body:?}");
    }
}

#[tokio::test]
async fn an_internal_key_that_is_not_the_one_is_told_from_none() {
    let world = world();
    for (name, value, message) in [
        ("x-other", "", "the internal key is required"),
        ("x-internal-auth", "mistyped", "the internal key is not valid"),
        ("authorization", "Bearer mistyped", "the internal key is not valid"),
    ] {
        let request = Request::post("/api/cache/invalidate").header(name, value);
        let response = world.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{name}");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains(message), "{name}: {body:?}");
    }
}

#[tokio::test]
async fn a_body_and_a_header_that_name_two_workspaces_are_refused() {
    let world = world();
    for path in ["/api/cache-settings/invalidate", "/api/cache-settings/test-performance"] {
        let status = world.ask("POST", path, r#"{"workspaceId":"another"}"#).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
    }
    for body in ["", "{}", r#"{"workspaceId":"w"}"#] {
        assert_eq!(world.ask("POST", "/api/cache-settings/invalidate", body).await, StatusCode::OK, "{body}");
    }
}
