//! A page is never wrongly old: invalidations, ledgers, floors and late fills.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use coherence::{Generation, Tag, View};
use edge_worker::platform::{OriginRequest, OriginResponse};
use world::{Page, Request, World, run};

#[test]
fn an_acknowledged_invalidation_is_seen_by_the_next_read() {
    run(async |world| {
        let isolate = world.isolate();
        assert_eq!(isolate.read().await.cache(), "MISS database");
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
        isolate.change(2).await;
        let page = isolate.read().await;
        assert_eq!((page.cache().as_str(), page.version()), ("MISS database", 2));
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
    });
}

#[test]
fn other_isolates_see_an_invalidation_within_the_bound() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        for _ in 0..2 {
            here.read().await;
            there.read().await;
        }
        here.change(2).await;
        assert_eq!(there.read().await.version(), 1, "within the bound an old page is allowed");
        world.sleep(1000).await;
        assert_eq!(there.read().await.version(), 2);
    });
}

#[test]
fn a_busy_isolate_sees_an_invalidation_within_the_bound_too() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        world.ledger.delay_ms.set(120);
        there.read().await;
        for round in 2..20 {
            here.change(round).await;
            let acknowledged_ms = world.now_ms();
            loop {
                let began_ms = world.now_ms();
                let seen = there.read().await.version();
                assert!(seen == u64::from(round) || began_ms < acknowledged_ms + 1000);
                if seen == u64::from(round) {
                    break;
                }
                world.sleep(7).await;
            }
            world.sleep(u64::from(round) * 37).await;
        }
    });
}

#[test]
fn a_busy_isolate_never_waits_for_its_ledger() {
    run(async |world| {
        let isolate = world.isolate();
        world.ledger.delay_ms.set(200);
        isolate.read().await;
        let asked = world.ledger.asked.get();
        for _ in 0..500 {
            world.sleep(20).await;
            assert_eq!(isolate.read().await.took_ms(), 0);
        }
        let asked = world.ledger.asked.get() - asked;
        assert!((10..=22).contains(&asked), "asked {asked} times in ten seconds");
    });
}

#[test]
fn concurrent_readers_share_one_question_to_the_ledger() {
    run(async |world| {
        let isolate = world.isolate();
        world.ledger.delay_ms.set(50);
        futures_util::future::join_all((0..20).map(|_| isolate.read())).await;
        assert_eq!(world.ledger.asked.get(), 1);
        assert_eq!(world.membership_questions(), 1);
        assert_eq!(world.page_loads(), 1);
    });
}

#[test]
fn an_isolate_that_cannot_reach_its_ledger_asks_the_origin() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.ledger.down.set(true);
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory", "within the bound");
        world.sleep(1000).await;
        let (kv_reads, loads) = (world.kv.asked.get(), world.page_loads());
        let page = isolate.read().await;
        assert_eq!(page.cache(), "MISS database");
        assert_eq!(page.header("Cache-Status"), "kv; fwd=bypass, edge-memory; fwd=bypass");
        assert_eq!((world.kv.asked.get(), world.page_loads()), (kv_reads, loads + 1));

        world.ledger.down.set(false);
        world.sleep(1000).await;
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
    });
}

#[test]
fn an_isolate_that_never_reached_its_ledger_serves_nothing_of_its_own() {
    run(async |world| {
        world.isolate().read().await;
        world.ledger.down.set(true);
        let isolate = world.isolate();
        assert_eq!(isolate.read().await.cache(), "MISS database");
        world.origin.down.set(true);
        assert_eq!(
            isolate.read().await.0.status,
            503,
            "the page is in KV, and nobody can tell whether it is old"
        );
    });
}

#[test]
fn a_ledger_slower_than_the_bound_is_still_an_authority() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.ledger.delay_ms.set(1400);
        world.sleep(2000).await;
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
    });
}

#[test]
fn a_reader_gets_nothing_older_than_it_has_seen() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        there.read().await;
        let generation = here.change(2).await;
        let page = there.read_after(&generation).await;
        assert_eq!(page.version(), 2, "at once, before the news has spread");
        assert_eq!(there.read().await.version(), 2, "what it brought is kept");
    });
}

