//! Starting, killing and calling the origin's processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use dto::cors::AllowedOrigins;
use edge_worker::platform::{ORIGIN_HEADERS, OriginRequest, OriginResponse};
use identity::{InternalKeys, TokenVerifier};
use origin::app::App;
use origin::cache::membership::Memberships;
use origin::cache::memory::MemoryTier;
use origin::cache::pipeline::Cache;
use origin::cache::shares::Shares;
use origin::cache::views::Views;
use origin::http::Front;
use origin::metrics::Metrics;
use origin::outbox::{Outbox, OutboxStore, Owed};
use origin::popularity::Popularity;
use origin::tokens::Tokens;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use super::edge_ledger::{Errand, LedgerAtTheEdge};
use super::life::Life;
use crate::clock::SkewedClock;
use crate::places::{INTERNAL_KEY, JWT_SECRET, ORIGINS};
use crate::redis::push::Listener;
use crate::redis::tier::SimulatedTier;
use crate::source::SimulatedSource;
use crate::world::{World, event};

/// Larger than a run fills: what the memory tier evicts depends on hashes that differ from process to process.
const MEMORY_BYTES: u64 = 64 * 1024 * 1024;

struct Process {
    front: Front,
    /// Whether it has heard of what it owes: before that nothing is read.
    is_ready: watch::Receiver<bool>,
    life: Arc<Life>,
    /// What it does of its own accord, and the requests that it is at.
    tasks: Mutex<Vec<AbortHandle>>,
}

/// All origin processes, and the files of their outboxes.
pub(crate) struct Processes {
    world: Arc<World>,
    slots: [Mutex<Option<Process>>; ORIGINS],
    outbox_files: [OutboxStore; ORIGINS],
    errands: mpsc::UnboundedSender<Errand>,
    serial: AtomicU64,
}

/// A call under way.
pub(crate) struct Call {
    pub(crate) answer: oneshot::Receiver<OriginResponse>,
    pub(crate) handle: AbortHandle,
}

impl Processes {
    pub(crate) fn new(
        world: Arc<World>,
        errands: mpsc::UnboundedSender<Errand>,
    ) -> anyhow::Result<Arc<Self>> {
        let outbox_files = [OutboxStore::in_memory()?, OutboxStore::in_memory()?];
        Ok(Arc::new(Self {
            world,
            slots: Default::default(),
            outbox_files,
            errands,
            serial: AtomicU64::new(1),
        }))
    }

    pub(crate) fn is_up(&self, origin: usize) -> bool {
        self.slots[origin].lock().is_some()
    }

    /// Starts a process that remembers nothing but its outbox.
    pub(crate) fn start(&self, origin: usize) -> anyhow::Result<()> {
        let world = &self.world;
        let life = Arc::new(Life::new(self.serial.fetch_add(1, Ordering::Relaxed)));
        let clock =
            SkewedClock { stopwatch: world.stopwatch, ahead_ms: world.scenario.origin_ahead_ms[origin] };
        let views = Arc::new(Views::told_by_push());
        let tier = SimulatedTier::new(world.clone(), origin, life.clone(), views.clone(), clock);
        let listener = Listener { world: world.clone(), origin, views: views.clone(), clock };
        let mut tasks = vec![
            tokio::spawn(tier.clone().stay_connected()).abort_handle(),
            tokio::spawn(listener.listen()).abort_handle(),
        ];
        let source = Arc::new(SimulatedSource { world: world.clone(), life: life.clone() });
        let cache = Cache::new(
            MemoryTier::new(MEMORY_BYTES),
            views,
            tier,
            source,
            Arc::new(clock),
            world.scenario.invalidation,
            Shares::default(),
        );
        let owed = Owed::beside(&self.outbox_files[origin]);
        let (debts, debtor) = (owed.clone(), cache.clone());
        let (tell_ready, is_ready) = watch::channel(false);
        let pay = async move {
            if debts.pay(&debtor).await.is_ok() {
                tell_ready.send_replace(true);
            }
        };
        tasks.push(tokio::spawn(pay).abort_handle());
        let ledger = Arc::new(LedgerAtTheEdge { life: life.clone(), errands: self.errands.clone(), clock });
        let app = App {
            tokens: TokenVerifier::hs256(JWT_SECRET)
                .map(Tokens::of_secret)
                .ok_or_else(|| anyhow::anyhow!("the secret is too short"))?,
            internal_keys: InternalKeys::parse(INTERNAL_KEY)?,
            memberships: Memberships::new(cache.clone()),
            cache,
            outbox: Some(Outbox::start(self.outbox_files[origin].clone(), ledger)),
            owed: Some(owed),
            readiness: origin::readiness::Readiness::default(),
            popularity: Popularity::start(None, Arc::new(clock)),
            metrics: Metrics::new(),
            tracer: Arc::default(),
            live: origin::live::Live::new(),
            console: origin::http::console::Console::absent(),
        };
        let front = origin::http::router(Arc::new(app), AllowedOrigins::default());
        *self.slots[origin].lock() = Some(Process { front, is_ready, life, tasks: Mutex::new(tasks) });
        event!(world, "origin {origin} starts");
        Ok(())
    }

    /// Kills a process, if it runs.
    pub(crate) fn kill(&self, origin: usize) {
        if let Some(process) = self.slots[origin].lock().take() {
            process.life.end();
            for task in process.tasks.into_inner() {
                task.abort();
            }
            event!(self.world, "origin {origin} is killed");
        }
    }

    /// Calls a process; `None` if it does not run.
    pub(crate) fn call(&self, origin: usize, request: OriginRequest) -> Option<Call> {
        let slot = self.slots[origin].lock();
        let process = slot.as_ref()?;
        let (front, request) = (process.front.clone(), to_http(request)?);
        let mut is_ready = process.is_ready.clone();
        let (tell, answer) = oneshot::channel();
        let handle = tokio::spawn(async move {
            if is_ready.wait_for(|is_ready| *is_ready).await.is_err() {
                return;
            }
            if let Some(response) = from_http(front.answer(request).await).await {
                // Nobody to tell when the client went away.
                let _ = tell.send(response);
            }
        })
        .abort_handle();
        let mut tasks = process.tasks.lock();
        if tasks.len() > 200 {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.push(handle.clone());
        drop(tasks);
        Some(Call { answer, handle })
    }
}

fn to_http(request: OriginRequest) -> Option<http::Request<Body>> {
    let mut built = http::Request::builder().method(request.method).uri(request.target);
    for (name, value) in request.headers {
        built = built.header(name, value);
    }
    built.body(request.body.map_or_else(Body::empty, Body::from)).ok()
}

async fn from_http(response: http::Response<Body>) -> Option<OriginResponse> {
    let (parts, body) = response.into_parts();
    let headers = ORIGIN_HEADERS
        .iter()
        .filter_map(|name| Some((*name, parts.headers.get(*name)?.to_str().ok()?.to_owned())))
        .collect();
    let body = axum::body::to_bytes(body, usize::MAX).await.ok()?.to_vec();
    Some(OriginResponse { status: parts.status.as_u16(), headers, body })
}
