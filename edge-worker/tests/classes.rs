//! Every route of the edge, asked as whoever may, as somebody who may not, with a method it does not take, and by a browser's preflight: what is
//! not a page is stored by nobody, and every answer has the headers of its safety.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use dto::answers::{AnswerClass, CONTENT_SECURITY_POLICY, SAFETY, STRICT_POLICY};
use edge_worker::http::response::Response;
use edge_worker::http::route::Route;
use ids::BoardId;
use world::{INTERNAL_KEY, PAGE, Request, run};

/// A path and the class of each route. A route that is missing here does not compile below.
fn routes() -> Vec<(Route, &'static str, AnswerClass)> {
    vec![
        (Route::BoardContacts(BoardId::parse("b").unwrap()), PAGE, AnswerClass::Page),
        (Route::Invalidate, "/api/cache/invalidate", AnswerClass::Unstored),
        (Route::Generations, "/internal/generations", AnswerClass::Unstored),
        (Route::Health, "/health", AnswerClass::Unstored),
        (Route::Metrics, "/metrics", AnswerClass::Unstored),
    ]
}

/// How many kinds of routes there are: to be counted up with `routes` when the compiler asks for another arm.
fn kinds(route: &Route) -> usize {
    match route {
        Route::BoardContacts(_) | Route::Invalidate | Route::Generations | Route::Health | Route::Metrics => {
            5
        }
    }
}

fn wrong(what: &str, class: AnswerClass, response: &Response) -> Vec<String> {
    let field = |name: &str| response.header(name).unwrap_or_default();
    let is_page = class == AnswerClass::Page && matches!(response.status, 200 | 304);
    let kept = if is_page { "private, no-cache" } else { "no-store" };
    let mut expected = vec![("Cache-Control", kept), (CONTENT_SECURITY_POLICY, STRICT_POLICY)];
    expected.extend(SAFETY);
    let mut wrong: Vec<String> = expected
        .into_iter()
        .filter(|(name, value)| field(name) != *value)
        .map(|(name, value)| {
            format!("{what}: {} has {name}: {:?}, not {value:?}", response.status, field(name))
        })
        .collect();
    if !field("Vary").contains("Origin") {
        wrong.push(format!("{what}: {} varies by {:?}", response.status, field("Vary")));
    }
    if response.header("Access-Control-Allow-Credentials").is_some() {
        wrong.push(format!("{what}: credentials are allowed"));
    }
    wrong
}

#[test]
fn every_answer_of_every_route_is_kept_and_protected_as_the_route_is_classified() {
    run(async |world| {
        let isolate = world.isolate();
        let (mut found, mut asked, mut statuses) = (Vec::new(), 0, std::collections::BTreeSet::new());
        let routes = routes();
        for (route, path, class) in &routes {
            assert_eq!((Route::of(path).as_ref(), route.class()), (Some(route), *class), "{path}");
            assert_eq!(kinds(route), routes.len());
            for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] {
                for signed in [true, false] {
                    for origin in ["https://app.example.com", "https://evil.test", ""] {
                        let mut request = Request::new(method, path).with("X-Workspace-ID", "w");
                        if !origin.is_empty() {
                            request = request.with("Origin", origin);
                        }
                        if signed && *class == AnswerClass::Page {
                            request = request.with("Authorization", &world::bearer("user_1"));
                        } else if signed {
                            request = request.with("X-Internal-Auth", INTERNAL_KEY);
                        }
                        let response = isolate.handle(request).await;
                        asked += 1;
                        statuses.insert((*class == AnswerClass::Page, response.status));
                        found.extend(wrong(&format!("{method} {path} {origin}"), *class, &response));
                        let named = response.header("Access-Control-Allow-Origin");
                        assert_eq!(named.is_some(), origin == "https://app.example.com", "{method} {path}");
                    }
                }
            }
        }
        let etag = isolate.read().await.header("ETag").to_owned();
        let unchanged = isolate.handle(Request::get(PAGE).with("If-None-Match", &etag)).await;
        assert_eq!(unchanged.status, 304);
        found.extend(wrong("304", AnswerClass::Page, &unchanged));
        for path in ["/", "/nothing", &format!("/health?{}", "a".repeat(9000))] {
            found.extend(wrong(path, AnswerClass::Unstored, &isolate.handle(Request::get(path)).await));
        }
        println!("{} answers of {} routes", asked + 4, routes.len());
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(statuses.contains(&(true, 200)) && statuses.contains(&(false, 200)), "{statuses:?}");
    });
}

#[test]
fn a_header_that_is_too_long_is_refused_before_anything_is_asked() {
    run(async |world| {
        let isolate = world.isolate();
        let long = "a".repeat(16 * 1024 + 1);
        for request in [
            Request::get(PAGE).with("Authorization", &format!("Bearer {long}")),
            Request::get(PAGE).with("If-None-Match", &long),
            Request::get(PAGE).with("X-Cache-Generation", &long),
            Request::invalidate("{}").with("X-Internal-Auth", &long),
        ] {
            let response = isolate.handle(request).await;
            assert_eq!(response.status, 431);
            assert!(String::from_utf8(response.body).unwrap().contains("header_too_large"));
        }
        assert_eq!(world.origin.asked.get() + world.kv.asked.get() + world.ledger.asked.get(), 0);
    });
}
