//! What the Worker's logic knows of the world, for one request.

use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use coherence::View;
use edge_worker::metrics::Figures;
use edge_worker::platform::{
    Background, Bell, Clock, Kv, Ledger, LocationFigures, Log, ORIGIN_HEADERS, Origin, OriginRequest,
    OriginResponse, Platform, TokenKeys, Unreachable, within,
};
use futures_util::future::LocalBoxFuture;
use identity::SignatureCheck;
use ids::WorkspaceId;
use reqwest::Method;
use simulation::bell;
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::World;
use crate::network::LOCATIONS;

/// One request's access to the world.
pub(crate) struct ReplayPlatform {
    pub(crate) world: Rc<World>,
    pub(crate) location: usize,
}

impl ReplayPlatform {
    async fn half_way(&self) {
        sleep(Duration::from_millis(LOCATIONS[self.location].origin_rtt_ms) / 2).await;
    }

    async fn ask_origin(&self, request: OriginRequest) -> reqwest::Result<OriginResponse> {
        let method = if request.method == "POST" { Method::POST } else { Method::GET };
        let mut asked =
            self.world.http.request(method, format!("{}{}", self.world.backend_url, request.target));
        for (name, value) in request.headers {
            asked = asked.header(name, value);
        }
        let answer = asked.body(request.body.unwrap_or_default()).send().await?;
        let known = |name: &'static str| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some((name, value.to_owned()))
        };
        let (status, headers) =
            (answer.status().as_u16(), ORIGIN_HEADERS.into_iter().filter_map(known).collect());
        Ok(OriginResponse { status, headers, body: answer.bytes().await?.to_vec() })
    }
}

impl Clock for ReplayPlatform {
    fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
    }

    async fn sleep(&self, ms: u64) {
        sleep(Duration::from_millis(ms)).await;
    }
}

impl Background for ReplayPlatform {
    fn in_background(&self, work: LocalBoxFuture<'static, ()>) {
        spawn_local(work);
    }

    fn bell(&self) -> (Bell, LocalBoxFuture<'static, ()>) {
        bell()
    }
}

impl Log for ReplayPlatform {
    fn warn(&self, line: &str) {
        self.world.trouble(line);
    }
}

impl Kv for ReplayPlatform {
    async fn get(&self, key: &str, limit_ms: u32) -> Result<Option<Vec<u8>>, Unreachable> {
        within(self, limit_ms.into(), self.world.kv_get(self.location, key)).await.ok_or(Unreachable)
    }

    async fn put(&self, key: &str, value: &[u8], expiration_ttl_secs: u64) -> Result<(), Unreachable> {
        let put = self.world.kv_put(self.location, key, value, expiration_ttl_secs);
        put.await.map_err(|_| Unreachable)
    }
}

impl Ledger for ReplayPlatform {
    async fn view(&self, workspace: &WorkspaceId) -> Result<View, Unreachable> {
        Ok(self.world.ledger(self.location, workspace.as_str(), None).await)
    }

    async fn record(&self, workspace: &WorkspaceId, news: &View) -> Result<View, Unreachable> {
        Ok(self.world.ledger(self.location, workspace.as_str(), Some(news)).await)
    }
}

impl Origin for ReplayPlatform {
    async fn ask(&self, request: OriginRequest) -> Result<OriginResponse, Unreachable> {
        self.world.use_up(|used| used.origin_requests += 1);
        self.half_way().await;
        let answer = self.ask_origin(request).await.map_err(|_| Unreachable)?;
        self.half_way().await;
        Ok(answer)
    }
}

impl TokenKeys for ReplayPlatform {
    async fn key_set(&self, _: &str, _: usize) -> Result<Vec<u8>, Unreachable> {
        // Tokens are of the shared secret.
        Err(Unreachable)
    }

    async fn is_genuine(&self, _: &SignatureCheck) -> bool {
        false
    }
}

impl LocationFigures for ReplayPlatform {
    async fn add(&self, _: &str, news: &Figures) -> Result<Figures, Unreachable> {
        self.world.use_up(|used| used.figures_told += 1);
        Ok(news.clone())
    }
}

impl Platform for ReplayPlatform {
    fn location(&self) -> &str {
        LOCATIONS[self.location].code
    }
}
