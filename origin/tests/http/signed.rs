//! The internal routes take what a tier has signed: not the key itself, nothing changed, and nothing older than a minute.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use identity::{InternalKeys, RequestHead};
use origin::clock::Clock as _;

use crate::world::{KEY, World, world};

const INVALIDATE: &str = "/internal/invalidate";
const CHANGE: &str = r#"{"boardId":"b","action":"contact_updated"}"#;

/// A request as the edge sends it.
#[derive(Clone)]
struct Signed {
    method: Method,
    target: &'static str,
    headers: HeaderMap,
    body: &'static str,
}

impl Signed {
    fn new(world: &World, method: Method, target: &'static str, body: &'static str) -> Self {
        let mut signed = Self { method, target, headers: HeaderMap::new(), body };
        signed.headers.insert("x-workspace-id", "w".parse().unwrap());
        signed.sign(KEY, world.clock.now_ms());
        signed
    }

    fn sign(&mut self, key: &str, now_ms: u64) {
        let header = |name: &'static str| {
            self.headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
        };
        let head = RequestHead { method: self.method.as_str(), target: self.target, header: &header };
        let signature = InternalKeys::parse(key).unwrap().sign(&head, self.body.as_bytes(), now_ms);
        self.headers.insert("x-internal-signature", signature.parse().unwrap());
    }

    async fn send(&self, world: &World) -> StatusCode {
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        world.send(request).await.status()
    }
}

#[tokio::test]
async fn a_captured_request_is_useless_after_a_minute() {
    let world = world();
    let captured = Signed::new(&world, Method::POST, INVALIDATE, CHANGE);
    assert_eq!(captured.send(&world).await, StatusCode::OK);
    world.advance_secs(50);
    assert_eq!(captured.send(&world).await, StatusCode::OK, "an invalidation may be repeated");
    world.advance_secs(10);
    assert_eq!(captured.send(&world).await, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn nothing_of_a_signed_request_can_be_changed() {
    let world = world();
    let good = Signed::new(&world, Method::POST, INVALIDATE, CHANGE);
    let with = |name: &'static str, value: &str| {
        let mut changed = good.clone();
        changed.headers.insert(name, value.parse().unwrap());
        changed
    };
    for (what, changed) in [
        ("body", Signed { body: r#"{"boardId":"c","action":"contact_updated"}"#, ..good.clone() }),
        ("target", Signed { target: "/internal/invalidate?x=1", ..good.clone() }),
        ("workspace", with("x-workspace-id", "v")),
        ("generations", with("x-cache-generation", "workspace=9999999999999")),
        ("token", with("authorization", "Bearer abc")),
        ("signature", with("x-internal-signature", KEY)),
    ] {
        assert_eq!(changed.send(&world).await, StatusCode::MISDIRECTED_REQUEST, "{what}");
    }
    let mut anothers = good.clone();
    anothers.sign("another-internal-key", world.clock.now_ms());
    assert_eq!(anothers.send(&world).await, StatusCode::MISDIRECTED_REQUEST, "another key");
    let mut twice = good.clone();
    twice.headers.append("x-internal-signature", good.headers["x-internal-signature"].clone());
    assert_eq!(twice.send(&world).await, StatusCode::MISDIRECTED_REQUEST, "two signatures");
    assert_eq!(good.send(&world).await, StatusCode::OK);
}

#[tokio::test]
async fn the_key_itself_opens_no_internal_route() {
    let world = world();
    for (method, path) in [
        ("GET", "/internal/boards/b/contacts"),
        ("GET", "/internal/workspaces/w/membership"),
        ("POST", INVALIDATE),
    ] {
        assert_eq!(world.ask(method, path, "{}").await, StatusCode::MISDIRECTED_REQUEST, "{path}");
        let bearer = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("x-workspace-id", "w")
            .body(Body::empty())
            .unwrap();
        assert_eq!(world.send(bearer).await.status(), StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_signature_lets_a_tier_ask_and_no_user_in() {
    let world = world();
    let signed = Signed::new(&world, Method::GET, "/internal/boards/b/contacts", "");
    // The reader's own, unlike whatever is wrong with the signature: the edge tells the two apart by the status.
    assert_eq!(signed.send(&world).await, StatusCode::UNAUTHORIZED, "whose page is it?");
}
