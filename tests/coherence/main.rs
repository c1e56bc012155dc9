//! No reader ever gets a page that an acknowledged invalidation has made old: thousands of acknowledged writes over the
//! real runtime and the real servers, while each of them is killed in turn.
//!
//! Each writer owns a board and counts: it writes the next number with SQL, reports the change to the edge, tries again
//! until that is acknowledged, and notes when it was. Readers of all kinds note what they got; the oracle holds it against the notes.

#![allow(clippy::unwrap_used, clippy::panic)]

mod cells;
mod faults;
mod oracle;
mod readers;
mod writers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{Shape, World};
use stack::RedisPersistence;
use tokio::sync::RwLock;

use self::cells::Cells;
use self::oracle::Oracle;

const WRITES: u64 = 5_000;
const LIMIT: Duration = Duration::from_mins(4);
const BOUND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reader_gets_what_an_acknowledged_invalidation_has_made_old() -> Result<()> {
    let shape = Shape {
        origins: 2,
        redis: RedisPersistence::None,
        staleness_bound_ms: u64::try_from(BOUND.as_millis())?,
        ..Shape::default()
    };
    let world = World::start("coherence", shape).await?;
    let cells = Arc::new(Cells::create(&world).await?);
    let oracle = Arc::new(Oracle::new(cells.len(), BOUND));
    let edge_url = world.edge.url();
    let began = Instant::now();

    let mut tasks = tokio::task::JoinSet::new();
    for cell in 0..cells.len() {
        tasks.spawn(writers::write(
            world.supabase.client().await?,
            edge_url.clone(),
            cells.clone(),
            cell,
            oracle.clone(),
        ));
    }
    // Most readers come through the edge; each origin also has one of its own, whose answers its memory gives.
    let bases =
        [&edge_url, &edge_url, &edge_url, &edge_url, &world.origins[0].url(), &world.origins[1].url()];
    for (number, base) in bases.into_iter().enumerate() {
        tasks.spawn(readers::read(base.clone(), cells.clone(), number, oracle.clone()));
    }
    let world = Arc::new(RwLock::new(world));
    let faults = tokio::spawn(faults::inject(world.clone(), oracle.clone()));
    while oracle.acknowledged() < WRITES && began.elapsed() < LIMIT {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    oracle.stop();
    let injected = faults.await??;
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let report = oracle.report();
    println!("{} faults in {:.0?}: {injected:?}\n{report}", injected.len(), began.elapsed());
    assert!(report.acknowledged >= WRITES, "too few writes in time");
    assert_eq!(report.violations(), 0);
    assert!(report.hits > report.reads / 10, "the cache was not used");
    Ok(())
}
