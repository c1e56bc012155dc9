//! What is minted while Redis is away, and lost with the origin that minted it, must not outlive the next invalidation.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use anyhow::Result;
use end_to_end::{Answer, Shape, WORKSPACE, World};
use stack::RedisPersistence;

/// Redis hangs and forgets nothing, and the origin that accepted an invalidation meanwhile is gone before it goes on. The reader does not come through the
/// edge, which could have told the next origin.
#[tokio::test]
async fn what_was_accepted_without_redis_outlasts_the_origin_that_accepted_it() -> Result<()> {
    let mut world = World::start("redis_hangs", Shape::default()).await?;
    let read = async |world: &World| {
        let page =
            world.list(&world.origins[0].url(), "user_member_15213", WORKSPACE, "board_123?per_page=2")?;
        Answer::read(page.send().await?).await
    };
    let id = read(&world).await?.first("id")?.as_str().unwrap().to_owned();
    assert_eq!(read(&world).await?.cache().0, "HIT");
    world.redis.signal("STOP")?;
    // Whatever is asked of Redis from here on, it never sees: the connection is given up by this read, and no other is made.
    read(&world).await?;
    world.supabase.sql(&format!("update contacts set name = 'First' where id = '{id}'")).await?;
    world.contact_changed().await?;
    assert_eq!(read(&world).await?.first("name")?, "First");
    world.origins[0].crash().await?;
    world.redis.signal("CONT")?;
    world.origins[0].restart().await?;
    assert_eq!(read(&world).await?.first("name")?, "First");
    assert_eq!(read(&world).await?.cache().0, "HIT");
    Ok(())
}

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
    // The origin owes what it minted to Redis, which it cannot reach, and ends.
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
