//! Who is a member, and who shares what with whom.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coherence::{Generation, Tag, View};
use identity::{CacheScope, ClaimPath, TokenVerifier};
use ids::WorkspaceId;
use origin::clock::Clock as _;
use origin::http::limits::Limits;
use serde_json::{Value, json};

use crate::world::{LIST, SECRET, World, world_of};

fn world_in(scope: CacheScope) -> World {
    let claim = ClaimPath::parse("app_metadata.workspaces").unwrap();
    let verifier = TokenVerifier::hs256(SECRET).unwrap().with_memberships(claim);
    let world = world_of(Limits::default(), verifier, scope);
    world.source.members.lock().unwrap().extend(["user_1".to_owned(), "user_2".to_owned()]);
    world
}

/// A user's read of the list; `workspaces` is what the token claims, null for nothing.
async fn read(world: &World, user: &str, workspaces: &Value) -> StatusCode {
    let now_secs = world.clock.now_secs();
    let mut claims = json!({"sub": user, "aud": "authenticated", "iat": now_secs, "exp": now_secs + 3600});
    if !workspaces.is_null() {
        claims["app_metadata"] = json!({ "workspaces": workspaces });
    }
    let token = stack::tokens::sign(&json!({"alg": "HS256"}), &claims, SECRET).unwrap();
    let request = Request::get(LIST)
        .header("authorization", format!("Bearer {token}"))
        .header("x-workspace-id", "w")
        .body(Body::empty())
        .unwrap();
    world.send(request).await.status()
}

async fn members_changed(world: &World) {
    const BODY: &str = r#"{"type":"DELETE","table":"workspace_members","schema":"public","record":null,
        "old_record":{"workspace_id":"w","user_id":"user_1"}}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", BODY).await, StatusCode::OK);
}

fn asked(world: &World) -> u64 {
    world.source.roles.load(Ordering::SeqCst)
}

#[tokio::test]
async fn yes_and_no_are_remembered_and_dropped_at_once_when_the_members_change() {
    let world = world_in(CacheScope::Workspace);
    // The first read of a workspace mints its generations, which overtakes whatever is older.
    assert_eq!(read(&world, "user_2", &Value::Null).await, StatusCode::OK);
    let before = asked(&world);
    for _ in 0..3 {
        assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
        assert_eq!(read(&world, "user_3", &Value::Null).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(asked(&world) - before, 2);
    {
        let mut members = world.source.members.lock().unwrap();
        members.remove("user_1");
        members.insert("user_3".to_owned());
    }
    members_changed(&world).await;
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::FORBIDDEN);
    assert_eq!(read(&world, "user_3", &Value::Null).await, StatusCode::OK);
}

/// The edge knows of a generation that Redis has lost, ahead of its clock; another origin, which was never told, removes the member.
#[tokio::test]
async fn a_membership_is_overtaken_by_whoever_mints_next_whatever_this_process_was_told_before() {
    let world = world_in(CacheScope::Workspace);
    let cache = &world.app.cache;
    let (workspace, members) = (WorkspaceId::parse("w").unwrap(), [Tag::Members]);
    // The first read of a workspace mints its generations, which overtakes whatever is older.
    assert_eq!(read(&world, "user_2", &Value::Null).await, StatusCode::OK);
    let ahead = Generation::new(world.clock.now_ms() + 10_000);
    cache.hear(&workspace, &View::from_iter([(Tag::Members, ahead)]));
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    world.source.members.lock().unwrap().remove("user_1");
    let minted =
        cache.shared().invalidate(&workspace, &members, &View::new(), &[]).await.unwrap().generations;
    cache.hear(&workspace, &View::from(&minted));
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_no_that_nobody_reported_a_change_of_is_asked_again_after_seconds() {
    let world = world_in(CacheScope::Workspace);
    assert_eq!(read(&world, "user_3", &Value::Null).await, StatusCode::FORBIDDEN);
    world.source.members.lock().unwrap().insert("user_3".to_owned());
    assert_eq!(read(&world, "user_3", &Value::Null).await, StatusCode::FORBIDDEN);
    world.advance_secs(5);
    assert_eq!(read(&world, "user_3", &Value::Null).await, StatusCode::OK);
}

#[tokio::test]
async fn what_many_ask_at_once_is_asked_once() {
    let world = world_in(CacheScope::Workspace);
    let asking = |user: &'static str| {
        let world = &world;
        futures_util::future::join_all((0..20).map(async move |_| read(world, user, &Value::Null).await))
    };
    assert_eq!(asking("user_1").await, [StatusCode::OK; 20]);
    assert_eq!(asking("user_3").await, [StatusCode::FORBIDDEN; 20]);
    assert!(asked(&world) <= 3, "asked {} times for 40 reads", asked(&world));
}

#[tokio::test]
async fn a_busy_reader_never_waits_for_its_membership_and_is_still_shut_out_in_time() {
    let world = world_in(CacheScope::Workspace);
    assert_eq!(read(&world, "user_2", &Value::Null).await, StatusCode::OK);
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    let before = asked(&world);
    world.advance_secs(19);
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    tokio::task::yield_now().await;
    assert_eq!(asked(&world), before, "known");
    // Towards its end it is asked for again, and nobody waits.
    world.advance_secs(2);
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    settled().await;
    assert_eq!(asked(&world), before + 1);
    world.advance_secs(19);
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    settled().await;
    assert_eq!(asked(&world), before + 1, "40 s after it was asked first, 19 s after it was asked last");
    // A removal that nobody reports is noticed when it is asked for next.
    world.source.members.lock().unwrap().remove("user_1");
    world.advance_secs(2);
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK, "still believed");
    settled().await;
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_source_that_is_away_is_not_asked_for_a_membership_with_each_read() {
    let world = world_in(CacheScope::Workspace);
    assert_eq!(read(&world, "user_2", &Value::Null).await, StatusCode::OK);
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    world.advance_secs(21);
    world.source_is_down(true);
    let before = asked(&world);
    for secs in 0..3 {
        for _ in 0..10 {
            assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK, "known still");
            settled().await;
        }
        assert_eq!(asked(&world) - before, secs + 1, "once a second");
        world.advance_secs(1);
    }
}