#[test]
fn a_bare_generation_is_a_floor_for_every_tag() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        there.read().await;
        here.change(2).await;
        let page = there.read_after(&world.now_ms().to_string()).await;
        assert_eq!((page.cache().as_str(), page.version()), ("MISS database", 2));
    });
}

#[test]
fn a_readers_token_is_never_merged() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        let token = format!("board:b={},workspace={}", world.now_ms() + 5000, world.now_ms() + 5000);
        assert_eq!(isolate.read_after(&token).await.cache(), "MISS database");
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
        let requests = world.origin_requests.borrow();
        let last = requests.iter().rfind(|request| request.target.contains("/contacts?")).unwrap();
        let header =
            |name: &str| last.headers.iter().find(|(known, _)| *known == name).map(|(_, v)| v.as_str());
        assert_eq!(header("X-Reader-Generation"), Some(token.as_str()), "passed on as it came");
        assert_eq!(header("X-Cache-Generation"), Some("workspace=0,board:b=0"), "and not as ours");
    });
}

#[test]
fn a_fill_that_began_before_an_invalidation_is_never_served() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        here.read().await;
        world.sleep(1).await;
        world.origin.delay_ms.set(300);
        let (slow, ()) = futures_util::future::join(
            async { Page(there.handle(Request::get(&format!("{}?page=2", world::PAGE))).await) },
            async {
                world.sleep(350).await;
                world.origin.delay_ms.set(0);
                here.change(2).await;
            },
        )
        .await;
        assert_eq!(slow.version(), 1, "it was asked before the change");
        world.sleep(1000).await;
        let page = Page(there.handle(Request::get(&format!("{}?page=2", world::PAGE))).await);
        assert_eq!(page.version(), 2);
    });
}

#[test]
fn who_comes_after_an_invalidation_does_not_share_a_load_from_before_it() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        isolate.change(2).await;
        world.origin.delay_ms.set(300);
        let early = isolate.read();
        let late = async {
            world.sleep(100).await;
            world.origin.delay_ms.set(0);
            isolate.change(3).await;
            isolate.read().await
        };
        let (early, late) = futures_util::future::join(early, late).await;
        assert_eq!((early.version(), early.took_ms()), (2, 300));
        assert_eq!(late.version(), 3, "it joined the early load, and was not content with it");
    });
}

#[test]
fn an_overtaken_page_in_kv_is_a_miss() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.sleep(10).await;
        isolate.change(2).await;
        let fresh = world.isolate();
        let page = fresh.read().await;
        assert_eq!((page.cache().as_str(), page.version()), ("MISS database", 2));
        assert_eq!(page.header("Cache-Status"), "kv; fwd=stale; stored, edge-memory; fwd=uri-miss; stored");
        world.sleep(10).await;
        assert_eq!(world.isolate().read().await.cache(), "HIT cloudflare_kv");
    });
}

#[test]
fn a_page_under_a_wrong_key_is_a_miss_and_an_alarm() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.sleep(10).await;
        let other = format!("{}?page=2", world::PAGE);
        isolate.handle(Request::get(&other)).await;
        world.sleep(10).await;
        let mut keys: Vec<String> = world.values.borrow().keys().cloned().collect();
        keys.sort();
        let misplaced = world.values.borrow()[&keys[0]].clone();
        world.values.borrow_mut().insert(keys[1].clone(), misplaced);

        let page = Page(world.isolate().handle(Request::get(&other)).await);
        assert_eq!(page.cache(), "MISS database");
        assert!(world.warnings.borrow()[0].starts_with("seal alarm in KV"));
    });
}

#[test]
fn an_origin_that_answers_under_a_wrong_key_is_not_believed() {
    run(async |world| {
        world.source.borrow_mut().sealed_as = Some("another");
        assert_eq!(world.isolate().read().await.0.status, 503);
        assert!(world.values.borrow().is_empty());
    });
}

#[test]
fn bytes_in_kv_that_are_no_entry_are_a_miss() {
    run(async |world| {
        world.isolate().read().await;
        world.sleep(10).await;
        for value in world.values.borrow_mut().values_mut() {
            value.truncate(40);
        }
        assert_eq!(world.isolate().read().await.cache(), "MISS database");
    });
}

