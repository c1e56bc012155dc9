//! Which tier answers, and what happens when one fails.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use std::rc::Rc;

use edge_worker::platform::OriginResponse;
use futures_util::future::{join, join_all};
use world::{FakePlatform, PAGE, Page, Request, run};

#[test]
fn memory_goes_before_kv_and_kv_before_the_origin() {
    run(async |world| {
        let isolate = world.isolate();
        let page = isolate.read().await;
        assert_eq!(page.cache(), "MISS database");
        assert_eq!(
            page.header("Cache-Status"),
            "kv; fwd=uri-miss; stored, edge-memory; fwd=uri-miss; stored"
        );
        world.sleep(100).await;

        let elsewhere = world.isolate();
        let page = elsewhere.read().await;
        assert_eq!(page.cache(), "HIT cloudflare_kv");
        assert_eq!(page.header("Cache-Status"), "kv; hit; ttl=179, edge-memory; fwd=uri-miss; stored");
        let page = elsewhere.read().await;
        assert_eq!(page.cache(), "HIT edge_memory");
        assert_eq!(page.header("Cache-Status"), "edge-memory; hit; ttl=179");
        assert_eq!(world.page_loads(), 1);
    });
}

#[test]
fn a_hit_of_the_origin_is_kept_at_the_edge() {
    run(async |world| {
        world.source.borrow_mut().source = "redis";
        let isolate = world.isolate();
        assert_eq!(isolate.read().await.cache(), "HIT redis");
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
    });
}

#[test]
fn a_page_gets_its_write_to_kv_when_it_is_asked_for_again() {
    const ASKED_AGAIN: &[(&str, &str)] = &[("KV_WRITES", "asked-again")];
    run(async |world| {
        let isolate = world.isolate_with(ASKED_AGAIN);
        let page = isolate.read().await;
        assert_eq!(page.cache(), "MISS database");
        assert_eq!(page.header("Cache-Status"), "kv; fwd=uri-miss, edge-memory; fwd=uri-miss; stored");
        world.sleep(100).await;
        assert!(world.values.borrow().is_empty(), "nobody else has asked");

        // The origin has it by then, and says so.
        world.source.borrow_mut().source = "origin_memory";
        let page = world.isolate_with(ASKED_AGAIN).read().await;
        assert_eq!(
            page.header("Cache-Status"),
            "kv; fwd=uri-miss; stored, edge-memory; fwd=uri-miss; stored"
        );
        world.sleep(100).await;
        assert_eq!(world.isolate_with(ASKED_AGAIN).read().await.cache(), "HIT cloudflare_kv");
    });
}

#[test]
fn a_page_that_has_expired_at_the_origin_is_not_written_to_kv() {
    run(async |world| {
        world.source.borrow_mut().source = "origin_memory";
        world.source.borrow_mut().outcome = "STALE";
        assert_eq!(world.isolate().read().await.cache(), "STALE origin_memory");
        world.sleep(100).await;
        assert!(world.values.borrow().is_empty(), "its successor will want the key's one write a second");
    });
}

#[test]
fn a_page_that_is_refreshed_was_asked_for_again() {
    run(async |world| {
        let isolate = world.isolate_with(&[("KV_WRITES", "asked-again")]);
        isolate.read().await;
        world.sleep(200_000).await;
        assert_eq!(isolate.read().await.cache(), "STALE edge_memory");
        world.sleep(1_000).await;
        assert_eq!(world.page_loads(), 2);
        assert_eq!(world.values.borrow().len(), 1);
    });
}

#[test]
fn what_must_not_be_stored_is_not_stored() {
    run(async |world| {
        world.source.borrow_mut().no_store = true;
        let isolate = world.isolate();
        for _ in 0..2 {
            assert_eq!(isolate.read().await.cache(), "MISS database");
            world.sleep(100).await;
        }
        assert_eq!(world.page_loads(), 2);
        assert!(world.values.borrow().is_empty());
        join(isolate.read(), isolate.read()).await;
        assert_eq!(world.page_loads(), 4, "nor shared");
    });
}

#[test]
fn a_failure_is_never_stored() {
    run(async |world| {
        let isolate = world.isolate();
        for expected in 1..=2 {
            let response = isolate.handle(Request::get("/api/boards/no_board/contacts")).await;
            assert_eq!(response.status, 404);
            assert_eq!(response.header("Cache-Control"), Some("no-store"));
            assert_eq!(world.page_loads(), expected);
        }
        assert!(world.values.borrow().is_empty());
    });
}

