//! Workers KV in the simulated world: its [`model`], with delays and faults.

pub mod model;

use std::sync::Arc;

use self::model::{SPREAD_MS, TooManyWrites, Write};
use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::places::LOCATIONS;
use crate::world::{World, event};

/// A call failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

impl World {
    async fn kv_delay(&self) -> Result<(), Failed> {
        if self.strikes(Fault::KvSlow) {
            self.fault(Fault::KvSlow, format_args!(""));
            sleep_ms(self.between(500, 4_000)).await;
        }
        self.travel(1, 8).await;
        if self.strikes(Fault::KvError) {
            self.fault(Fault::KvError, format_args!(""));
            return Err(Failed);
        }
        Ok(())
    }

    /// Reads a key at a location.
    pub(crate) async fn kv_get(&self, location: usize, key: &str) -> Result<Option<Arc<[u8]>>, Failed> {
        self.kv_delay().await?;
        let found = self.kv.lock().read(location, key, self.now_ms());
        let old = match (&found.value, &found.newest) {
            (Some(value), newest) if Some(value) != newest.as_ref() => Some(Fault::KvOldValue),
            (None, Some(_)) => Some(Fault::KvOldNothing),
            _ => None,
        };
        if let Some(old) = old {
            self.fault(old, format_args!("{key} at {location}"));
        }
        event!(
            self,
            "kv get {key} at {location}: {}",
            if found.value.is_some() { "found" } else { "nothing" }
        );
        self.travel(0, 3).await;
        Ok(found.value)
    }

    /// Writes a key at a location; `None` deletes it.
    pub(crate) async fn kv_put(
        &self,
        location: usize,
        key: &str,
        value: Option<&[u8]>,
        keep_secs: u64,
    ) -> Result<(), Failed> {
        self.kv_delay().await?;
        let now_ms = self.now_ms();
        let visible_at_ms = (0..LOCATIONS)
            .map(|place| if place == location { now_ms } else { now_ms + self.between(50, SPREAD_MS) })
            .collect();
        let write =
            Write { value: value.map(Into::into), expires_at_ms: now_ms + keep_secs * 1000, visible_at_ms };
        let refreshes_cache = self.chance(500);
        let written = self.kv.lock().write(key, write, now_ms);
        match written {
            Ok(()) => {
                if refreshes_cache {
                    self.kv.lock().forget_cached(location, key);
                }
                event!(self, "kv put {key} at {location}");
            }
            Err(TooManyWrites) => self.fault(Fault::KvThrottled, format_args!("{key} at {location}")),
        }
        self.travel(0, 3).await;
        written.map_err(|TooManyWrites| Failed)
    }
}
