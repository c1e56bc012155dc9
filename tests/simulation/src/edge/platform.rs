//! The platform of one request: what the Worker's logic knows of the world.

use std::rc::Rc;
use std::sync::Arc;

use coherence::View;
use edge_worker::metrics::Figures;
use edge_worker::platform::{
    Background, Bell, Clock, Kv, Ledger, LocationFigures, Log, Origin, OriginRequest, OriginResponse,
    Platform, TokenKeys, Unreachable, within,
};
use futures_util::future::LocalBoxFuture;
use identity::SignatureCheck;
use ids::WorkspaceId;
use tokio::sync::oneshot;

use super::fleet::Tasks;
use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::origin::process::Processes;
use crate::places::location_code;
use crate::world::{World, event};

/// The longest that a cut-off waits to happen, in milliseconds.
const LATEST_CUT_MS: u64 = 3_000;

/// One request's access to the world.
pub(crate) struct SimulatedPlatform {
    pub(crate) world: Arc<World>,
    pub(crate) processes: Arc<Processes>,
    pub(crate) location: usize,
    pub(crate) tasks: Rc<Tasks>,
}

impl Clock for SimulatedPlatform {
    fn now_ms(&self) -> u64 {
        self.world.wall_ms(self.world.scenario.location_ahead_ms[self.location])
    }

    async fn sleep(&self, ms: u64) {
        sleep_ms(ms).await;
    }
}

impl Background for SimulatedPlatform {
    fn in_background(&self, work: LocalBoxFuture<'static, ()>) {
        let cut_after_ms = self.world.strikes(Fault::BackgroundCut).then(|| {
            self.world.fault(Fault::BackgroundCut, format_args!("at {}", self.location));
            self.world.between(0, LATEST_CUT_MS)
        });
        self.tasks.spawn(async move {
            match cut_after_ms {
                None => work.await,
                Some(ms) => {
                    // Cut off or done, whatever comes first.
                    let _ = tokio::time::timeout(std::time::Duration::from_millis(ms), work).await;
                }
            }
        });
    }

    fn bell(&self) -> (Bell, LocalBoxFuture<'static, ()>) {
        bell()
    }
}

impl Log for SimulatedPlatform {
    fn warn(&self, line: &str) {
        event!(self.world, "location {} warns: {line}", self.location);
    }
}

impl Kv for SimulatedPlatform {
    async fn get(&self, key: &str, limit_ms: u32) -> Result<Option<Vec<u8>>, Unreachable> {
        let found = within(self, limit_ms.into(), self.world.kv_get(self.location, key)).await;
        let found = found.ok_or(Unreachable)?.map_err(|_| Unreachable)?;
        Ok(found.map(|value| value.to_vec()))
    }

    async fn put(&self, key: &str, value: &[u8], expiration_ttl_secs: u64) -> Result<(), Unreachable> {
        let put = self.world.kv_put(self.location, key, Some(value), expiration_ttl_secs);
        put.await.map_err(|_| Unreachable)
    }
}

impl Ledger for SimulatedPlatform {
    async fn view(&self, workspace: &WorkspaceId) -> Result<View, Unreachable> {
        self.world.ledger(self.location, workspace.as_str(), None).await.map_err(|_| Unreachable)
    }

    async fn record(&self, workspace: &WorkspaceId, news: &View) -> Result<View, Unreachable> {
        self.world.ledger(self.location, workspace.as_str(), Some(news)).await.map_err(|_| Unreachable)
    }
}

impl Origin for SimulatedPlatform {
    async fn ask(&self, request: OriginRequest) -> Result<OriginResponse, Unreachable> {
        self.world.ask_origin(&self.processes, self.location, request).await.map_err(|_| Unreachable)
    }
}

impl TokenKeys for SimulatedPlatform {
    async fn key_set(&self, _: &str, _: usize) -> Result<Vec<u8>, Unreachable> {
        // Tokens of the simulation are of the shared secret.
        Err(Unreachable)
    }

    async fn is_genuine(&self, _: &SignatureCheck) -> bool {
        false
    }
}

impl LocationFigures for SimulatedPlatform {
    async fn add(&self, _: &str, _: &Figures) -> Result<Figures, Unreachable> {
        // Metrics are no part of the protocol.
        Err(Unreachable)
    }
}

impl Platform for SimulatedPlatform {
    fn location(&self) -> &str {
        location_code(self.location)
    }
}

/// A bell, and what ends when it is rung: natively, where a request may touch what belongs to another.
#[must_use]
pub fn bell() -> (Bell, LocalBoxFuture<'static, ()>) {
    let (hammer, rung) = oneshot::channel::<()>();
    let bell = Box::new(move || {
        // Whoever waited may be gone.
        let _ = hammer.send(());
    });
    // A bell that is lost is never rung.
    let waiting = Box::pin(async move {
        if rung.await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    (bell, waiting)
}
