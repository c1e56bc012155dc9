//! Isolation, over the real stack: two workspaces, a hundred users, tokens of every kind, reads at random through the edge and past
//! it, and memberships that come and go meanwhile. Nobody gets a row of another workspace, and who is removed is shut out within the
//! bound.
//!
//! How long: `ISOLATION_SECS` (45 unless set: memberships are remembered for 30). `ISOLATION_SECS=300 cargo test -p end-to-end --test isolation -- --nocapture`

#![allow(clippy::unwrap_used, clippy::panic)]

mod forgeries;
mod memberships;
mod readers;
mod tally;
mod users;
mod writers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{Shape, World};

use crate::memberships::Memberships;
use crate::tally::Tally;
use crate::users::Users;

/// How long memberships and rows may be what they were, after a change was acknowledged.
const BOUND: Duration = Duration::from_secs(1);
const READERS: u64 = 6;
const WRITERS: u64 = 2;

/// What all readers and writers share.
struct Run {
    world: World,
    users: Users,
    memberships: Memberships,
    tally: Tally,
    ends_at: Instant,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_a_row_of_another_workspace_and_who_is_removed_is_shut_out() -> Result<()> {
    let secs = std::env::var("ISOLATION_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(45);
    let shape = Shape {
        origins: 2,
        staleness_bound_ms: BOUND.as_millis() as u64,
        public_keys: true,
        ..Shape::default()
    };
    let world = World::start("isolation", shape).await?;
    let users = Users::enrol(&world).await?;
    let forged = forgeries::try_all(&world, &users).await?;
    let memberships = Memberships::of(&users);
    let ends_at = Instant::now() + Duration::from_secs(secs);
    let run = Arc::new(Run { world, users, memberships, tally: Tally::default(), ends_at });
    let mut tasks = tokio::task::JoinSet::new();
    for seed in 0..READERS {
        tasks.spawn(readers::read_on(run.clone(), seed));
    }
    for seed in 0..WRITERS {
        tasks.spawn(writers::write_on(run.clone(), READERS + seed));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    run.tally.print(secs);
    println!("  {forged:>7} forged tokens refused before that, at the edge and at each origin");
    run.tally.judge();
    Ok(())
}

/// Numbers that look random, the same in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
