//! The network between the locations and the origins, and the load balancer in front of these.

use std::collections::BTreeMap;

use edge_worker::platform::{OriginRequest, OriginResponse};

use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::origin::process::{Call, Processes};
use crate::places::ORIGINS;
use crate::world::{World, event};

/// Which links are down.
#[derive(Default)]
pub(crate) struct Network {
    /// By location and origin, how many faults say so.
    down: BTreeMap<(usize, usize), u32>,
}

/// A request got no answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoAnswer;

impl Network {
    pub(crate) fn cut(&mut self, location: usize, origin: usize) {
        *self.down.entry((location, origin)).or_default() += 1;
    }

    pub(crate) fn mend(&mut self, location: usize, origin: usize) {
        if let Some(count) = self.down.get_mut(&(location, origin)) {
            *count = count.saturating_sub(1);
        }
    }

    fn is_down(&self, location: usize, origin: usize) -> bool {
        self.down.get(&(location, origin)).is_some_and(|count| *count > 0)
    }
}

impl World {
    /// Passes when the link works; fails at once or hangs when it does not.
    async fn cross(&self, location: usize, origin: usize) -> Result<(), NoAnswer> {
        self.travel(5, 40).await;
        if !self.network.lock().is_down(location, origin) {
            return Ok(());
        }
        if self.chance(500) {
            hang().await;
        }
        Err(NoAnswer)
    }

    /// One of the origins, mostly one that runs: the load balancer's health checks are late, too.
    fn balance(&self, processes: &Processes) -> usize {
        let first = self.below(ORIGINS);
        if processes.is_up(first) || self.chance(200) { first } else { (first + 1) % ORIGINS }
    }

    /// Sends a request to some origin.
    pub(crate) async fn ask_origin(
        &self,
        processes: &Processes,
        location: usize,
        request: OriginRequest,
    ) -> Result<OriginResponse, NoAnswer> {
        let origin = self.balance(processes);
        event!(self, "{location} asks origin {origin}: {} {}", request.method, request.target);
        self.cross(location, origin).await?;
        if self.strikes(Fault::RequestLost) {
            self.fault(Fault::RequestLost, format_args!("{location} to {origin}"));
            hang().await;
        }
        let Call { answer, handle } = processes.call(origin, request).ok_or(NoAnswer)?;
        // An origin notices that a client went away, or it does not.
        let _cancel = self.chance(500).then(|| CancelOnDrop(handle));
        let response = answer.await.map_err(|_| NoAnswer)?;
        event!(self, "origin {origin} answers {location}: {}", response.status);
        self.cross(location, origin).await?;
        if self.strikes(Fault::ReplyLost) {
            self.fault(Fault::ReplyLost, format_args!("{origin} to {location}"));
            hang().await;
        }
        Ok(response)
    }
}

/// Longer than anybody waits.
async fn hang() {
    sleep_ms(120_000).await;
}

struct CancelOnDrop(tokio::task::AbortHandle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
