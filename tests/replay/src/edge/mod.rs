//! The edge: the Worker's own logic, natively, in isolates that come and go.

mod platform;
mod world;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use anyhow::Result;
use edge_worker::Edge;
use edge_worker::config::Config;
use edge_worker::http::response::Response;
use rand::Rng as _;
use simulation::EdgeRequest;

use self::platform::ReplayPlatform;
pub(crate) use self::world::World;
use crate::network::LOCATIONS;
use crate::run::{MEMBERSHIP_CLAIM, Setting};

/// Isolates of a location.
pub(crate) const ISOLATES: usize = 2;

/// All isolates of all locations.
pub(crate) struct Fleet {
    world: Rc<World>,
    config: Config,
    isolates: RefCell<Vec<[Rc<Edge>; ISOLATES]>>,
    evicted: Cell<u64>,
}

impl Fleet {
    pub(crate) fn new(setting: &Setting, world: Rc<World>) -> Result<Self> {
        let config = Config::read(|name| {
            let value = match name {
                "BACKEND_URL" => setting.backend_url.as_str(),
                "INTERNAL_AUTH_KEY" => setting.internal_key.as_str(),
                "SUPABASE_JWT_SECRET" => setting.jwt_secret.as_str(),
                "MEMBERSHIP_CLAIM" => MEMBERSHIP_CLAIM,
                "KV_WRITES" => setting.kv_writes,
                _ => return None,
            };
            Some(value.to_owned())
        })?;
        let isolates = LOCATIONS.iter().map(|_| std::array::from_fn(|_| Edge::new(config.clone()))).collect();
        Ok(Self { world, config, isolates: RefCell::new(isolates), evicted: Cell::default() })
    }

    /// Sends a request to some isolate of a location.
    pub(crate) async fn request(&self, location: usize, request: EdgeRequest) -> Response {
        let isolate = self.world.random.borrow_mut().random_range(0..ISOLATES);
        let edge = Rc::clone(&self.isolates.borrow()[location][isolate]);
        self.world.use_up(|used| used.worker_requests += 1);
        let platform = Rc::new(ReplayPlatform { world: Rc::clone(&self.world), location });
        edge.handle(&platform, &request).await
    }

    /// Replaces an isolate, the next in turn, by one that knows nothing. What the old one is at goes on.
    pub(crate) fn evict_one(&self) {
        let turn = self.evicted.replace(self.evicted.get() + 1) as usize;
        let (location, isolate) = (turn % LOCATIONS.len(), turn / LOCATIONS.len() % ISOLATES);
        self.isolates.borrow_mut()[location][isolate] = Edge::new(self.config.clone());
    }
}
