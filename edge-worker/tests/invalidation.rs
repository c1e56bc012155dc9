//! `POST /api/cache/invalidate` and `POST /internal/generations`: acknowledged only when it is durable.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use std::rc::Rc;

use coherence::{Floor, Generation, View};
use dto::internal::LedgerUpdate;
use edge_worker::http::response::Response;
use edge_worker::ledger_book;
use ids::WorkspaceId;
use serde_json::Value;
use world::{INTERNAL_KEY, Request, World, run};

const BODY: &str =
    r#"{"boardId":"b","contactId":"c","action":"contact_moved","fromColumnId":"x","toColumnId":"y"}"#;

fn view(token: &str) -> View {
    View::from_token(token).unwrap()
}

/// What an origin's outbox sends.
fn forwarded(world: &World, body: &str) -> Request {
    Request::new("POST", "/internal/generations").with_body(body).signed(world.now_ms())
}

/// The workspace and the token of an answer to [`forwarded`].
fn update(answer: &Response) -> (String, String) {
    let update: LedgerUpdate = serde_json::from_slice(&answer.body).unwrap();
    (update.workspace, update.generation)
}

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
        assert_eq!(
            answer["data"]["generation"],
            format!("counts={now_ms},board:b={now_ms},contact:c4={now_ms}")
        );
        let workspace = WorkspaceId::parse("w").unwrap();
        assert_eq!(
            world.ledgers.borrow()[&workspace].to_token(),
            answer["data"]["generation"].as_str().unwrap()
        );
    });
}

#[test]
fn it_is_refused_when_the_ledger_cannot_record_it_and_holds_once_that_is_repeated() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.ledger.down.set(true);
        world.source.borrow_mut().version = 2;
        let refused = isolate.invalidate().await.unwrap_err();
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
        world.sleep(1000).await;
        assert_eq!(isolate.read().await.version(), 2, "the ledger cannot be asked: nothing kept is served");
        world.ledger.down.set(false);
        isolate.invalidate().await.unwrap();
        assert_eq!(isolate.read().await.version(), 2);
        assert_eq!(world.isolate().read().await.version(), 2);
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

/// A world whose origin minted nine seconds ahead of its clock, told the ledger, and forgot it: what it mints next is
/// below what the ledger and the cached pages hold.
async fn after_an_origin_that_minted_ahead(world: &Rc<World>) {
    let ahead = view(&format!("counts={0},board:b={0}", world.now_ms() + 9000));
    world.source.borrow_mut().view = ahead.clone();
    world.ledgers.borrow_mut().insert(WorkspaceId::parse("w").unwrap(), ahead);
    let isolate = world.isolate();
    isolate.read().await;
    world.sleep(10).await;
    assert_eq!(isolate.read().await.cache(), "HIT edge_memory", "as of the lead");
    world.source.borrow_mut().view = View::new();
}

#[test]
fn it_holds_even_if_the_origin_mints_below_what_the_ledger_holds() {
    run(async |world| {
        after_an_origin_that_minted_ahead(&world).await;
        let (here, there) = (world.isolate(), world.isolate());
        for isolate in [&here, &there] {
            assert_eq!(isolate.read().await.cache(), "HIT cloudflare_kv");
        }
        let held_ms = world::START_MS + 9000;
        let now_ms = world.now_ms();
        let generation = here.change(2).await;
        let expected = format!("counts={now_ms},board:b={},contact:c4={now_ms}", held_ms + 1);
        assert_eq!(generation, expected, "as the ledger has it");
        assert_eq!(here.read().await.version(), 2);
        assert_eq!(there.read_after(&generation).await.version(), 2, "the reader's token is above it too");
        world.sleep(1000).await;
        assert_eq!(there.read().await.version(), 2);
        assert_eq!(world.isolate().read().await.version(), 2);
    });
}

