//! What is minted while Redis is away, and lost with the origin that minted it, must not outlive the next invalidation.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use anyhow::Result;
use end_to_end::{Shape, World};
use stack::RedisPersistence;

#[tokio::test]
async fn an_origin_that_minted_ahead_and_crashed_does_not_shadow_later_invalidations() -> Result<()> {
    let shape = Shape { redis: RedisPersistence::AppendOnly, ..Shape::default() };
    let mut world = World::start("redis_outage", shape).await?;
    let id = world.read("per_page=2").await?.first("id")?.as_str().unwrap().to_owned();
    let update = |name: &str| format!("update contacts set name = '{name}' where id = '{id}'");

    world.redis.kill().await?;
    world.supabase.sql(&update("First")).await?;
    world.contact_changed().await?;
    assert_eq!(world.read("per_page=2").await?.first("name")?, "First");
    // What the origin owes to Redis dies with it.
    world.origins[0].crash().await?;
    world.redis.restart().await?;
    world.origins[0].restart().await?;

    world.supabase.sql(&update("Second")).await?;
    let token = world.contact_changed().await?;
    assert_eq!(world.read_with("per_page=2", Some(&token)).await?.first("name")?, "Second");
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..3 {
        assert_eq!(world.read("per_page=2").await?.first("name")?, "Second");
    }
    // And the cache is used again.
    assert_eq!(world.read("per_page=2").await?.cache().0, "HIT");
    Ok(())
}
