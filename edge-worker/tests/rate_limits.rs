//! Rate limits: one user, or one workspace, cannot take what is there for all.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use edge_worker::platform::Allowance;
use world::{PAGE, Request, World, bearer, run};

fn allow(world: &World, allowance: Allowance, whose: &str, requests: u32) {
    world.allowances.borrow_mut().insert((allowance, whose.to_owned()), requests);
}

#[test]
fn a_user_who_asks_too_often_is_told_to_come_again_and_others_are_not() {
    run(async |world| {
        let isolate = world.isolate();
        allow(&world, Allowance::User, "user_1", 2);
        for _ in 0..2 {
            assert_eq!(isolate.handle(Request::get(PAGE)).await.status, 200);
        }
        let asked = (world.origin.asked.get(), world.kv.asked.get());
        let response = isolate.handle(Request::get(PAGE)).await;
        assert_eq!((response.status, response.header("Retry-After")), (429, Some("10")));
        assert_eq!(response.header("Cache-Control"), Some("no-store"));
        let body = String::from_utf8(response.body).unwrap();
        assert!(body.starts_with(r#"{"success":false,"error":{"code":"rate_limited""#), "{body}");
        assert_eq!((world.origin.asked.get(), world.kv.asked.get()), asked, "nothing was looked up");
        let other = Request::get(PAGE).with("Authorization", &bearer("user_2"));
        assert_eq!(isolate.handle(other).await.status, 200);
        let figures = isolate.handle(Request::new("GET", "/metrics?format=prometheus")).await.body;
        let figures = String::from_utf8(figures).unwrap();
        assert!(figures.contains("boardcache_edge_rate_limited_total{location=\"LAX\"} 1\n"), "{figures}");
    });
}

#[test]
fn a_workspace_is_counted_for_its_members_alone() {
    run(async |world| {
        let isolate = world.isolate();
        allow(&world, Allowance::Workspace, "w", 3);
        // `user_3` is no member: what it asks costs the workspace nothing.
        for _ in 0..10 {
            let stranger = Request::get(PAGE).with("Authorization", &bearer("user_3"));
            assert_eq!(isolate.handle(stranger).await.status, 403);
        }
        let statuses = [
            isolate.handle(Request::get(PAGE)).await.status,
            isolate.handle(Request::get(PAGE).with("Authorization", &bearer("user_2"))).await.status,
            isolate.handle(Request::get(PAGE)).await.status,
            isolate.handle(Request::get(PAGE).with("Authorization", &bearer("user_2"))).await.status,
        ];
        assert_eq!(statuses, [200, 200, 200, 429]);
    });
}

#[test]
fn whoever_is_not_known_is_refused_before_anything_is_counted() {
    run(async |world| {
        let isolate = world.isolate();
        allow(&world, Allowance::User, "user_1", 1);
        for request in [
            Request::get(PAGE).with("Authorization", "Bearer x.y.z"),
            Request::get(PAGE).with("X-User-ID", "user_2"),
            Request::get(&format!("{PAGE}?page=0")),
        ] {
            assert!((400..404).contains(&isolate.handle(request).await.status));
        }
        assert_eq!(isolate.handle(Request::get(PAGE)).await.status, 200);
    });
}