#[test]
fn only_failures_of_the_contract_are_passed_on() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        let request = || Request::get(&format!("{PAGE}?page=2"));
        for (status, body, expected) in [
            (429, r#"{"success":false,"error":{"code":"rate_limited"}}"#, 429),
            (404, "<h1>no such host</h1>", 503),
            (404, r#"{"success":true}"#, 503),
            (418, r#"{"success":false,"error":{"code":"teapot"}}"#, 503),
            (500, r#"{"success":false,"error":{"code":"internal_error"}}"#, 503),
            (302, "", 503),
            (200, r#"{"success":true,"data":{}}"#, 503),
        ] {
            let instead = OriginResponse { status, headers: Vec::new(), body: body.into() };
            world.source.borrow_mut().instead = Some(instead);
            let response = isolate.handle(request()).await;
            assert_eq!(response.status, expected, "{status} {body}");
            if expected != 404 {
                let seconds = if expected == 429 { "10" } else { "1" };
                assert_eq!(response.header("Retry-After"), Some(seconds));
            }
        }
        assert_eq!(world.values.borrow().len(), 1);
    });
}

#[test]
fn an_origin_that_does_not_know_this_edge_is_one_that_fails_and_no_reason_to_sign_a_reader_out() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        let refusal = dto::ApiError::unsigned();
        let body = refusal.to_json().into_bytes();
        world.source.borrow_mut().instead =
            Some(OriginResponse { status: refusal.status(), headers: Vec::new(), body });

        let never_read = isolate.handle(Request::get(&format!("{PAGE}?page=2"))).await;
        assert_eq!((never_read.status, never_read.header("Retry-After")), (503, Some("1")));
        // The page has expired, and so has the membership.
        world.sleep(200_000).await;
        assert_eq!(isolate.read().await.cache(), "STALE edge_memory");
        assert_eq!(world.isolate().read().await.0.status, 503, "one who has never been verified");
        let invalidation = isolate.invalidate().await.unwrap_err();
        assert_eq!((invalidation.status, invalidation.header("Retry-After")), (503, Some("1")));

        let figures = isolate.handle(Request::new("GET", "/metrics?format=prometheus")).await;
        let figures = String::from_utf8(figures.body).unwrap();
        let refusals = figures.lines().find(|line| line.starts_with("boardcache_edge_tier_refusals_total{"));
        assert!(refusals.is_some_and(|line| !line.ends_with(" 0")), "{figures}");
        assert!(world.warnings.borrow().iter().any(|line| line.contains("do the clocks agree")));
    });
}

#[test]
fn kv_failing_costs_hits_and_no_reads() {
    run(async |world| {
        world.kv.down.set(true);
        let isolate = world.isolate();
        assert_eq!(isolate.read().await.cache(), "MISS database");
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
        world.kv.down.set(false);
        world.kv.delay_ms.set(60_000);
        let page = world.isolate().read().await;
        assert_eq!((page.cache().as_str(), page.took_ms()), ("MISS database", 1000));
    });
}

#[test]
fn kv_keeps_an_entry_for_all_its_windows() {
    run(async |world| {
        world.isolate().read().await;
        world.sleep(10).await;
        assert_eq!(world.expirations.borrow().values().collect::<Vec<_>>(), [&(180 + 90 + 3600)]);
    });
}

#[test]
fn a_stale_page_is_served_at_once_and_refreshed_by_one() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.sleep(181_000).await;
        isolate.handle(Request::get("/api/boards/other/contacts")).await;
        world.source.borrow_mut().version = 2;
        let loads = world.page_loads();
        world.origin.delay_ms.set(500);
        for page in join_all((0..5).map(|_| isolate.read())).await {
            assert_eq!((page.cache().as_str(), page.took_ms(), page.version()), ("STALE edge_memory", 0, 1));
            assert_eq!(page.header("Age"), "181");
        }
        world.sleep(600).await;
        assert_eq!(world.page_loads(), loads + 1);
        let page = isolate.read().await;
        assert_eq!((page.cache().as_str(), page.version()), ("HIT edge_memory", 2));
    });
}

