//! How a real Redis is set up is noticed, and what is wrong is said.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use origin::cache::views::Views;
use origin::clock::SystemClock;
use origin::metrics::RedisMemory;
use origin::shared_tier::compression::Compression;
use origin::shared_tier::redis::RedisTier;
use stack::origin::{Origin, OriginEnv};
use stack::{Redis, StackDirs};

async fn start() -> (Redis, Arc<RedisTier>, redis::aio::MultiplexedConnection) {
    let redis = Redis::start(&StackDirs::of_this_checkout("redis_config")).await.unwrap();
    let views = Arc::new(Views::told_by_push());
    let bound = Duration::from_millis(400);
    let tier = RedisTier::start(&[redis.url()], views, Arc::new(SystemClock), bound, Compression::default())
        .await
        .unwrap();
    let client = redis::Client::open(redis.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    (redis, tier, connection)
}

async fn set(connection: &mut redis::aio::MultiplexedConnection, name: &str, value: &str) {
    let () = redis::cmd("CONFIG").arg("SET").arg(name).arg(value).query_async(connection).await.unwrap();
}

#[tokio::test]
async fn a_redis_out_of_the_box_is_complained_of_and_a_bounded_one_is_not() {
    let (_redis, tier, mut connection) = start().await;
    set(&mut connection, "maxmemory", "0").await;
    set(&mut connection, "maxmemory-policy", "noeviction").await;
    let complaint = tier.memory().await.unwrap().complaint().unwrap();
    assert!(complaint.contains("maxmemory is not set") && complaint.contains("writes fail"), "{complaint}");

    set(&mut connection, "maxmemory", "64mb").await;
    set(&mut connection, "maxmemory-policy", "allkeys-lru").await;
    let complaint = tier.memory().await.unwrap().complaint().unwrap();
    assert!(
        complaint.contains("generations may be evicted") && !complaint.contains("not set"),
        "{complaint}"
    );

    set(&mut connection, "maxmemory-policy", "volatile-lru").await;
    let report = tier.memory().await.unwrap();
    assert_eq!((report.complaint(), report.max_bytes), (None, Some(64 * 1024 * 1024)));
}

#[tokio::test]
async fn it_is_noticed_also_where_the_configuration_may_not_be_read() {
    let (redis, _tier, mut connection) = start().await;
    set(&mut connection, "maxmemory", "64mb").await;
    set(&mut connection, "maxmemory-policy", "volatile-ttl").await;
    let () = redis::cmd("ACL")
        .arg("SETUSER")
        .arg("guest")
        .arg(&["on", ">pass", "~*", "&*", "+@all", "-config"])
        .query_async(&mut connection)
        .await
        .unwrap();
    let url = redis.url().replace("redis://", "redis://guest:pass@");
    let views = Arc::new(Views::told_by_push());
    let bound = Duration::from_millis(400);
    let tier =
        RedisTier::start(&[url], views, Arc::new(SystemClock), bound, Compression::default()).await.unwrap();
    let report = tier.memory().await.unwrap();
    assert_eq!(report.policy.as_deref(), Some("volatile-ttl"));
    assert_eq!(report.max_bytes, Some(64 * 1024 * 1024));
}

#[tokio::test]
async fn its_memory_is_shown() {
    let (_redis, tier, mut connection) = start().await;
    set(&mut connection, "maxmemory", "64mb").await;
    let gauges = RedisMemory::default();
    tokio::spawn(RedisTier::watch_memory(Arc::downgrade(&tier), gauges.clone()));
    let shown = async {
        while gauges.used_bytes.get() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), shown).await.unwrap();
    assert_eq!(gauges.max_bytes.get(), 64 * 1024 * 1024);
}

#[tokio::test]
async fn an_origin_shows_its_redis_and_says_once_what_is_wrong_with_it() {
    let (redis, _tier, mut connection) = start().await;
    set(&mut connection, "maxmemory", "0").await;
    let dirs = StackDirs::of_this_checkout("redis_config");
    let env = OriginEnv {
        supabase_jwt_secret: Some("a-secret-of-at-least-thirty-two-bytes".to_owned()),
        internal_auth_key: Some("an-internal-key-for-tests".to_owned()),
        redis_url: Some(redis.url()),
        sqlite_path: Some(":memory:".into()),
        ..OriginEnv::default()
    };
    let mut origin = Origin::start(&dirs, env).await.unwrap();
    let text = reqwest::get(format!("{}/metrics", origin.url())).await.unwrap().text().await.unwrap();
    assert!(text.contains("\nboardcache_origin_redis_up 1\n"), "{text}");
    assert!(text.contains("\nboardcache_origin_redis_duration_seconds_count{operation=\"ping\"}"), "{text}");
    origin.stop().await.unwrap();
    let log = origin.log();
    assert_eq!(log.matches("maxmemory is not set").count(), 1, "{log}");
    assert!(log.contains("drained"), "{log}");
}