/// Lets what was begun in the background come to its end.
async fn settled() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_claim_decides_until_the_members_change_after_it() {
    let world = world_in(CacheScope::Workspace);
    // What this process knows of the workspace begins with the first read.
    assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
    world.advance_secs(20);
    let before = asked(&world);
    assert_eq!(read(&world, "user_3", &json!({"w": "member"})).await, StatusCode::OK, "as the token says");
    assert_eq!(read(&world, "user_2", &json!({"v": "member"})).await, StatusCode::FORBIDDEN);
    assert_eq!(asked(&world), before, "nobody was asked");
    members_changed(&world).await;
    assert_eq!(read(&world, "user_3", &json!({"w": "member"})).await, StatusCode::FORBIDDEN, "overtaken");
    assert_eq!(read(&world, "user_2", &json!({"v": "member"})).await, StatusCode::OK, "overtaken");
    world.advance_secs(20);
    assert_eq!(
        read(&world, "user_3", &json!(["w"])).await,
        StatusCode::OK,
        "the token is newer than the change"
    );
}

#[tokio::test]
async fn a_claim_is_believed_by_an_origin_that_has_just_started() {
    let world = world_in(CacheScope::Workspace);
    world.source.members.lock().unwrap().clear();
    // What all origins share knows of the workspace; this process has heard of none.
    let workspace = WorkspaceId::parse("w").unwrap();
    world.app.cache.shared().hold(&workspace, &[Tag::Workspace]).await.unwrap();
    world.advance_secs(20);
    assert_eq!(read(&world, "user_9", &json!({"w": "member"})).await, StatusCode::OK);
    assert_eq!(asked(&world), 0, "nobody was asked");
    members_changed(&world).await;
    assert_eq!(read(&world, "user_9", &json!({"w": "member"})).await, StatusCode::FORBIDDEN, "overtaken");
}

#[tokio::test]
async fn where_generations_begin_with_a_claim_newer_tokens_are_believed_and_older_ones_are_not() {
    let world = world_in(CacheScope::Workspace);
    world.source.members.lock().unwrap().clear();
    assert_eq!(
        read(&world, "user_9", &json!({"w": "member"})).await,
        StatusCode::FORBIDDEN,
        "what changed before is not known"
    );
    world.advance_secs(20);
    assert_eq!(read(&world, "user_9", &json!({"w": "member"})).await, StatusCode::OK);
}

/// The edge tells what it knows with each question, also where that is nothing.
#[tokio::test]
async fn an_edge_that_has_heard_of_nothing_leaves_no_trace() {
    let world = world_in(CacheScope::Workspace);
    let workspace = WorkspaceId::parse("w").unwrap();
    world.app.cache.hear(&workspace, &View::from_token("members=0,workspace=0").unwrap());
    assert_eq!(world.app.cache.views().heard(&workspace, View::len), 0);
    let changed = r#"{"boardId":"b","action":"contact_updated"}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", changed).await, StatusCode::OK);
    assert_eq!(read(&world, "user_9", &json!({"w": "member"})).await, StatusCode::FORBIDDEN, "begins here");
    world.advance_secs(20);
    assert_eq!(read(&world, "user_9", &json!({"w": "member"})).await, StatusCode::OK);
}

#[tokio::test]
async fn whoever_is_no_member_by_the_claim_begins_no_generations() {
    let world = world_in(CacheScope::Workspace);
    world.source.members.lock().unwrap().clear();
    for claimed in [Value::Null, json!({"v": "member"}), json!([])] {
        assert_eq!(read(&world, "user_9", &claimed).await, StatusCode::FORBIDDEN, "{claimed}");
    }
    let workspace = WorkspaceId::parse("w").unwrap();
    let (held, _) = world.app.cache.shared().generations(&workspace, &[Tag::Workspace]).await.unwrap();
    assert_eq!(held.highest(), Generation::ZERO);
}

#[tokio::test]
async fn members_share_a_page_unless_each_is_to_have_their_own() {
    for (scope, loads) in [(CacheScope::Workspace, 1), (CacheScope::User, 2)] {
        let world = world_in(scope);
        for _ in 0..3 {
            assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
            assert_eq!(read(&world, "user_2", &Value::Null).await, StatusCode::OK);
        }
        assert_eq!(world.source.loads.load(Ordering::SeqCst), loads, "{scope:?}");
    }
}

/// A role decides what row-level security shows: what was read as an admin is not shown to whoever is one no more.
#[tokio::test]
async fn a_page_of_ones_own_does_not_outlive_a_change_of_memberships() {
    let change = r#"{"type":"UPDATE","table":"workspace_members","schema":"public",
        "record":{"workspace_id":"w","user_id":"user_1","role":"member"},
        "old_record":{"workspace_id":"w","user_id":"user_1","role":"admin"}}"#;
    for (scope, loads) in [(CacheScope::Workspace, 1), (CacheScope::User, 2)] {
        let world = world_in(scope);
        assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
        assert_eq!(world.ask_about_many("/api/cache/invalidate", change).await, StatusCode::OK);
        assert_eq!(read(&world, "user_1", &Value::Null).await, StatusCode::OK);
        assert_eq!(world.source.loads.load(Ordering::SeqCst), loads, "{scope:?}");
    }
}