#[test]
fn an_expired_page_is_served_only_if_the_origin_fails() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.sleep(280_000).await;
        world.origin.down.set(true);
        let page = isolate.read().await;
        assert_eq!(page.cache(), "STALE edge_memory");
        assert_eq!(page.header("Cache-Status"), "edge-memory; hit; ttl=-100");
        world.origin.down.set(false);
        assert_eq!(isolate.read().await.cache(), "MISS database");
    });
}

#[test]
fn an_overtaken_page_is_not_served_even_if_the_origin_fails() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.sleep(280_000).await;
        isolate.read().await;
        isolate.change(2).await;
        world.origin.down.set(true);
        let response = isolate.read().await.0;
        assert_eq!(response.status, 503);
        assert_eq!(response.header("Retry-After"), Some("1"));
    });
}

#[test]
fn a_page_overtaken_while_the_origin_failed_is_not_served() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        there.read().await;
        here.read().await;
        world.sleep(280_000).await;
        there.handle(Request::get("/api/boards/other/contacts")).await;
        world.origin.delay_ms.set(3000);
        let read = async {
            world.sleep(10).await;
            world.source.borrow_mut().instead =
                Some(OriginResponse { status: 500, ..OriginResponse::default() });
            there.read().await
        };
        let invalidate = async {
            here.invalidate().await.unwrap();
        };
        let (page, ()) = join(read, invalidate).await;
        assert_eq!(page.0.status, 503);
    });
}

#[test]
fn an_origin_that_hangs_is_given_up() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.origin.delay_ms.set(600_000);
        let began_ms = world.now_ms();
        let readers = (0..3).map(|_| isolate.handle(Request::get(&format!("{PAGE}?page=2"))));
        for response in join_all(readers).await {
            assert_eq!(response.status, 503);
        }
        assert_eq!(world.now_ms() - began_ms, 5000);
        assert_eq!(world.page_loads(), 2, "and all of them waited for one answer");
    });
}

#[test]
fn a_load_goes_on_when_its_client_goes_away() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.origin.delay_ms.set(300);
        let path = format!("{PAGE}?page=2");
        let leader = tokio::task::spawn_local({
            let (isolate, path) = (isolate.clone(), path.clone());
            async move { isolate.handle(Request::get(&path)).await }
        });
        world.sleep(100).await;
        let joiner = async {
            leader.abort();
            Page(isolate.handle(Request::get(&path)).await)
        };
        assert_eq!(joiner.await.took_ms(), 200);
        assert_eq!(world.page_loads(), 2);
    });
}

#[test]
fn a_load_that_is_cut_off_leaves_nobody_waiting() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.origin.delay_ms.set(300);
        let path = format!("{PAGE}?page=2");
        let platform = Rc::new(FakePlatform::new(&world));
        let leader = async { isolate.handle_on(&platform, Request::get(&path)).await };
        let cut = async {
            world.sleep(100).await;
            platform.cut_off();
        };
        let joiner = async {
            world.sleep(50).await;
            Page(isolate.handle(Request::get(&path)).await)
        };
        let ((leader, ()), joiner) = join(join(leader, cut), joiner).await;
        assert_eq!((leader.status, joiner.cache().as_str()), (200, "MISS database"));
        assert!(joiner.took_ms() < 500);
    });
}

#[test]
fn a_refusal_of_one_readers_token_is_not_anothers() {
    run(async |world| {
        let isolate = world.isolate();
        join(
            isolate.read(),
            isolate.handle(Request::get(PAGE).with("Authorization", &world::bearer("user_2"))),
        )
        .await;
        world.origin.delay_ms.set(100);
        let path = format!("{PAGE}?page=2");
        let envelope = r#"{"success":false,"error":{"code":"token_expired","message":"no"}}"#;
        world.source.borrow_mut().instead =
            Some(OriginResponse { status: 401, headers: Vec::new(), body: envelope.into() });
        let refused = isolate.handle(Request::get(&path));
        let other = async {
            world.sleep(50).await;
            world.source.borrow_mut().instead = None;
            isolate.handle(Request::get(&path).with("Authorization", &world::bearer("user_2"))).await
        };
        let (refused, other) = join(refused, other).await;
        assert_eq!((refused.status, other.status), (401, 200));
    });
}
