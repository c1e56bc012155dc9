//! The push connection of an origin process, step by step as `origin/src/shared_tier/redis/push.rs` has it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use ids::WorkspaceId;
use origin::cache::views::Views;
use origin::clock::Clock as _;
use tokio::sync::{mpsc, oneshot};

use super::server::Pushed;
use super::tier::{CONNECT_TIMEOUT_MS, RECONNECT_PAUSE_MS};
use crate::clock::{SkewedClock, sleep_ms};
use crate::world::{World, event};

/// What a listener needs.
pub(crate) struct Listener {
    pub(crate) world: Arc<World>,
    pub(crate) origin: usize,
    pub(crate) views: Arc<Views>,
    pub(crate) clock: SkewedClock,
}

/// A connection that was made.
struct Connected {
    id: u64,
    incarnation: [u8; 20],
    wire: mpsc::UnboundedReceiver<(u64, Pushed)>,
}

/// The connection broke, or could not be made.
struct Broken;

impl Listener {
    /// Listens until the process ends.
    pub(crate) async fn listen(self) {
        loop {
            let Broken = self.listen_once().await;
            let epoch = self.views.trust().begin_epoch();
            event!(self.world, "origin {}: the push connection is down, epoch {epoch}", self.origin);
            sleep_ms(RECONNECT_PAUSE_MS).await;
        }
    }

    async fn listen_once(&self) -> Broken {
        match self.connect().await {
            Ok(Connected { id, incarnation, wire }) => {
                self.views.trust().begin_epoch();
                event!(self.world, "origin {}: listens", self.origin);
                let (reading, beating) =
                    (std::pin::pin!(self.read(wire)), std::pin::pin!(self.beat(id, incarnation)));
                match select(reading, beating).await {
                    Either::Left((broken, _)) | Either::Right((broken, _)) => broken,
                }
            }
            Err(broken) => broken,
        }
    }

    async fn connect(&self) -> Result<Connected, Broken> {
        self.world.travel(1, 3).await;
        self.reachable().await?;
        let incarnation = self.world.redis.lock().incarnation();
        self.world.travel(1, 3).await;
        self.reachable().await?;
        self.views.trust().set_incarnation(incarnation);
        self.world.travel(0, 2).await;
        self.reachable().await?;
        let (sender, wire) = mpsc::unbounded_channel();
        let id = self.world.redis.lock().subscribe(self.origin, sender);
        self.world.travel(0, 2).await;
        Ok(Connected { id, incarnation, wire })
    }

    async fn reachable(&self) -> Result<(), Broken> {
        let (is_up, is_cut_off) = {
            let redis = self.world.redis.lock();
            (redis.is_up, redis.is_cut_off(self.origin))
        };
        if is_cut_off {
            sleep_ms(CONNECT_TIMEOUT_MS).await;
        }
        if is_up && !is_cut_off { Ok(()) } else { Err(Broken) }
    }

    /// Merges what is pushed, in order. Ends when the end of the connection is noticed.
    async fn read(&self, mut wire: mpsc::UnboundedReceiver<(u64, Pushed)>) -> Broken {
        while let Some((arrives_ms, pushed)) = wire.recv().await {
            sleep_ms(arrives_ms.saturating_sub(self.world.now_ms())).await;
            while self.world.redis.lock().is_cut_off(self.origin) {
                sleep_ms(20).await;
            }
            match pushed {
                Pushed::Message(workspace, view) => {
                    event!(self.world, "origin {} is told {workspace} {}", self.origin, view.to_token());
                    if let Ok(workspace) = WorkspaceId::parse(&workspace) {
                        self.views.merge(&workspace, &view);
                    }
                }
                Pushed::Pong(reply, incarnation) => {
                    // Whoever waited may have given up.
                    let _ = reply.send(incarnation);
                }
            }
        }
        // A reset connection is noticed at once, one whose other end is gone by a heartbeat alone.
        if self.world.chance(500) {
            std::future::pending::<()>().await;
        }
        Broken
    }

    async fn beat(&self, id: u64, incarnation: [u8; 20]) -> Broken {
        let bound = Duration::from_millis(self.world.scenario.staleness_bound_ms);
        loop {
            let sent_at_ms = self.clock.now_ms();
            if !matches!(tokio::time::timeout(bound, self.ping(id)).await, Ok(Some(now)) if now == incarnation)
            {
                return Broken;
            }
            self.views.trust().extend(sent_at_ms + bound.as_millis() as u64);
            tokio::time::sleep(bound / 4).await;
        }
    }

    /// The incarnation that the server answers. `None` when the connection is closed; pending when nobody answers.
    async fn ping(&self, id: u64) -> Option<[u8; 20]> {
        self.world.travel(1, 3).await;
        while self.world.redis.lock().is_cut_off(self.origin) {
            sleep_ms(20).await;
        }
        let (reply, answered) = oneshot::channel();
        let (now_ms, travel_ms) = (self.world.now_ms(), self.world.between(1, 3));
        self.world.redis.lock().pong(id, now_ms, travel_ms, reply);
        match answered.await {
            Ok(incarnation) => Some(incarnation),
            Err(_) => std::future::pending().await,
        }
    }
}
