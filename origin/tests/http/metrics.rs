//! What `GET /metrics` says after requests that are known.

use crate::world::{LIST, World, world};
use axum::body::Body;
use axum::http::{Request, StatusCode};

/// Until the single flight that a stale answer has begun has landed.
async fn refreshed(world: &World, loads: f64) {
    while world.scrape().await.get("source_duration_seconds_count{operation=\"list_contacts\"}") < loads {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn answers_are_counted_by_resource_tier_and_outcome() {
    let world = world();
    for _ in 0..3 {
        assert_eq!(world.list().await, StatusCode::OK);
    }
    assert_eq!(world.ask("GET", "/api/boards/b/contacts?search=ann", "").await, StatusCode::OK);
    // A list lives for 180 s, jittered by its key alone, and may be served stale for a while after it.
    world.advance_secs(181);
    let before = world.scrape().await;
    assert_eq!(world.list().await, StatusCode::OK);
    refreshed(&world, 3.0).await;

    let scrape = world.scrape().await;
    let answers = |labels: &str| scrape.get(&format!("answers_total{{{labels}}}"));
    assert_eq!(answers(r#"resource="contact_list",tier="database",outcome="miss""#), 1.0);
    assert_eq!(answers(r#"resource="search",tier="database",outcome="miss""#), 1.0);
    let hits = answers(r#"resource="contact_list",tier="memory",outcome="hit""#);
    let stale = answers(r#"resource="contact_list",tier="memory",outcome="stale""#);
    assert_eq!((hits, stale), (2.0, 1.0));
    assert_eq!(answers(r#"resource="contact_list",tier="database",outcome="error""#), 0.0);
    // Both, and the settings of the workspace.
    assert_eq!(before.get("memory_entries"), 3.0);
    assert_eq!(scrape.get("memory_max_bytes"), f64::from(1 << 20));
    assert_eq!(scrape.get("push_trusted"), 1.0);
}

#[tokio::test]
async fn one_load_for_all_who_wait() {
    let world = world();
    let lists = (0..10).map(|_| world.list()).collect::<Vec<_>>();
    for status in futures_util::future::join_all(lists).await {
        assert_eq!(status, StatusCode::OK);
    }
    let scrape = world.scrape().await;
    // The workspace's settings, and the list.
    assert_eq!(scrape.get("loads_total"), 2.0);
    assert_eq!(scrape.get("coalesced_total"), 18.0);
    assert_eq!(scrape.get("source_duration_seconds_count{operation=\"settings\"}"), 1.0);
    assert_eq!(scrape.get("source_duration_seconds_count{operation=\"list_contacts\"}"), 1.0);
    assert!(scrape.get("source_duration_seconds_sum{operation=\"list_contacts\"}") >= 0.01);
}

#[tokio::test]
async fn requests_are_counted_by_the_template_of_their_route() {
    let world = world();
    world.list().await;
    world.send(Request::get(LIST).body(Body::empty()).unwrap()).await;
    world.ask("GET", "/wp-admin/secret-board?token=x", "").await;
    world.ask("PATCH", LIST, "").await;
    let scrape = world.scrape().await;
    let list = r#"route="/api/boards/{board_id}/contacts""#;
    let requests = |labels: &str| scrape.get(&format!("http_requests_total{{{labels}}}"));
    assert_eq!(requests(&format!(r#"{list},method="GET",status="2xx""#)), 1.0);
    assert_eq!(requests(&format!(r#"{list},method="GET",status="4xx""#)), 1.0);
    assert_eq!(requests(&format!(r#"{list},method="other",status="4xx""#)), 1.0);
    assert_eq!(requests(r#"route="none",method="GET",status="4xx""#), 1.0);
    assert_eq!(scrape.get(&format!("http_request_duration_seconds_count{{{list}}}")), 3.0);
    assert_eq!(scrape.get("http_requests_in_flight"), 1.0, "the scrape itself");
    assert_eq!(scrape.get("http_requests_shed_total"), 0.0);
}

#[tokio::test]
async fn a_client_that_goes_away_is_counted_as_cancelled() {
    let world = world();
    let list = tokio::time::timeout(std::time::Duration::from_millis(1), world.list());
    assert!(list.await.is_err());
    let scrape = world.scrape().await;
    let cancelled =
        r#"http_requests_total{route="/api/boards/{board_id}/contacts",method="GET",status="cancelled"}"#;
    assert_eq!(scrape.get(cancelled), 1.0);
    assert_eq!(scrape.get("http_requests_in_flight"), 1.0);
}

#[tokio::test]
async fn a_source_that_fails_is_counted_by_kind() {
    let world = world();
    world.source_is_down(true);
    assert_eq!(world.list().await, StatusCode::SERVICE_UNAVAILABLE);
    let scrape = world.scrape().await;
    assert_eq!(scrape.get(r#"answers_total{resource="contact_list",tier="database",outcome="error"}"#), 1.0);
    assert_eq!(scrape.get(r#"source_errors_total{operation="list_contacts",kind="timeout"}"#), 1.0);
    assert_eq!(scrape.get(r#"source_errors_total{operation="list_contacts",kind="failed"}"#), 0.0);
}

#[tokio::test]
async fn invalidations_and_what_waits_for_the_edge_are_shown() {
    let world = world();
    world.list().await;
    let body = r#"{"boardId":"b","action":"contact_updated"}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", body).await, StatusCode::OK);
    let scrape = world.scrape().await;
    assert_eq!(scrape.get(r#"invalidations_total{outcome="acknowledged"}"#), 1.0);
    assert_eq!(scrape.get("invalidated_entries_total"), 1.0);
    assert!(scrape.get("outbox_depth") >= 1.0);
    assert!(scrape.get("outbox_oldest_age_seconds") >= 0.0);
    assert!(scrape.get(r#"outbox_deliveries_total{outcome="failed"}"#) >= 1.0);
    assert_eq!(scrape.get(r#"outbox_deliveries_total{outcome="forwarded"}"#), 0.0);
}

#[tokio::test]
async fn a_label_is_never_what_a_caller_sent() {
    let world = world();
    for path in [LIST, "/internal/workspaces/w/membership", "/api/boards/%22/contacts", "/%0a"] {
        world.ask("GET", path, "").await;
        world.ask("POST", path, "{}").await;
        world.ask("BREW", path, "").await;
    }
    let scrape = world.scrape().await;
    let words = [
        "route",
        "method",
        "status",
        "resource",
        "tier",
        "outcome",
        "operation",
        "kind",
        "form",
        "le",
        "version",
    ];
    for (name, value) in &scrape.label_values {
        assert!(words.contains(&name.as_str()), "{name}");
        assert!(name != "method" || ["GET", "HEAD", "POST", "OPTIONS", "other"].contains(&value.as_str()));
        assert!(name != "route" || value == "none" || value.starts_with('/'));
    }
    assert!(scrape.samples.len() < 2000, "{} series", scrape.samples.len());
}
