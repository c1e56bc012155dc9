//! Who may read: nothing is looked up for anybody else.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use coherence::{Generation, Tag};
use identity::CacheScope;
use ids::WorkspaceId;
use world::{INTERNAL_KEY, PAGE, Request, START_MS, bearer, bearer_claiming, bearer_until, run};

fn as_user(user: &str) -> Request {
    Request::get(PAGE).with("Authorization", &bearer(user))
}

#[test]
fn nothing_is_looked_up_before_membership_is_known() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.sleep(2000).await;
        let kv_reads = world.kv.asked.get();
        let loads = world.page_loads();
        let response = isolate.handle(as_user("user_3")).await;
        assert_eq!(response.status, 403);
        assert_eq!((world.kv.asked.get(), world.page_loads()), (kv_reads, loads));

        world.origin.down.set(true);
        let response = isolate.handle(as_user("user_2")).await;
        assert_eq!(response.status, 503, "a member, perhaps; nobody can tell");
        assert_eq!(world.kv.asked.get(), kv_reads);
    });
}

#[test]
fn without_a_verified_token_nobody_below_is_asked() {
    run(async |world| {
        let isolate = world.isolate();
        let expired = bearer_until("user_1", world::START_MS / 1000 - 60);
        let forged = bearer("user_1").replace("eyJ", "eyK");
        let internal = format!("Bearer {INTERNAL_KEY}");
        for (authorization, code) in [
            ("", "unauthorized"),
            ("Bearer a.b.c", "unauthorized"),
            (forged.as_str(), "unauthorized"),
            (internal.as_str(), "unauthorized"),
            (expired.as_str(), "token_expired"),
        ] {
            let response = isolate.handle(Request::get(PAGE).with("Authorization", authorization)).await;
            assert_eq!(response.status, 401);
            assert_eq!(response.header("WWW-Authenticate"), Some("Bearer"));
            assert!(String::from_utf8(response.body).unwrap().contains(code), "{authorization}");
        }
        let asked = world.kv.asked.get() + world.ledger.asked.get() + world.origin.asked.get();
        assert_eq!(asked, 0);
    });
}

#[test]
fn a_token_is_forgotten_when_it_expires() {
    run(async |world| {
        let isolate = world.isolate();
        let token = bearer_until("user_2", world::START_MS / 1000 + 60);
        world.source.borrow_mut().members.insert("user_2");
        let request = || Request::get(PAGE).with("Authorization", &token);
        isolate.handle(request()).await;
        world.sleep(70_000).await;
        assert_eq!(isolate.handle(request()).await.status, 401);
    });
}

#[test]
fn membership_is_asked_once_and_remembered_for_a_short_while() {
    run(async |world| {
        let isolate = world.isolate();
        for _ in 0..29 {
            isolate.read().await;
            world.sleep(1000).await;
        }
        assert_eq!(world.membership_questions(), 1);
        world.sleep(1000).await;
        isolate.read().await;
        assert_eq!(world.membership_questions(), 2);
    });
}

#[test]
fn who_is_removed_is_out_as_soon_as_the_invalidation_is_heard_of() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.source.borrow_mut().members.remove("user_1");
        assert_eq!(isolate.read().await.0.status, 200, "remembered");
        let webhook = r#"{"type":"DELETE","table":"workspace_members","schema":"public",
            "old_record":{"workspace_id":"w","user_id":"user_1"}}"#;
        assert_eq!(isolate.handle(Request::invalidate(webhook)).await.status, 200);
        assert_eq!(isolate.read().await.0.status, 403);
    });
}

#[test]
fn a_membership_that_the_origin_remembers_from_before_a_change_is_not_believed() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        {
            let mut source = world.source.borrow_mut();
            source.remembers_members = true;
            source.members.remove("user_1");
        }
        // The ledger knows of the change; this origin does not.
        let news = [(Tag::Members, Generation::new(world.now_ms() + 1))].into_iter().collect();
        world.ledgers.borrow_mut().insert(WorkspaceId::parse("w").unwrap(), news);
        world.sleep(1000).await;
        assert_eq!(isolate.read().await.0.status, 403);
    });
}

#[test]
fn a_membership_behind_in_one_tag_and_ahead_in_the_other_is_not_believed() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        let now_ms = world.now_ms();
        {
            let mut source = world.source.borrow_mut();
            source.remembers_members = true;
            source.members.remove("user_1");
            // Only this origin knows of an invalidation of the workspace, and only the ledger of the removal.
            source.mint(&Tag::Workspace, now_ms);
        }
        let news = [(Tag::Members, Generation::new(now_ms + 1))].into_iter().collect();
        world.ledgers.borrow_mut().insert(WorkspaceId::parse("w").unwrap(), news);
        world.sleep(1000).await;
        assert_eq!(isolate.read().await.0.status, 403);
    });
}

