//! What brings the faults that last: parts go down, are cut off, forget, and come back.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::select;
use tokio::task::spawn_local;

use crate::clock::sleep_ms;
use crate::edge::fleet::Fleet;
use crate::fault::Fault;
use crate::origin::process::Processes;
use crate::places::{LOCATIONS, ORIGINS, WORKSPACES, workspace_name};
use crate::world::World;

/// The faults that last.
const LASTING: [Fault; 15] = [
    Fault::IsolateEvicted,
    Fault::LedgerUnreachable,
    Fault::LedgerRestarted,
    Fault::LinkDown,
    Fault::OriginCrashed,
    Fault::RedisEmptied,
    Fault::RedisRolledBack,
    Fault::RedisRenamed,
    Fault::RedisCutOff,
    Fault::PushBroken,
    Fault::PushDelayed,
    Fault::GenerationsEvicted,
    Fault::EntriesEvicted,
    Fault::SourceDown,
    Fault::SourceSlow,
];
const SNAPSHOT_EVERY_MS: u64 = 15_000;
/// How often the oracle is told that a fault still lasts: it may last longer than the oracle remembers.
const DISTURBS_EVERY_MS: u64 = 5_000;

/// Brings faults until the storm is over.
#[derive(Clone)]
pub(crate) struct Nemesis {
    pub(crate) world: Arc<World>,
    pub(crate) processes: Arc<Processes>,
    pub(crate) fleet: Rc<Fleet>,
}

impl Nemesis {
    pub(crate) async fn rage(self) {
        let lasting: Vec<Fault> =
            LASTING.into_iter().filter(|fault| self.world.scenario.has(*fault)).collect();
        if lasting.is_empty() {
            return;
        }
        while self.world.is_stormy() {
            let pause_ms = self.world.about(self.world.scenario.fault_pause_ms);
            self.wait(pause_ms).await;
            if let Some(fault) = lasting.get(self.world.below(lasting.len())) {
                let (nemesis, fault) = (self.clone(), *fault);
                spawn_local(async move { nemesis.bring(fault).await });
            }
        }
    }

    /// Has Redis write snapshots.
    pub(crate) async fn save_snapshots(self) {
        loop {
            sleep_ms(self.world.about(SNAPSHOT_EVERY_MS)).await;
            let mut redis = self.world.redis.lock();
            if redis.is_up {
                redis.save();
            }
        }
    }

    /// Waits, or until the storm is over.
    async fn wait(&self, ms: u64) {
        if self.world.is_stormy() {
            let (sleeping, calm) = (std::pin::pin!(sleep_ms(ms)), std::pin::pin!(self.world.calm()));
            select(sleeping, calm).await;
        }
    }

    /// Most faults are short; some are longer than every time-out.
    async fn last(&self) {
        let longest_ms = [500, 3_000, 20_000][self.world.below(3)];
        let mut left_ms = self.world.between(50, longest_ms);
        while left_ms > 0 {
            let part_ms = left_ms.min(DISTURBS_EVERY_MS);
            self.wait(part_ms).await;
            self.world.disturb();
            left_ms -= part_ms;
        }
    }

    async fn bring(&self, fault: Fault) {
        let world = &self.world;
        if !world.is_stormy() {
            return;
        }
        match fault {
            Fault::IsolateEvicted => self.fleet.evict_one(),
            Fault::LedgerUnreachable => self.cut_ledger_off().await,
            Fault::LedgerRestarted => {
                let workspace = workspace_name(world.below(WORKSPACES));
                world.fault(fault, format_args!("{workspace}"));
                world.ledgers.lock().restart(&workspace);
            }
            Fault::LinkDown => {
                let (location, origin) = (world.below(LOCATIONS), world.below(ORIGINS));
                world.fault(fault, format_args!("{location} to {origin}"));
                world.network.lock().cut(location, origin);
                self.last().await;
                world.network.lock().mend(location, origin);
            }
            Fault::OriginCrashed => self.crash_origin().await,
            Fault::RedisEmptied | Fault::RedisRolledBack => self.crash_redis(fault).await,
            Fault::RedisRenamed => {
                world.fault(fault, format_args!(""));
                let random = world.random();
                world.redis.lock().rename(random);
            }
            Fault::RedisCutOff => {
                let origin = world.below(ORIGINS);
                world.fault(fault, format_args!("origin {origin}"));
                world.redis.lock().cut_off(origin);
                self.last().await;
                world.redis.lock().reconnect(origin);
                world.event(format_args!("origin {origin} can reach Redis again"));
            }
            Fault::PushBroken => {
                let origin = world.below(ORIGINS);
                world.fault(fault, format_args!("origin {origin}"));
                world.redis.lock().break_push(origin);
            }
            Fault::PushDelayed => {
                let ms = world.between(10, 2 * world.scenario.staleness_bound_ms);
                world.fault(fault, format_args!("{ms} ms"));
                world.redis.lock().set_push_delay(ms);
                self.last().await;
                world.redis.lock().set_push_delay(0);
            }
            Fault::GenerationsEvicted => {
                let workspace = workspace_name(world.below(WORKSPACES));
                world.fault(fault, format_args!("{workspace}"));
                world.redis.lock().evict_generations(&workspace);
            }
            Fault::EntriesEvicted => {
                world.fault(fault, format_args!(""));
                world.redis.lock().evict_entries();
            }
            Fault::SourceDown => {
                world.fault(fault, format_args!(""));
                world.source.lock().set_down(true);
                self.last().await;
                world.source.lock().set_down(false);
            }
            Fault::SourceSlow => {
                world.fault(fault, format_args!(""));
                world.source.lock().set_slow(true);
                self.last().await;
                world.source.lock().set_slow(false);
            }
            // The others hit single calls.
            _ => {}
        }
    }

    async fn cut_ledger_off(&self) {
        let world = &self.world;
        let first = world.below(LOCATIONS);
        let locations: Vec<usize> = if world.chance(300) { (0..LOCATIONS).collect() } else { vec![first] };
        world.fault(Fault::LedgerUnreachable, format_args!("{locations:?}"));
        for location in &locations {
            world.ledgers.lock().cut_off(*location);
        }
        self.last().await;
        for location in locations {
            world.ledgers.lock().reconnect(location);
        }
    }

    async fn crash_origin(&self) {
        let origin = self.world.below(ORIGINS);
        if !self.processes.is_up(origin) {
            return;
        }
        self.world.fault(Fault::OriginCrashed, format_args!("origin {origin}"));
        self.processes.kill(origin);
        self.last().await;
        // It started before, so it starts now.
        let _ = self.processes.start(origin);
    }

    async fn crash_redis(&self, fault: Fault) {
        if !self.world.redis.lock().is_up {
            return;
        }
        self.world.fault(fault, format_args!(""));
        self.world.redis.lock().kill();
        self.last().await;
        let random = self.world.random();
        self.world.redis.lock().start(random, fault == Fault::RedisEmptied);
        self.world.event(format_args!("Redis is back"));
    }
}
