//! An invalidation costs the same however many pages it makes unreachable.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../origin/tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use cache_key::{Change, Invalidation};
use ids::{BoardId, WorkspaceId};
use origin::cache::invalidation::WithoutSharedTier;
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::clock::SystemClock;
use origin::shared_tier::compression::Compression;
use origin::shared_tier::redis::RedisTier;
use redis::aio::MultiplexedConnection;
use stack::{Redis, StackDirs};
use support::TestSource;

const MANY: u64 = 1_000_000;
const FEW: u64 = 10;
const ROUNDS: usize = 200;

/// Entries of a board and their census, as the origin keeps them; small ones, since their size does not matter here.
async fn fill(connection: &mut MultiplexedConnection, board: &str, entries: u64) -> Result<()> {
    const BATCH: u64 = 10_000;
    let script = redis::Script::new(
        "for i = ARGV[2], ARGV[3] do
             local key = 'contacts:{w}:' .. ARGV[1] .. ':f=all:s=created_at.desc:p=' .. i .. ':n=50'
             redis.call('SET', key, 'entry', 'PX', 3600000)
             redis.call('HINCRBY', KEYS[1], 550000000 + i % 60, 1)
         end",
    );
    let mut from = 1;
    while from <= entries {
        let to = (from + BATCH - 1).min(entries);
        let census = format!("census:{{w}}:board:{board}");
        script.key(census).arg(board).arg(from).arg(to).invoke_async::<()>(connection).await?;
        from = to + 1;
    }
    Ok(())
}

/// Copies a board's census aside, or back: an invalidation begins it anew.
async fn copy(connection: &mut MultiplexedConnection, board: &str, back: bool) -> Result<()> {
    let (census, aside) = (format!("census:{{w}}:board:{board}"), format!("aside:{{w}}:{board}"));
    let (from, to) = if back { (aside, census) } else { (census, aside) };
    redis::cmd("COPY").arg(from).arg(to).arg("REPLACE").query_async::<i64>(connection).await?;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn an_invalidation_of_a_million_pages_costs_what_one_of_ten_does() -> Result<()> {
    let redis = Redis::start(&StackDirs::of_this_checkout("invalidation_cost")).await?;
    let mut connection = redis::Client::open(redis.url())?
        .get_multiplexed_async_connection_with_config(
            &redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_mins(1))),
        )
        .await?;
    fill(&mut connection, "few", FEW).await?;
    fill(&mut connection, "many", MANY).await?;
    for board in ["few", "many"] {
        copy(&mut connection, board, false).await?;
    }

    let views = Arc::new(Views::told_by_push());
    let clock = Arc::new(SystemClock);
    let shared = RedisTier::start(
        &[redis.url()],
        views.clone(),
        clock.clone(),
        Duration::from_secs(1),
        Compression::default(),
    )
    .await?;
    let source = Arc::new(TestSource::default());
    let cache = Cache::new(
        MemoryTier::new(1 << 20),
        views,
        shared,
        source,
        clock,
        WithoutSharedTier::Refuse,
        Shares::default(),
    );

    let (mut few, mut many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (board, entries, times) in [("few", FEW, &mut few), ("many", MANY, &mut many)] {
            copy(&mut connection, board, true).await?;
            let change = Change::Contact { board: BoardId::parse(board).unwrap(), contact: None };
            let invalidation = Invalidation::of(WorkspaceId::parse("w").unwrap(), &[change]);
            let began = Instant::now();
            let done = cache.invalidate(&invalidation).await?;
            times.push(began.elapsed());
            assert_eq!(done.entries, entries);
        }
    }
    let (few, many) = (median(few), median(many));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    let scanned = scan_and_delete(&mut connection, "many").await?;
    println!(
        "{FEW} pages: {few:?}; {MANY} pages: {many:?}; ratio {ratio:.2}; by scan and delete: {scanned:?}"
    );
    assert!(ratio <= 1.5);
    Ok(())
}

/// The usual way, for comparison.
async fn scan_and_delete(connection: &mut MultiplexedConnection, board: &str) -> Result<Duration> {
    let began = Instant::now();
    let (mut cursor, mut deleted) = (0_u64, 0_u64);
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("contacts:{{w}}:{board}:*")).arg("COUNT").arg(1000);
        let (next, keys): (u64, Vec<String>) = scan.query_async(connection).await?;
        if !keys.is_empty() {
            deleted += redis::cmd("UNLINK").arg(keys).query_async::<u64>(connection).await?;
        }
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(deleted, MANY);
    Ok(began.elapsed())
}