#[test]
fn membership_stays_remembered_after_an_invalidation_of_the_whole_workspace() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.handle(Request::invalidate(r#"{"action":"everything"}"#)).await;
        for _ in 0..3 {
            isolate.read().await;
        }
        assert_eq!(world.membership_questions(), 1, "the answer reflects the invalidation");
    });
}

#[test]
fn while_the_ledger_is_down_membership_is_asked_each_time() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.ledger.down.set(true);
        world.sleep(1000).await;
        isolate.read().await;
        world.source.borrow_mut().members.remove("user_1");
        assert_eq!(isolate.read().await.0.status, 403);
        assert_eq!(world.membership_questions(), 3);
    });
}

#[test]
fn a_remembered_yes_outlasts_a_failing_origin_for_a_while() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.origin.down.set(true);
        world.sleep(60_000).await;
        assert_eq!(isolate.read().await.cache(), "HIT edge_memory");
        let news = [(Tag::Members, Generation::new(world.now_ms()))].into_iter().collect();
        world.ledgers.borrow_mut().insert(WorkspaceId::parse("w").unwrap(), news);
        world.sleep(1000).await;
        assert_eq!(isolate.read().await.0.status, 503, "overtaken, it counts no longer");
    });
}

#[test]
fn x_user_id_must_be_the_tokens_user() {
    run(async |world| {
        let isolate = world.isolate();
        for (user, status) in [("user_1", 200), ("user_2", 403), ("user 1", 400), ("user_1, user_1", 400)] {
            assert_eq!(
                isolate.handle(Request::get(PAGE).with("X-User-ID", user)).await.status,
                status,
                "{user}"
            );
        }
    });
}

#[test]
fn another_workspaces_members_are_strangers() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        world.source.borrow_mut().members.clear();
        let response = isolate.handle(Request::get(PAGE).with("X-Workspace-ID", "v")).await;
        assert_eq!(response.status, 403);
        assert!(world.values.borrow().keys().all(|key| key.starts_with("contacts:w:")));
    });
}

const MEMBERS_CHANGED: &str = r#"{"type":"DELETE","table":"workspace_members","schema":"public","record":null,
    "old_record":{"workspace_id":"w","user_id":"user_3"}}"#;

#[test]
fn a_claim_decides_until_the_members_change_after_it() {
    run(async |world| {
        let isolate = world.isolate_with(&[("MEMBERSHIP_CLAIM", "app_metadata.workspaces")]);
        let read = async |user: &'static str, issued_at_secs: u64, workspaces: &str| {
            world.source.borrow_mut().any_bearer = Some(user);
            let bearer = bearer_claiming(user, issued_at_secs, workspaces);
            isolate.handle(Request::get(PAGE).with("Authorization", &bearer)).await.status
        };
        let before = START_MS / 1000 - 60;
        assert_eq!(read("user_3", before, r#"{"w":"member"}"#).await, 200, "as the token says");
        assert_eq!(read("user_2", before, r#"["v"]"#).await, 403, "as the token says");
        assert_eq!(world.membership_questions(), 0);
        assert_eq!(isolate.handle(as_user("user_1")).await.status, 200, "no claim: the origin says");
        assert_eq!(world.membership_questions(), 1);

        assert_eq!(isolate.handle(Request::invalidate(MEMBERS_CHANGED)).await.status, 200);
        assert_eq!(read("user_3", before, r#"{"w":"member"}"#).await, 403, "overtaken");
        assert_eq!(read("user_2", before, r#"["v"]"#).await, 200, "overtaken");
        world.sleep(20_000).await;
        let after = world.now_ms() / 1000;
        assert_eq!(read("user_3", after, r#"["w"]"#).await, 200, "the token is newer than the change");
    });
}

#[test]
fn members_share_a_page_unless_each_is_to_have_their_own() {
    run(async |world| {
        for (scope, text, loads) in [(CacheScope::Workspace, "workspace", 1), (CacheScope::User, "user", 2)] {
            world.source.borrow_mut().scope = scope;
            let isolate = world.isolate_with(&[("CACHE_SCOPE", text)]);
            let before = world.page_loads();
            for _ in 0..3 {
                assert_eq!(isolate.handle(as_user("user_1")).await.status, 200);
                assert_eq!(isolate.handle(as_user("user_2")).await.status, 200);
            }
            assert_eq!(world.page_loads() - before, loads, "{text}");
        }
        let keys = world.values.borrow().keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            keys.iter().filter(|key| key.ends_with(":o=user_1") || key.ends_with(":o=user_2")).count(),
            2
        );
    });
}

#[test]
fn an_edge_whose_scope_is_not_the_origins_serves_nothing_under_a_wrong_key() {
    run(async |world| {
        let isolate = world.isolate_with(&[("CACHE_SCOPE", "user")]);
        assert_eq!(isolate.handle(as_user("user_1")).await.status, 503);
        assert!(world.warnings.borrow()[0].contains("belongs under another key"));
        assert!(world.values.borrow().is_empty());
    });
}
