//! What the cache is worth, and what an outage of Redis costs: measured over the real servers and printed.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{Answer, Shape, World};

const COUNTS: &str = "/api/cache-settings/workspace/15213/counts";
const ROUNDS: usize = 101;
/// How long Redis is away.
const OUTAGE: Duration = Duration::from_mins(1);

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// One in turn with the other, so that noise meets both alike.
#[tokio::test]
async fn counts_from_the_cache_beside_counts_from_the_database() -> Result<()> {
    let world = World::start("cache_effects", Shape::default()).await?;
    let token = world.token("user_member_15213")?;
    let ask = async |use_cache: bool| -> Result<(f64, f64)> {
        let url = format!("{}{COUNTS}?useCache={use_cache}", world.origins[0].url());
        let began = Instant::now();
        let answer = Answer::read(world.http.get(url).bearer_auth(&token).send().await?).await?;
        let seen_ms = began.elapsed().as_secs_f64() * 1000.0;
        anyhow::ensure!(answer.json["data"]["_cached"] == use_cache, "{}", answer.text);
        Ok((seen_ms, answer.json["data"]["_responseTimeMs"].as_f64().unwrap()))
    };
    let url = format!("{}{COUNTS}", world.origins[0].url());
    world.http.get(url).bearer_auth(&token).send().await?;
    let (mut cached, mut direct) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        direct.push(ask(false).await?);
        cached.push(ask(true).await?);
    }
    let of = |times: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| median(times.iter().map(pick).collect());
    let (direct_seen, cached_seen) = (of(&direct, |time| time.0), of(&cached, |time| time.0));
    let (direct_took, cached_took) = (of(&direct, |time| time.1), of(&cached, |time| time.1));
    println!(
        "counts of 191,663 contacts, medians of {ROUNDS}: the client saw {direct_seen:.2} ms from the database and {cached_seen:.2} ms \
         from the cache ({:.0} times); the origin took {direct_took:.2} ms and {cached_took:.2} ms ({:.0} times)",
        direct_seen / cached_seen,
        direct_took / cached_took.max(0.01),
    );
    assert!(cached_took * 10.0 < direct_took, "a hit is not worth it");
    Ok(())
}

#[tokio::test]
async fn redis_away_for_a_minute_under_load_fails_no_read_and_the_figures_tell() -> Result<()> {
    let mut world = World::start("cache_effects", Shape { origins: 2, ..Shape::default() }).await?;
    let figure = async |world: &World, name: &str| -> Result<f64> {
        let text = world.http.get(format!("{}/metrics", world.origins[0].url())).send().await?.text().await?;
        let line = text.lines().find(|line| line.starts_with(name)).map(ToOwned::to_owned);
        Ok(line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(f64::NAN))
    };
    let healthy = async |world: &World| -> Result<bool> {
        let url = format!("{}/api/cache-settings/health", world.origins[0].url());
        let answer = Answer::read(world.http.get(url).send().await?).await?;
        assert_eq!(answer.status, 200);
        Ok(answer.json["data"]["healthy"] == true)
    };
    let (reads, failed, go_on) =
        (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default(), Arc::new(AtomicBool::new(true)));
    let mut readers = Vec::new();
    for reader in 0..4 {
        let (reads, failed, go_on) = (reads.clone(), failed.clone(), go_on.clone());
        let (http, token) = (world.http.clone(), world.token("user_member_15213")?);
        // Two at the edge, one at each origin.
        let base = if reader < 2 { world.edge.url() } else { world.origins[reader - 2].url() };
        readers.push(tokio::spawn(async move {
            let mut page = 0;
            while go_on.load(Ordering::Relaxed) {
                page = page % 40 + 1;
                let url = format!("{base}/api/boards/board_123/contacts?per_page=20&page={page}");
                let sent = http.get(url).bearer_auth(&token).header("X-Workspace-ID", "15213").send().await;
                reads.fetch_add(1, Ordering::Relaxed);
                if !sent.is_ok_and(|answer| answer.status() == 200) {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }));
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(healthy(&world).await?);
    let up = "boardcache_origin_redis_up";
    assert!((figure(&world, up).await? - 1.0).abs() < 0.5);
    let before = reads.load(Ordering::Relaxed);

    world.redis.kill().await?;
    let away = Instant::now();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!healthy(&world).await?, "it does not say that Redis is away");
    assert!(figure(&world, up).await? < 0.5);
    tokio::time::sleep(OUTAGE.saturating_sub(away.elapsed())).await;
    let meanwhile = reads.load(Ordering::Relaxed) - before;
    world.redis.restart().await?;
    let back = Instant::now();
    while !healthy(&world).await? || figure(&world, up).await? < 0.5 {
        anyhow::ensure!(back.elapsed() < Duration::from_secs(10), "not healthy again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = back.elapsed();
    tokio::time::sleep(Duration::from_secs(3)).await;
    go_on.store(false, Ordering::Relaxed);
    for reader in readers {
        reader.await?;
    }
    let (reads, failed) = (reads.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
    println!(
        "Redis away for {} s: {reads} reads, {meanwhile} of them meanwhile, {failed} failed; healthy again {} ms after it was back",
        OUTAGE.as_secs(),
        took.as_millis()
    );
    assert_eq!(failed, 0);
    assert!(meanwhile > 100, "no load: {meanwhile}");
    Ok(())
}