#[test]
fn a_generation_that_only_the_origin_knows_is_told_back_to_it_and_judges_nothing_here() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        // Minted at the origin, far ahead, and not acknowledged: the ledger has not been told.
        let ahead_ms = world.now_ms() + 5000;
        let minted = world.source.borrow_mut().mint(&Tag::Workspace, ahead_ms);
        isolate.handle(Request::get(&format!("{}?page=2", world::PAGE))).await;
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory", "the ledger has the last word");
        isolate.handle(Request::get(&format!("{}?page=3", world::PAGE))).await;
        let requests = world.origin_requests.borrow();
        let told = &requests.last().unwrap().headers;
        assert!(
            told.iter().any(|(name, value)| *name == "X-Cache-Generation"
                && value.contains(&format!("workspace={minted}"))),
            "{told:?}"
        );
    });
}

#[test]
fn a_page_stamped_ahead_by_the_origin_is_overtaken_by_the_next_invalidation() {
    run(async |world| {
        let isolate = world.isolate();
        // The origin's Redis mints ahead what it does not hold, and then comes back without it.
        let ahead_ms = world.now_ms() + 5000;
        world.source.borrow_mut().mint(&Tag::Workspace, ahead_ms);
        isolate.read().await;
        world.source.borrow_mut().view = View::new();
        let generation = isolate.change(2).await;
        assert_eq!(isolate.read_after(&generation).await.version(), 2);
        assert_eq!(world.isolate().read().await.version(), 2, "from KV neither");
    });
}

#[test]
fn while_the_ledger_is_away_the_origin_is_asked_to_pass_its_caches_by() {
    run(async |world| {
        let asked_uncached = |path: &str| {
            let requests = world.origin_requests.borrow();
            let request = requests.iter().rfind(|request| request.target.contains(path)).unwrap();
            request.headers.iter().any(|(name, value)| *name == "X-Cache-Bypass" && value == "1")
        };
        let isolate = world.isolate();
        isolate.read().await;
        assert!(!asked_uncached("/contacts") && !asked_uncached("/membership"));
        world.ledger.down.set(true);
        let cut_off = world.isolate();
        assert_eq!(cut_off.read().await.cache(), "MISS database");
        assert!(asked_uncached("/contacts") && asked_uncached("/membership"));
    });
}

#[test]
fn a_cached_page_of_the_origin_behind_what_it_was_told_is_refused() {
    run(async |world| {
        let isolate = world.isolate();
        let generation = isolate.change(2).await;
        assert!(generation.contains("board:b="));
        let old = cached_page(&world, View::new());
        isolate.handle(Request::get("/api/boards/other/contacts")).await;
        world.source.borrow_mut().instead = Some(old);
        assert_eq!(isolate.read().await.0.status, 503);
        assert!(world.warnings.borrow()[0].contains("behind what it was told"));
    });
}

#[test]
fn a_cached_page_behind_in_one_tag_and_ahead_in_another_is_refused_too() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.change(2).await;
        let ahead = [(Tag::Workspace, Generation::new(world.now_ms() + 5))].into_iter().collect();
        let old = cached_page(&world, ahead);
        isolate.handle(Request::get("/api/boards/other/contacts")).await;
        world.source.borrow_mut().instead = Some(old);
        assert_eq!(isolate.read().await.0.status, 503, "it does not reflect the change of its board");
        assert!(world.warnings.borrow()[0].contains("behind what it was told"));
    });
}

/// [`world::PAGE`] as an origin whose Redis holds it from when it had heard of `view` answers it.
fn cached_page(world: &World, view: View) -> OriginResponse {
    let mut source = world.source.borrow_mut();
    source.source = "redis";
    let now = std::mem::replace(&mut source.view, view);
    let request = OriginRequest {
        method: "GET",
        target: format!("/internal/boards/b/contacts?{}", cache_key::ListParams::default().to_query()),
        headers: vec![("X-Workspace-ID", "w".to_owned())],
        body: None,
    };
    let page = source.answer(&world::signed(request, world.now_ms()), world.now_ms());
    source.view = now;
    page
}
