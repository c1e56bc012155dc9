//! The edge's figures, over the real runtime: the location's, in the shapes of the contract, kept over a restart.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{Answer, Shape, World};

async fn metrics(world: &World, accept: &str) -> Result<Answer> {
    let request = world.http.get(format!("{}/metrics", world.edge.url())).header("Accept", accept);
    Answer::read(request.send().await?).await
}

#[tokio::test]
async fn the_figures_are_the_locations_and_outlive_the_isolate() -> Result<()> {
    let mut world = World::start("edge_metrics", Shape::default()).await?;
    for _ in 0..10 {
        assert_eq!(world.read("per_page=5").await?.status, 200);
    }
    let total = |answer: &Answer| answer.json["metrics"]["requests"]["total"].as_u64().unwrap();
    let began = Instant::now();
    let before = loop {
        let answer = metrics(&world, "application/json").await?;
        if total(&answer) == 10 {
            break answer;
        }
        anyhow::ensure!(began.elapsed() < Duration::from_secs(5), "{}", answer.text);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let (requests, cache) = (&before.json["metrics"]["requests"], &before.json["metrics"]["cache"]);
    assert_eq!((requests["cache_hits"].as_u64(), requests["cache_misses"].as_u64()), (Some(9), Some(1)));
    assert_eq!((cache["kv_hits"].as_u64(), cache["database_hits"].as_u64()), (Some(9), Some(1)));
    let order = [
        "worker",
        "edge_location",
        "metrics",
        "requests",
        "total",
        "cache_hits",
        "cache_misses",
        "errors",
        "performance",
        "avg_response_time_ms",
        "p95_response_time_ms",
        "p99_response_time_ms",
        "cache",
        "hit_rate",
        "kv_hits",
        "redis_hits",
        "database_hits",
        "timestamp",
    ];
    let places = order.map(|name| before.text.find(&format!("\"{name}\":")).unwrap());
    assert!(places.is_sorted(), "{}", before.text);

    world.edge.restart().await?;
    world.read("per_page=5").await?;
    let began = Instant::now();
    while total(&metrics(&world, "application/json").await?) != 11 {
        anyhow::ensure!(began.elapsed() < Duration::from_secs(5), "the figures were lost with the isolate");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let prometheus = metrics(&world, "text/plain").await?;
    assert!(prometheus.header("content-type").starts_with("text/plain"), "{:?}", prometheus.headers);
    assert!(
        prometheus
            .text
            .lines()
            .any(|line| line.starts_with("boardcache_edge_requests_total") && line.ends_with(" 11")),
        "{}",
        prometheus.text
    );
    Ok(())
}