#[test]
fn what_an_origin_forwards_holds_even_if_it_is_below_what_the_ledger_holds() {
    run(async |world| {
        after_an_origin_that_minted_ahead(&world).await;
        let isolate = world.isolate();
        assert_eq!(isolate.read().await.cache(), "HIT cloudflare_kv");
        world.source.borrow_mut().version = 2;
        let news = format!(r#"{{"workspace":"w","generation":"board:b={}"}}"#, world.now_ms());
        let answer = isolate.handle(forwarded(&world, &news)).await;
        assert_eq!(update(&answer), ("w".to_owned(), format!("board:b={}", world::START_MS + 9001)));
        assert_eq!(isolate.read().await.version(), 2);
        let again = isolate.handle(forwarded(&world, &news)).await;
        assert_eq!(update(&again).1, format!("board:b={}", world::START_MS + 9002), "sent again: by one");
    });
}

#[test]
fn it_is_refused_when_the_ledger_cannot_rise() {
    run(async |world| {
        let full = view(&format!("board:b={}", Generation::MAX));
        world.ledgers.borrow_mut().insert(WorkspaceId::parse("w").unwrap(), full);
        assert_eq!(world.isolate().invalidate().await.unwrap_err().status, 503);
        assert_eq!(*world.warnings.borrow(), ["a ledger recorded less than it was told"]);
    });
}

#[test]
fn a_ledger_that_forgets_boards_speaks_by_the_workspace() {
    run(async |world| {
        let boards: Vec<String> =
            (0..ledger_book::MAX_TAGS).map(|board| format!("board:b{board}={}", world.now_ms())).collect();
        let workspace = WorkspaceId::parse("w").unwrap();
        world.ledgers.borrow_mut().insert(workspace.clone(), view(&boards.join(",")));
        world.sleep(1).await;
        let generation = world.isolate().invalidate().await.unwrap();
        let now_ms = world.now_ms();
        assert_eq!(
            generation,
            format!("workspace={now_ms},counts={now_ms},board:b={now_ms},contact:c4={now_ms}")
        );

        // Older than every board that is kept: folded as soon as it is told, and still answered for.
        let boards: Vec<String> =
            (0..ledger_book::MAX_TAGS).map(|board| format!("board:n{board}=9")).collect();
        let news = format!(r#"{{"workspace":"w","generation":"{}"}}"#, boards.join(","));
        let answer = world.isolate().handle(forwarded(&world, &news)).await;
        // Each has risen above the workspace, which rises above those that are forgotten.
        assert_eq!(update(&answer).1.split(',').next(), Some(&*format!("workspace={}", now_ms + 2)));
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
fn key_and_signature_are_checked_before_the_body_is_read() {
    run(async |world| {
        let isolate = world.isolate();
        for (path, status) in [("/api/cache/invalidate", 401), ("/internal/generations", 421)] {
            let request = || Request::new("POST", path).sealed();
            for request in [
                request(),
                request().with("Authorization", &world::bearer("user_1")),
                request().with("X-Internal-Auth", "another-key-0123456789"),
                request().with("Authorization", INTERNAL_KEY),
                request().with("X-Internal-Signature", INTERNAL_KEY),
            ] {
                assert_eq!(isolate.handle(request).await.status, status);
            }
        }
        let with_the_key =
            Request::new("POST", "/internal/generations").sealed().with("X-Internal-Auth", INTERNAL_KEY);
        assert_eq!(isolate.handle(with_the_key).await.status, 421, "the tiers sign");
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
fn a_captured_forward_is_useless_for_another_body_and_after_a_minute() {
    run(async |world| {
        let isolate = world.isolate();
        let news = format!(r#"{{"workspace":"w","generation":"board:b={}"}}"#, world.now_ms());
        let captured = forwarded(&world, &news);
        assert_eq!(isolate.handle(captured.clone()).await.status, 200);
        assert_eq!(isolate.handle(captured.clone()).await.status, 200, "once more is the same once more");
        let other = news.replace("board:b", "workspace");
        assert_eq!(isolate.handle(captured.clone().with_body(&other)).await.status, 421);
        let recorded = world.ledgers.borrow().clone();
        world.sleep(60_000).await;
        assert_eq!(isolate.handle(captured).await.status, 421);
        assert_eq!(*world.ledgers.borrow(), recorded);
    });
}

#[test]
fn what_the_origin_minted_itself_reaches_the_ledger() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        let news = format!(r#"{{"workspace":"w","generation":"board:b={}"}}"#, world.now_ms());
        let response = isolate.handle(forwarded(&world, &news)).await;
        assert_eq!(String::from_utf8_lossy(&response.body), news, "recorded as it was sent");
        assert_eq!((response.status, response.header("Cache-Control")), (200, Some("no-store")));
        assert_eq!(isolate.read().await.cache(), "MISS database");

        for body in
            ["", "{}", r#"{"workspace":"w:","generation":""}"#, r#"{"workspace":"w","generation":"12"}"#]
        {
            assert_eq!(isolate.handle(forwarded(&world, body)).await.status, 400, "{body}");
        }
        world.ledger.down.set(true);
        assert_eq!(isolate.handle(forwarded(&world, &news)).await.status, 503);
    });
}
