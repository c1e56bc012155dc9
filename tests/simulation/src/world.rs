//! The simulated world: all that is not the code under test, and the journal of what happened to it.
//!
//! Everything runs on one thread. The locks are here since the origin's traits ask for `Sync`; none is held across an
//! await, so none is ever waited for.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::clock::{EPOCH_MS, Stopwatch, sleep_ms};
use crate::fault::Fault;
use crate::journal::{Journal, Violation};
use crate::kv::model::Kv;
use crate::ledger::Ledgers;
use crate::loads::Loads;
use crate::network::Network;
use crate::oracle::Oracle;
use crate::places::LOCATIONS;
use crate::random::Random;
use crate::redis::server::Redis;
use crate::scenario::Scenario;
use crate::source::Source;

/// Writes a line of the event log.
macro_rules! event {
    ($world:expr, $($what:tt)*) => { $world.event(format_args!($($what)*)) };
}
pub(crate) use event;

/// The world of a run.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) kv: Mutex<Kv>,
    pub(crate) ledgers: Mutex<Ledgers>,
    pub(crate) redis: Mutex<Redis>,
    pub(crate) network: Mutex<Network>,
    pub(crate) source: Mutex<Source>,
    pub(crate) oracle: Mutex<Oracle>,
    pub(crate) loads: Mutex<Loads>,
    pub(crate) journal: Mutex<Journal>,
    random: Mutex<Random>,
    stormy: AtomicBool,
    calm: Notify,
    /// When something last happened that may make an origin load a page again.
    disturbed_at_ms: AtomicU64,
}

impl World {
    pub(crate) fn new(seed: u64, is_traced: bool) -> Self {
        let mut random = Random::new(seed);
        let scenario = Scenario::draw(&mut random);
        let redis = Redis::new(random.next(), scenario.redis_ahead_ms);
        let oracle = Oracle::new(scenario.staleness_bound_ms);
        Self {
            scenario,
            stopwatch: Stopwatch::start(),
            kv: Mutex::new(Kv::new(LOCATIONS)),
            ledgers: Mutex::default(),
            redis: Mutex::new(redis),
            network: Mutex::default(),
            source: Mutex::default(),
            oracle: Mutex::new(oracle),
            loads: Mutex::default(),
            journal: Mutex::new(Journal::new(is_traced)),
            random: Mutex::new(random),
            stormy: AtomicBool::new(true),
            calm: Notify::new(),
            disturbed_at_ms: AtomicU64::new(0),
        }
    }

    /// True time, in milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> u64 {
        self.stopwatch.elapsed_ms()
    }

    /// What a clock shows that is so far ahead.
    pub(crate) fn wall_ms(&self, ahead_ms: i64) -> u64 {
        (EPOCH_MS + self.now_ms()).saturating_add_signed(ahead_ms)
    }

    pub(crate) fn event(&self, what: fmt::Arguments<'_>) {
        self.journal.lock().event(self.now_ms(), what);
    }

    pub(crate) fn violation(&self, violation: Violation, what: fmt::Arguments<'_>) {
        self.journal.lock().violation(self.now_ms(), violation, what);
    }

    /// Notes a fault.
    pub(crate) fn fault(&self, fault: Fault, what: fmt::Arguments<'_>) {
        if fault.costs_loads() {
            self.disturb();
        }
        self.journal.lock().fault(self.now_ms(), fault, what);
    }

    /// Notes that something may be wrong at the origins, Redis or the source from now on.
    pub(crate) fn disturb(&self) {
        self.disturbed_at_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    pub(crate) fn disturbed_at_ms(&self) -> u64 {
        self.disturbed_at_ms.load(Ordering::Relaxed)
    }

    /// Whether faults are injected now.
    pub(crate) fn is_stormy(&self) -> bool {
        self.stormy.load(Ordering::Relaxed)
    }

    pub(crate) fn calm_down(&self) {
        self.stormy.store(false, Ordering::Relaxed);
        self.calm.notify_waiters();
    }

    /// Waits until the storm is over. Not for those who come after that.
    pub(crate) async fn calm(&self) {
        self.calm.notified().await;
    }

    /// Whether this call is hit by a fault that hits single calls.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        self.is_stormy() && self.scenario.has(fault) && self.chance(self.scenario.call_fault_per_mille)
    }

    pub(crate) fn chance(&self, per_mille: u64) -> bool {
        self.random.lock().chance(per_mille)
    }

    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        self.random.lock().between(low, high)
    }

    pub(crate) fn below(&self, end: usize) -> usize {
        self.random.lock().below(end as u64) as usize
    }

    pub(crate) fn random(&self) -> u64 {
        self.random.lock().next()
    }

    /// A duration with this mean, from a fifth of it to almost twice as much.
    pub(crate) fn about(&self, mean_ms: u64) -> u64 {
        self.between(mean_ms / 5, mean_ms * 9 / 5)
    }

    /// The time that a message takes: as given, and now and then ten times as long.
    pub(crate) async fn travel(&self, low_ms: u64, high_ms: u64) {
        let ms = self.between(low_ms, high_ms);
        let ms = if self.is_stormy() && self.chance(20) { ms * 10 } else { ms };
        sleep_ms(ms).await;
    }
}
