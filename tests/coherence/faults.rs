//! Kills one process after the other, and brings each back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::World;
use tokio::sync::RwLock;

use crate::oracle::Oracle;

const PAUSE: Duration = Duration::from_millis(1500);
/// So many writes are acknowledged between one fault and the next: on a slow machine a fault takes longer, and so must the time between two.
const WRITES_BETWEEN: u64 = 60;
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub async fn inject(world: Arc<RwLock<World>>, oracle: Arc<Oracle>) -> Result<Vec<&'static str>> {
    let mut injected = Vec::new();
    loop {
        for fault in ["redis killed", "origin 0 killed", "edge killed", "origin 1 killed", "redis killed"] {
            pause(&oracle).await;
            if oracle.is_stopped() {
                return Ok(injected);
            }
            let world = &mut *world.write().await;
            match fault {
                "redis killed" => {
                    world.redis.kill().await?;
                    tokio::time::sleep(PAUSE).await;
                    world.redis.restart().await?;
                }
                "edge killed" => {
                    world.edge.crash().await?;
                    world.edge.restart().await?;
                }
                origin => {
                    let origin = &mut world.origins[usize::from(origin == "origin 1 killed")];
                    origin.crash().await?;
                    tokio::time::sleep(PAUSE / 3).await;
                    origin.restart().await?;
                }
            }
            injected.push(fault);
        }
    }
}

async fn pause(oracle: &Oracle) {
    let (began, before) = (Instant::now(), oracle.acknowledged());
    tokio::time::sleep(PAUSE).await;
    while oracle.acknowledged() < before + WRITES_BETWEEN
        && began.elapsed() < LONGEST_PAUSE
        && !oracle.is_stopped()
    {
        tokio::time::sleep(PAUSE / 10).await;
    }
}
