//! One run from one seed.

use std::rc::Rc;
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};

use crate::cache_aside::CacheAside;
use crate::clock::sleep_ms;
use crate::edge::fleet::Fleet;
use crate::journal::Tally;
use crate::nemesis::Nemesis;
use crate::origin::edge_ledger::Errand;
use crate::origin::process::Processes;
use crate::places::{LOCATIONS, ORIGINS};
use crate::system::System;
use crate::workload::Workload;
use crate::world::World;

/// Which system is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Ours.
    Coherent,
    /// Plain cache-aside that deletes on an invalidation.
    CacheAside,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The digest of the event log.
    pub digest: u64,
    /// What happened.
    pub tally: Tally,
    /// The first violations, in words.
    pub told: Vec<String>,
}

/// Runs a seed. `is_traced` prints the event log.
///
/// # Errors
/// When the world cannot be built: never because of what happens in it.
pub fn run(seed: u64, variant: Variant, is_traced: bool) -> anyhow::Result<Outcome> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, simulate(seed, variant, is_traced))
}

async fn simulate(seed: u64, variant: Variant, is_traced: bool) -> anyhow::Result<Outcome> {
    let world = Arc::new(World::new(seed, is_traced));
    world.event(format_args!("{:?}", world.scenario));
    let (errands, taken) = mpsc::unbounded_channel();
    let processes = Processes::new(world.clone(), errands)?;
    let fleet = Fleet::new(world.clone(), processes.clone())?;
    spawn_local(run_errands(world.clone(), fleet.clone(), taken));
    for origin in 0..ORIGINS {
        processes.start(origin)?;
    }
    let nemesis = Nemesis { world: world.clone(), processes: processes.clone(), fleet: fleet.clone() };
    let system = match variant {
        Variant::Coherent => System::Coherent(fleet),
        Variant::CacheAside => {
            System::CacheAside(Rc::new(CacheAside { world: world.clone(), processes: processes.clone() }))
        }
    };
    let workload = Workload::new(world.clone(), system, processes.clone());

    // The origins connect first: what happens before is no more than more of the same.
    sleep_ms(500).await;
    spawn_local(nemesis.clone().save_snapshots());
    spawn_local(nemesis.rage());
    spawn_local(workload.clone().write_on());
    spawn_local(workload.clone().read_on());
    sleep_ms(world.scenario.stormy_ms).await;
    world.calm_down();
    workload.check_calm().await;

    for origin in 0..ORIGINS {
        processes.kill(origin);
    }
    let mut journal = world.journal.lock();
    journal.tally.virtual_ms = world.now_ms();
    Ok(Outcome {
        digest: journal.digest(),
        tally: journal.tally.clone(),
        told: std::mem::take(&mut journal.told),
    })
}

/// Takes what the origins' outboxes send to some location of the edge.
async fn run_errands(world: Arc<World>, fleet: Rc<Fleet>, mut taken: mpsc::UnboundedReceiver<Errand>) {
    while let Some((request, tell)) = taken.recv().await {
        let (world, fleet) = (world.clone(), fleet.clone());
        spawn_local(async move {
            world.travel(5, 40).await;
            let location = world.below(LOCATIONS);
            if let Some(response) = fleet.request(location, request).await {
                world.travel(5, 40).await;
                // Nobody to tell when the origin was killed meanwhile.
                let _ = tell.send((response.status, response.body));
            }
        });
    }
}
