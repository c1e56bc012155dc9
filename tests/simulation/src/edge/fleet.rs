//! The locations and their isolates.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use edge_worker::Edge;
use edge_worker::config::Config;
use edge_worker::http::response::Response;
use tokio::task::{AbortHandle, JoinHandle, spawn_local};

use super::platform::SimulatedPlatform;
use super::request::EdgeRequest;
use crate::fault::Fault;
use crate::origin::process::Processes;
use crate::places::{INTERNAL_KEY, JWT_SECRET, LOCATIONS};
use crate::world::{World, event};

/// The most isolates that run at a location at a time.
const ISOLATES: usize = 3;

/// What an isolate is at. It ends with the isolate.
#[derive(Default)]
pub(crate) struct Tasks(RefCell<Vec<AbortHandle>>);

impl Tasks {
    pub(crate) fn spawn<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> JoinHandle<T> {
        let task = spawn_local(work);
        let mut tasks = self.0.borrow_mut();
        if tasks.len() > 100 {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.push(task.abort_handle());
        task
    }
}

struct Isolate {
    edge: Rc<Edge>,
    tasks: Rc<Tasks>,
}

/// All isolates.
pub(crate) struct Fleet {
    world: Arc<World>,
    processes: Arc<Processes>,
    config: Config,
    isolates: RefCell<[[Option<Isolate>; ISOLATES]; LOCATIONS]>,
}

impl Fleet {
    pub(crate) fn new(world: Arc<World>, processes: Arc<Processes>) -> anyhow::Result<Rc<Self>> {
        let bound_ms = world.scenario.staleness_bound_ms.to_string();
        let config = Config::read(|name| {
            let value = match name {
                "BACKEND_URL" => "https://origin.example",
                "INTERNAL_AUTH_KEY" => INTERNAL_KEY,
                "SUPABASE_JWT_SECRET" => JWT_SECRET,
                "STALENESS_BOUND_MS" => bound_ms.as_str(),
                "KV_WRITES" => world.scenario.kv_writes,
                _ => return None,
            };
            Some(value.to_owned())
        })?;
        Ok(Rc::new(Self { world, processes, config, isolates: RefCell::default() }))
    }

    /// Sends a request to some isolate of a location. `None` when the isolate was thrown out before it answered.
    pub(crate) async fn request(&self, location: usize, request: EdgeRequest) -> Option<Response> {
        self.begin(location, request).await.ok()
    }

    /// The same, not waited for.
    pub(crate) fn begin(&self, location: usize, request: EdgeRequest) -> JoinHandle<Response> {
        let slot = self.world.below(ISOLATES);
        let mut isolates = self.isolates.borrow_mut();
        let isolate = isolates[location][slot].get_or_insert_with(|| {
            event!(self.world, "isolate {location}/{slot} starts");
            Isolate { edge: Edge::new(self.config.clone()), tasks: Rc::default() }
        });
        let platform = Rc::new(SimulatedPlatform {
            world: self.world.clone(),
            processes: self.processes.clone(),
            location,
            tasks: isolate.tasks.clone(),
        });
        let edge = isolate.edge.clone();
        isolate.tasks.spawn(async move { edge.handle(&platform, &request).await })
    }

    /// Throws an isolate out, with all that it is at.
    pub(crate) fn evict_one(&self) {
        let (location, slot) = (self.world.below(LOCATIONS), self.world.below(ISOLATES));
        if let Some(isolate) = self.isolates.borrow_mut()[location][slot].take() {
            self.world.fault(Fault::IsolateEvicted, format_args!("{location}/{slot}"));
            for task in isolate.tasks.0.take() {
                task.abort();
            }
        }
    }
}
