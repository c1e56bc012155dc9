//! What system admins may do: manage every workspace's cache, and see nobody's contacts.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::tokens::token;
use crate::world::{World, world};

const ADMIN: &str = r#"{"sub":"operator","exp":1785000600,"app_metadata":{"role":"system_admin"}}"#;
/// What users write into their own profiles makes nobody an admin.
const PRETENDER: &str = r#"{"sub":"u","exp":1785000600,"user_metadata":{"role":"system_admin"}}"#;

async fn ask(
    world: &World,
    claims: &str,
    method: &str,
    path: &str,
    body: &'static str,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("Authorization", format!("Bearer {}", token(claims)))
        .body(Body::from(body))
        .unwrap();
    let response = world.send(request).await;
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_system_admin_sees_every_workspace_and_nobody_else_does() {
    let world = world();
    let (status, answer) = ask(&world, ADMIN, "GET", "/api/system/workspaces", "").await;
    assert_eq!(status, StatusCode::OK);
    let listed = json!([{"workspaceId": "w", "name": "W", "cacheEnabled": true, "boards": 0}]);
    assert_eq!(answer["data"], json!({ "workspaces": listed }));
    for path in ["/api/system/workspaces", "/api/system/live"] {
        assert_eq!(ask(&world, PRETENDER, "GET", path, "").await.0, StatusCode::FORBIDDEN, "{path}");
        // It says which service asks, and not who.
        assert_eq!(world.ask("GET", path, "").await, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn a_system_admin_manages_what_a_workspace_caches_without_being_a_member() {
    let world = world();
    let settings = "/api/cache-settings/workspace/w/settings";
    assert_eq!(ask(&world, ADMIN, "GET", settings, "").await.0, StatusCode::OK);
    assert_eq!(ask(&world, PRETENDER, "GET", settings, "").await.0, StatusCode::FORBIDDEN);
    for action in ["invalidate", "warm-cache", "test-performance"] {
        let path = format!("/api/cache-settings/{action}");
        let body = r#"{"workspaceId":"w"}"#;
        assert_eq!(ask(&world, ADMIN, "POST", &path, body).await.0, StatusCode::OK, "{action}");
        assert_eq!(ask(&world, PRETENDER, "POST", &path, body).await.0, StatusCode::FORBIDDEN, "{action}");
    }
}

#[tokio::test]
async fn a_system_admin_who_is_no_member_sees_no_contact() {
    let world = world();
    for path in [
        "/api/boards/b/contacts",
        "/api/contacts/c",
        "/api/contacts/c/messages",
        "/api/cache-settings/workspace/w/counts",
        "/api/live?workspaceId=w",
    ] {
        let request = Request::get(path).header("Authorization", format!("Bearer {}", token(ADMIN)));
        let response = world.send(request.header("X-Workspace-ID", "w").body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
    }
}
