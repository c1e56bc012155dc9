//! `POST /api/cache/invalidate` and `POST /internal/generations`: acknowledged only when it is durable.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use coherence::{Floor, View};
use ids::WorkspaceId;
use serde_json::Value;
use world::{INTERNAL_KEY, Request, run};

const BODY: &str =
    r#"{"boardId":"b","contactId":"c","action":"contact_moved","fromColumnId":"x","toColumnId":"y"}"#;

#[test]
fn the_answer_is_the_documented_one() {
    run(async |world| {
        let response = world.isolate().handle(Request::invalidate(BODY)).await;
        assert_eq!(response.header("Cache-Control"), Some("no-store"));
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        let now_ms = world::START_MS;
        assert_eq!(answer["success"], true);
        assert_eq!(answer["data"]["invalidated"], 3);
        assert_eq!(answer["data"]["patterns"][0], "contacts:w:b:*");
        assert_eq!(answer["data"]["generation"], format!("counts={now_ms},board:b={now_ms}"));
        let workspace = WorkspaceId::parse("w").unwrap();
        assert_eq!(
            world.ledgers.borrow()[&workspace].to_token(),
            answer["data"]["generation"].as_str().unwrap()
        );
    });
}

#[test]
fn it_is_refused_when_the_ledger_cannot_record_it_and_holds_all_the_same() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.ledger.down.set(true);
        world.source.borrow_mut().version = 2;
        let refused = isolate.invalidate().await.unwrap_err();
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
        assert_eq!(isolate.read().await.version(), 2, "what this isolate heard it does not forget");
        world.ledger.down.set(false);
        isolate.invalidate().await.unwrap();
    });
}

#[test]
fn it_is_refused_when_the_origin_cannot_record_it() {
    run(async |world| {
        let isolate = world.isolate();
        world.origin.down.set(true);
        assert_eq!(isolate.invalidate().await.unwrap_err().status, 503);
        assert!(world.ledgers.borrow().is_empty());
        world.origin.down.set(false);
        world.source.borrow_mut().mints_too_little = true;
        assert_eq!(isolate.invalidate().await.unwrap_err().status, 503, "less than was asked for");
    });
}

#[test]
fn it_is_idempotent() {
    run(async |world| {
        let isolate = world.isolate();
        let first = View::from_token(&isolate.invalidate().await.unwrap()).unwrap();
        let second = View::from_token(&isolate.invalidate().await.unwrap()).unwrap();
        assert!(first.iter().all(|(tag, generation)| second.get(tag) > generation));
    });
}

#[test]
fn the_key_is_checked_before_the_body_is_read() {
    run(async |world| {
        let isolate = world.isolate();
        for path in ["/api/cache/invalidate", "/internal/generations"] {
            let request = || Request::new("POST", path).sealed();
            for request in [
                request(),
                request().with("Authorization", &world::bearer("user_1")),
                request().with("X-Internal-Auth", "another-key-0123456789"),
                request().with("Authorization", INTERNAL_KEY),
            ] {
                assert_eq!(isolate.handle(request).await.status, 401);
            }
        }
        assert_eq!(world.origin.asked.get(), 0);
        let bearer = format!("Bearer {INTERNAL_KEY}");
        let request = Request::invalidate(BODY).without("X-Internal-Auth").with("Authorization", &bearer);
        assert_eq!(isolate.handle(request).await.status, 200);
    });
}

#[test]
fn a_bad_body_is_refused_and_nothing_is_asked() {
    run(async |world| {
        let isolate = world.isolate();
        let large = "x".repeat(1 << 20);
        for (body, status) in
            [("", 400), ("no json", 400), (r#"{"boardId":"b"}"#, 400), (large.as_str(), 413)]
        {
            assert_eq!(isolate.handle(Request::invalidate(body)).await.status, status);
        }
        let nameless = Request::invalidate(BODY).without("X-Workspace-ID");
        assert_eq!(isolate.handle(nameless).await.status, 400);
        assert_eq!(world.origin.asked.get(), 0);
    });
}

#[test]
fn a_bulk_invalidation_gives_a_token_that_a_reader_can_send() {
    run(async |world| {
        let isolate = world.isolate();
        let events: Vec<String> = (0..100)
            .map(|board| format!(r#"{{"boardId":"board_{board}","action":"contact_updated"}}"#))
            .collect();
        let response =
            isolate.handle(Request::invalidate(&format!(r#"{{"events":[{}]}}"#, events.join(",")))).await;
        let answer: Value = serde_json::from_slice(&response.body).unwrap();
        let token = answer["data"]["generation"].as_str().unwrap();
        assert_eq!(token, world::START_MS.to_string());
        assert!(Floor::parse(token, world.now_ms()).is_ok());
        assert_eq!(isolate.read_after(token).await.0.status, 200);
    });
}

#[test]
fn events_of_several_workspaces_reach_each_ledger() {
    run(async |world| {
        let body = r#"{"events":[{"boardId":"b","action":"contact_created","workspaceId":"w1"},
            {"boardId":"b","action":"contact_created","workspaceId":"w2"}]}"#;
        let request = Request::invalidate(body).without("X-Workspace-ID");
        assert_eq!(world.isolate().handle(request).await.status, 200);
        assert_eq!(world.ledgers.borrow().len(), 2);
    });
}

#[test]
fn what_the_origin_minted_itself_reaches_the_ledger() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        let request = |body: &str| {
            Request::new("POST", "/internal/generations")
                .with("X-Internal-Auth", INTERNAL_KEY)
                .with_body(body)
        };
        let news = format!(r#"{{"workspace":"w","generation":"board:b={}"}}"#, world.now_ms());
        let response = isolate.handle(request(&news)).await;
        assert_eq!((response.status, response.body.len()), (204, 0));
        assert_eq!(isolate.read().await.cache(), "MISS database");

        for body in
            ["", "{}", r#"{"workspace":"w:","generation":""}"#, r#"{"workspace":"w","generation":"12"}"#]
        {
            assert_eq!(isolate.handle(request(body)).await.status, 400, "{body}");
        }
        world.ledger.down.set(true);
        assert_eq!(isolate.handle(request(&news)).await.status, 503);
    });
}
