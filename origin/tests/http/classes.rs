//! Every route, asked as whoever may, as somebody who may not, with a method it does not take, and by a browser's preflight: what is not a page is
//! stored by nobody, and every answer has the headers of its safety.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use dto::answers::{AnswerClass, SAFETY, STRICT_POLICY};
use origin::http::TEMPLATES;
use origin::http::classes::class_of;

use crate::world::{KEY, World, world};

/// A path of a template.
fn path(template: &str) -> String {
    [("{board_id}", "b"), ("{contact_id}", "c"), ("{workspace_id}", "w"), ("{file}", "swagger-ui.css")]
        .iter()
        .fold(template.to_owned(), |path, (name, id)| path.replace(name, id))
}

struct Asked {
    what: String,
    class: AnswerClass,
    status: StatusCode,
    fields: HeaderMap,
}

async fn ask(world: &World, class: AnswerClass, method: &str, path: &str, signed: bool) -> Asked {
    let mut request = Request::builder().method(method).uri(path).header("X-Workspace-ID", "w");
    if signed {
        request = request.header("X-Internal-Auth", KEY);
    }
    if method == "OPTIONS" {
        request = request
            .header("Origin", "https://app.example.com")
            .header("Access-Control-Request-Method", "GET");
    }
    let response = world.send(request.body(Body::empty()).unwrap()).await;
    let what = format!("{method} {path}{}", if signed { "" } else { ", unsigned" });
    Asked { what, class, status: response.status(), fields: response.headers().clone() }
}

impl Asked {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut holds = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: {} {what}: {:?}", self.what, self.status, self.fields));
            }
        };
        for (name, value) in SAFETY {
            holds(self.field(name) == value, name);
        }
        holds(self.field("vary").contains("Origin"), "Vary");
        let control = self.field("cache-control");
        let is_page = self.class == AnswerClass::Page && matches!(self.status.as_u16(), 200 | 304);
        // A preflight is answered before the route is reached.
        let is_document = self.class == AnswerClass::Document
            && self.status == StatusCode::OK
            && !self.what.starts_with("OPTIONS");
        holds(
            match control {
                "no-store" => !is_document,
                "private, no-cache" => is_page,
                "public, max-age=3600" => is_document,
                _ => false,
            },
            "Cache-Control",
        );
        let policy = self.field("content-security-policy");
        holds(
            if is_document {
                policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'")
            } else {
                policy == STRICT_POLICY
            },
            "Content-Security-Policy",
        );
        wrong
    }
}

#[tokio::test]
async fn every_answer_of_every_route_is_kept_and_protected_as_the_route_is_classified() {
    let world = world();
    let mut asked = Vec::new();
    for template in TEMPLATES {
        let class = class_of(template).unwrap_or_else(|| panic!("{template} is not classified"));
        for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] {
            for signed in [true, false] {
                asked.push(ask(&world, class, method, &path(template), signed).await);
            }
        }
    }
    for (method, path) in
        [("GET", "/"), ("GET", "/nothing.css"), ("OPTIONS", "/nothing"), ("GET", "/docs/no.js")]
    {
        asked.push(ask(&world, AnswerClass::Unstored, method, path, true).await);
    }
    let long = format!("/health?{}", "a".repeat(9000));
    asked.push(ask(&world, AnswerClass::Unstored, "GET", &long, true).await);

    let wrong: Vec<String> = asked.iter().flat_map(Asked::wrong).collect();
    println!("{} answers of {} routes", asked.len(), TEMPLATES.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Refusals alone would prove little.
    let answered: HashSet<AnswerClass> =
        asked.iter().filter(|asked| asked.status == StatusCode::OK).map(|asked| asked.class).collect();
    assert_eq!(answered.len(), 3, "a class was never answered but with a refusal");
    assert!(asked.iter().any(|asked| asked.status == StatusCode::URI_TOO_LONG));
}

#[tokio::test]
async fn a_header_that_is_too_long_is_refused_before_anything_reads_it() {
    let world = world();
    for (len, status) in [(16 * 1024, StatusCode::OK), (16 * 1024 + 1, StatusCode::from_u16(431).unwrap())] {
        let request =
            Request::get("/health").header("X-Whatever", "a".repeat(len)).body(Body::empty()).unwrap();
        let response = world.send(request).await;
        assert_eq!(response.status(), status, "{len}");
        if status != StatusCode::OK {
            assert_eq!(response.headers()["cache-control"], "no-store");
            let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
            assert!(std::str::from_utf8(&body).unwrap().contains("header_too_large"), "{body:?}");
        }
    }
}

#[tokio::test]
async fn pages_of_listed_origins_alone_may_read_and_their_preflight_is_remembered() {
    let world = world();
    let ask = async |method: Method, origin: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/api/boards/b/contacts")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "authorization,x-workspace-id")
            .body(Body::empty())
            .unwrap();
        world.send(request).await.headers().clone()
    };
    for origin in ["https://app.example.com", "https://pr-7.preview.example.com"] {
        let preflight = ask(Method::OPTIONS, origin).await;
        assert_eq!(preflight["access-control-allow-origin"], origin);
        assert_eq!(preflight["access-control-max-age"], "7200");
        let headers = preflight["access-control-allow-headers"].to_str().unwrap().to_ascii_lowercase();
        assert!(headers.contains("authorization") && headers.contains("x-workspace-id"), "{headers}");
        let answer = ask(Method::GET, origin).await;
        assert_eq!(answer["access-control-allow-origin"], origin);
        for fields in [preflight, answer] {
            assert!(!fields.contains_key("access-control-allow-credentials"), "{fields:?}");
        }
    }
    for origin in
        ["null", "https://evil.test", "https://app.example.com.evil.test", "http://app.example.com", "*"]
    {
        for method in [Method::OPTIONS, Method::GET] {
            let fields = ask(method, origin).await;
            assert!(!fields.contains_key("access-control-allow-origin"), "{origin}: {fields:?}");
            assert!(!fields.contains_key("access-control-allow-credentials"), "{origin}: {fields:?}");
        }
    }
}
