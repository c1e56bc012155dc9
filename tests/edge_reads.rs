//! The main job: a browser asks the edge, over the real runtime and the real servers.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{Answer, BOARD, Shape, WORKSPACE, World};
use serde_json::json;
use stack::edge::{Edge, EdgeOptions};
use stack::{RedisPersistence, StackDirs};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_page_is_missed_then_hit_then_new_after_an_update_and_an_invalidation() -> Result<()> {
    let world = World::start("edge_reads", Shape::default()).await?;
    let first = world.read("per_page=5").await?;
    assert_eq!((first.status, first.cache()), (200, ("MISS", "database")), "{}", first.text);
    assert_eq!(
        first.json["data"]["pagination"],
        json!({"page":1,"per_page":5,"total":191_663,"total_pages":38_333})
    );

    let second = world.read("per_page=5").await?;
    let (status, source) = second.cache();
    assert_eq!(status, "HIT");
    assert!(["edge_memory", "cloudflare_kv"].contains(&source), "{:?}", second.headers);
    assert_eq!(second.contacts()?, first.contacts()?);
    assert_eq!(second.header("etag"), first.header("etag"));
    assert_eq!(second.header("cache-control"), "private, no-cache");
    assert_eq!(second.header("vary"), "Origin, Authorization");
    assert!(second.header("cache-status").contains("hit"), "{}", second.header("cache-status"));
    assert!(!second.header("x-cache-generation").is_empty());

    let id = first.first("id")?.as_str().unwrap().to_owned();
    world.supabase.sql(&format!("update contacts set name = 'Changed By SQL' where id = '{id}'")).await?;
    let answer = world.invalidate(&json!({
        "boardId": BOARD, "contactId": id, "action": "contact_moved", "fromColumnId": "col_old", "toColumnId": "col_new"
    })).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json["data"]["patterns"], json!(["contacts:15213:board_123:*", "counts:15213:*"]));
    assert_eq!(answer.json["data"]["invalidated"], json!(1));
    let third = world.read("per_page=5").await?;
    assert_eq!(third.cache(), ("MISS", "database"));
    assert_eq!(third.first("name")?, "Changed By SQL");

    // Redis dies: reads go on, also those that no cache has.
    let mut world = world;
    world.redis.kill().await?;
    for query in ["per_page=5", "per_page=6", "filter=open", "search=joan"] {
        let answer = world.read(query).await?;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    }
    world.supabase.sql(&format!("update contacts set name = 'Changed Again' where id = '{id}'")).await?;
    world.contact_changed().await?;
    assert_eq!(world.read("per_page=5").await?.first("name")?, "Changed Again");
    world.redis.restart().await?;
    assert_eq!(world.read("per_page=5").await?.first("name")?, "Changed Again");
    Ok(())
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_told_so() -> Result<()> {
    let world = World::start("edge_reads", Shape::default()).await?;
    let first = world.read("per_page=5").await?;
    for base in [world.edge.url(), world.origins[0].url()] {
        let request = world.list(&base, "user_admin_15213", WORKSPACE, "board_123?per_page=5")?;
        let answer =
            Answer::read(request.header("If-None-Match", first.header("etag")).send().await?).await?;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{base}");
        assert_eq!(answer.header("etag"), first.header("etag"));
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_with_the_token_sees_its_write_at_once_and_the_others_within_the_bound() -> Result<()> {
    let shape = Shape { origins: 2, redis: RedisPersistence::None, ..Shape::default() };
    let world = World::start("edge_reads", shape).await?;
    let id = world.read("per_page=2").await?.first("id")?.as_str().unwrap().to_owned();
    let other = world.origins[1].url();
    let read_other = async |generation: Option<&str>| {
        let mut request = world.list(&other, "user_member_15213", WORKSPACE, "board_123?per_page=2")?;
        if let Some(generation) = generation {
            request = request.header("X-Cache-Generation", generation);
        }
        Answer::read(request.send().await?).await
    };
    for round in 0..10 {
        world.read("per_page=2").await?;
        read_other(None).await?;
        let name = format!("Round {round}");
        world.supabase.sql(&format!("update contacts set name = '{name}' where id = '{id}'")).await?;
        let token = world.contact_changed().await?;
        let acknowledged = Instant::now();
        assert_eq!(world.read_with("per_page=2", Some(&token)).await?.first("name")?, name.as_str());
        assert_eq!(read_other(Some(&token)).await?.first("name")?, name.as_str());
        while read_other(None).await?.first("name")? != name.as_str() {
            assert!(acknowledged.elapsed() < Duration::from_secs(1), "the bound has passed");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_filter_order_and_search_of_the_contract_is_answered() -> Result<()> {
    let world = World::start("edge_reads", Shape::default()).await?;
    let mut asked = 0;
    let read = async |query: String| -> Result<Answer> {
        let page = format!("board_sales?{query}");
        let request = world.list(&world.edge.url(), "user_member_20771", "20771", &page)?;
        let answer = Answer::read(request.send().await?).await?;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        Ok(answer)
    };
    for filter in [
        "all",
        "open",
        "closed",
        "unassigned",
        "assigned_to_me",
        "high_priority",
        "medium_priority",
        "low_priority",
        "needs_response",
        "follow_up",
        "favorites",
        "archived",
        "unhappy_customers",
        "new_customers",
        "recent_activity",
    ] {
        let answer = read(format!("filter={filter}&per_page=3")).await?;
        assert_eq!(answer.contacts()?.len(), 3, "{filter} shows nothing");
        asked += 1;
    }
    for sort in ["created_at", "updated_at", "name", "last_activity_at", "priority"] {
        for order in ["asc", "desc"] {
            assert_eq!(
                read(format!("sort_by={sort}&sort_order={order}&per_page=100")).await?.contacts()?.len(),
                100
            );
            asked += 1;
        }
    }
    for search in ["joan", "%25", "_", "%2C", "%22", "%5C", "*", "%28", "%F0%9F%98%80"] {
        read(format!("search={search}&utm_source=ignored")).await?;
        asked += 1;
    }
    let past = read("page=9000&per_page=100".to_owned()).await?;
    assert_eq!(
        (past.contacts()?.len(), past.json["data"]["pagination"]["total"].as_u64()),
        (0, Some(20_000))
    );
    println!("{} lists answered", asked + 1);
    Ok(())
}

#[tokio::test]
async fn health_and_metrics_have_the_documented_shape() -> Result<()> {
    let world = World::start("edge_reads", Shape::default()).await?;
    for query in ["per_page=2", "per_page=2", "per_page=3"] {
        world.read(query).await?;
    }
    let get = async |path: &str| {
        Answer::read(world.http.get(format!("{}{path}", world.edge.url())).send().await?).await
    };
    let health = get("/health").await?;
    assert_eq!(health.json["status"], "healthy", "{}", health.text);
    assert_eq!(health.json["worker"], "contact-list-cache");
    assert_eq!(health.json["kv_available"], true);
    assert_eq!(health.header("cache-control"), "no-store");
    let metrics = get("/metrics").await?;
    let requests = &metrics.json["metrics"]["requests"];
    assert_eq!(
        (&requests["total"], &requests["cache_hits"], &requests["cache_misses"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(metrics.json["metrics"]["cache"]["hit_rate"], json!(0.33));
    let text = get("/metrics?format=prometheus").await?;
    assert!(text.header("content-type").starts_with("text/plain"), "{}", text.header("content-type"));
    Ok(())
}

/// The first thing that a request of an isolate waits for: its time limit must end it.
#[tokio::test]
async fn keys_that_do_not_come_are_waited_for_for_seconds_and_not_for_ever() -> Result<()> {
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let key_set_url = format!("http://{}/jwks.json", silent.local_addr()?);
    let vars = BTreeMap::from(
        [
            ("BACKEND_URL", "http://127.0.0.1:9"),
            ("INTERNAL_AUTH_KEY", "an-internal-key-for-tests"),
            ("SUPABASE_JWKS_URL", &key_set_url),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let dirs = StackDirs::of_this_checkout("edge_reads");
    let edge = Edge::start(&dirs, EdgeOptions { vars, ..EdgeOptions::default() }).await?;
    let claims = json!({"sub": "user_1", "aud": "authenticated", "exp": 4_102_444_800_u64});
    let token = stack::tokens::sign(&json!({"alg": "ES256", "kid": "unknown"}), &claims, "whatever")?;
    let began = Instant::now();
    let answer = reqwest::Client::new()
        .get(format!("{}/api/boards/{BOARD}/contacts", edge.url()))
        .bearer_auth(token)
        .header("X-Workspace-ID", WORKSPACE)
        .timeout(Duration::from_secs(20))
        .send()
        .await?;
    assert_eq!(answer.status(), 503, "{}", answer.text().await?);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    Ok(())
}
