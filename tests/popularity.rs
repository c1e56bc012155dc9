//! Popularity over a real Redis: what several origin processes note adds up, decays, is bounded, and outlives each of them.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../origin/tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use origin::cache::views::Views;
use origin::clock::SystemClock;
use origin::popularity::{Decay, HALF_LIFE_MS, MAX_PAGES, Popularity};
use origin::shared_tier::compression::Compression;
use origin::shared_tier::redis::RedisTier;
use stack::{Redis, StackDirs};
use support::{list, workspace};

async fn redis() -> Redis {
    Redis::start(&StackDirs::of_this_checkout("popularity")).await.unwrap()
}

/// What one origin process has of it.
async fn process(redis: &Redis, half_life_ms: u64) -> Arc<Popularity> {
    let (views, clock) = (Arc::new(Views::told_by_push()), Arc::new(SystemClock));
    let bound = Duration::from_secs(1);
    let tier =
        RedisTier::start(&[redis.url()], views, clock.clone(), bound, Compression::default()).await.unwrap();
    Popularity::start_with(Some(tier), clock, Decay::new(half_life_ms))
}

fn times(popularity: &Popularity, n: usize, board: &str, query: &str) {
    for _ in 0..n {
        popularity.record(&list(board, query).query);
    }
}

async fn top(popularity: &Popularity, n: usize) -> Vec<String> {
    let top = popularity.top(workspace().id(), n).await;
    top.into_iter().map(|(board, params)| format!("{board} {}", params.page)).collect()
}

async fn ask<T: redis::FromRedisValue>(redis: &Redis, command: &str) -> T {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut words = command.split(' ');
    let mut ask = redis::cmd(words.next().unwrap());
    for word in words {
        ask.arg(word);
    }
    ask.query_async(&mut connection).await.unwrap()
}

#[tokio::test]
async fn what_two_processes_note_adds_up_and_outlives_them() {
    let redis = redis().await;
    let (one, two) = (process(&redis, HALF_LIFE_MS).await, process(&redis, HALF_LIFE_MS).await);
    times(&one, 30, "a", "page=3");
    times(&one, 40, "b", "");
    assert_eq!(top(&one, 10).await, ["b 1", "a 3"]);
    times(&two, 30, "a", "page=3");
    times(&two, 20, "c", "search=john");
    assert_eq!(top(&two, 10).await, ["a 3", "b 1"]);
    assert_eq!(top(&one, 1).await, ["a 3"]);
    drop((one, two));
    let three = process(&redis, HALF_LIFE_MS).await;
    assert_eq!(top(&three, 10).await, ["a 3", "b 1"]);

    let mut keys: Vec<String> = ask(&redis, "KEYS *").await;
    keys.sort();
    assert_eq!(keys, ["popular-landmark:{w}", "popular:{w}"]);
    let scores: Vec<(String, f64)> = ask(&redis, "ZREVRANGE popular:{w} 0 -1 WITHSCORES").await;
    assert!(
        scores[0].0.starts_with("a?page=3&per_page=50&") && (60.0..60.5).contains(&scores[0].1),
        "{scores:?}"
    );
    for key in keys {
        let left_ms: i64 = ask(&redis, &format!("PTTL {key}")).await;
        assert!((1..=48 * 3_600_000).contains(&left_ms), "{key}: {left_ms}");
    }
}

#[tokio::test]
async fn weights_decay_and_the_landmark_moves_on() {
    const HALF_LIFE: u64 = 40;
    let redis = redis().await;
    let one = process(&redis, HALF_LIFE).await;
    times(&one, 400, "old", "");
    assert_eq!(top(&one, 10).await, ["old 1"]);
    let landmark: u64 = ask(&redis, "GET popular-landmark:{w}").await;
    tokio::time::sleep(Duration::from_millis(12 * HALF_LIFE)).await;
    times(&one, 2, "new", "");
    assert_eq!(top(&one, 10).await, ["new 1", "old 1"], "400 / 4096 is less than 2");
    // Beyond the landmark's time, and within that in which all would be forgotten.
    tokio::time::sleep(Duration::from_millis(14 * HALF_LIFE)).await;
    times(&one, 1, "newest", "");
    assert_eq!(top(&one, 10).await, ["newest 1", "new 1", "old 1"]);
    let moved: u64 = ask(&redis, "GET popular-landmark:{w}").await;
    assert!(moved >= landmark + 24 * HALF_LIFE);
    let scores: Vec<(String, f64)> = ask(&redis, "ZREVRANGE popular:{w} 0 0 WITHSCORES").await;
    assert!((scores[0].1 - 1.0).abs() < 1e-9, "{scores:?}");
}

#[tokio::test]
async fn no_more_is_kept_than_may_be_and_what_is_popular_stays() {
    let redis = redis().await;
    let one = process(&redis, HALF_LIFE_MS).await;
    for round in 0..10 {
        for page in 1..=40 {
            times(&one, 1, "rare", &format!("page={}", 40 * round + page));
        }
        times(&one, 20, "popular", "");
        assert_eq!(top(&one, 1).await, ["popular 1"]);
    }
    let kept: usize = ask(&redis, "ZCARD popular:{w}").await;
    assert_eq!(kept, MAX_PAGES);
}

#[tokio::test]
async fn while_redis_is_away_or_has_forgotten_the_process_knows_what_it_noted() {
    let mut redis = redis().await;
    let one = process(&redis, HALF_LIFE_MS).await;
    times(&one, 2, "a", "");
    assert_eq!(top(&one, 10).await, ["a 1"]);
    // Weights without their landmark say nothing: they are begun anew.
    let _: u8 = ask(&redis, "DEL popular-landmark:{w}").await;
    times(&one, 1, "b", "");
    assert_eq!(top(&one, 10).await, ["b 1"]);
    redis.kill().await.unwrap();
    times(&one, 4, "b", "");
    assert_eq!(top(&one, 10).await, ["b 1", "a 1"]);
}
