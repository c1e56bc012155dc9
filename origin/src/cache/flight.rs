//! Single flight: concurrent calls for one key make one.
//!
//! The work runs as a task of its own, so it is finished even when the caller who began it goes away.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::trace;

/// Wakes those who wait in the order in which they came, so that a simulation can repeat a run.
type Outcome<T> = Shared<oneshot::Receiver<T>>;
/// Each with its number of departure.
type Flights<K, T> = Arc<Mutex<HashMap<K, (u64, Outcome<T>)>>>;

/// Flights under way, by key.
pub struct SingleFlight<K, T> {
    flights: Flights<K, T>,
    departures: AtomicU64,
    joined: AtomicU64,
}

/// What single flight has saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlightCounts {
    /// Flights that were begun.
    pub begun: u64,
    /// Callers who joined a flight that was under way.
    pub joined: u64,
}

/// How a flight was boarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boarded {
    /// The caller began it, or it began after the caller arrived.
    AfterArrival,
    /// It was under way already.
    UnderWay,
}

/// When a caller arrived: flights that departed later know all that had happened by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival(u64);

impl<K: Clone + Eq + Hash + Send + 'static, T: Clone + Send + Sync + 'static> Default for SingleFlight<K, T> {
    fn default() -> Self {
        Self { flights: Arc::default(), departures: AtomicU64::new(0), joined: AtomicU64::new(0) }
    }
}

impl<K: Clone + Eq + Hash + Send + 'static, T: Clone + Send + Sync + 'static> SingleFlight<K, T> {
    /// How many flights were begun and joined so far.
    pub fn counts(&self) -> FlightCounts {
        FlightCounts {
            begun: self.departures.load(Ordering::Relaxed),
            joined: self.joined.load(Ordering::Relaxed),
        }
    }

    /// Notes when a caller arrived.
    pub fn arrive(&self) -> Arrival {
        Arrival(self.departures.load(Ordering::Acquire))
    }

    /// Joins the flight of `key`, or begins it with `work`. `None` when the work panicked.
    pub async fn board<F>(&self, key: &K, arrival: Arrival, work: impl FnOnce() -> F) -> Option<(T, Boarded)>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (departure, outcome) = self.join_or_begin(key, work);
        let value = outcome.await.ok()?;
        let boarded = if departure > arrival.0 { Boarded::AfterArrival } else { Boarded::UnderWay };
        Some((value, boarded))
    }

    /// Begins the flight of `key` unless one is under way, and does not wait for it.
    pub fn dispatch<F>(&self, key: &K, work: impl FnOnce() -> F)
    where
        F: Future<Output = T> + Send + 'static,
    {
        drop(self.join_or_begin(key, work));
    }

    fn join_or_begin<F>(&self, key: &K, work: impl FnOnce() -> F) -> (u64, Outcome<T>)
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut flights = self.flights.lock();
        if let Some((departure, outcome)) = flights.get(key) {
            self.joined.fetch_add(1, Ordering::Relaxed);
            return (*departure, outcome.clone());
        }
        let departure = self.departures.fetch_add(1, Ordering::AcqRel) + 1;
        let (arrived, outcome) = oneshot::channel();
        let outcome = outcome.shared();
        flights.insert(key.clone(), (departure, outcome.clone()));
        drop(flights);
        let landing = Landing { flights: self.flights.clone(), key: key.clone() };
        let work = work();
        tokio::spawn(trace::carried(async move {
            // Dropped last, also when the work panics: the key is free again in any case.
            let landing = landing;
            let value = work.await;
            // Off the board before the outcome is told: who comes now begins anew rather than get an old answer.
            drop(landing);
            let _ = arrived.send(value);
        }));
        (departure, outcome)
    }
}

struct Landing<K: Eq + Hash, T> {
    flights: Flights<K, T>,
    key: K,
}

impl<K: Eq + Hash, T> Drop for Landing<K, T> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn concurrent_calls_for_one_key_make_one() {
        let (flights, loads) =
            (Arc::new(SingleFlight::<u8, usize>::default()), Arc::new(AtomicUsize::new(0)));
        let arrival = flights.arrive();
        let calls = (0..100).map(|_| {
            let (flights, loads) = (flights.clone(), loads.clone());
            tokio::spawn(async move {
                let work = || async move {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    loads.fetch_add(1, Ordering::SeqCst)
                };
                flights.board(&1, arrival, work).await.unwrap()
            })
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(call.await.unwrap(), (0, Boarded::AfterArrival));
        }
        assert_eq!(loads.load(Ordering::SeqCst), 1);
        let (_, boarded) = flights.board(&1, flights.arrive(), || async { 7 }).await.unwrap();
        assert_eq!(boarded, Boarded::AfterArrival);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flight_that_was_under_way_is_told_from_one_that_departed_later() {
        let flights = SingleFlight::<u8, u8>::default();
        flights.dispatch(&1, || async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            7
        });
        let (value, boarded) = flights.board(&1, flights.arrive(), || async { 8 }).await.unwrap();
        assert_eq!((value, boarded), (7, Boarded::UnderWay));
    }

    #[tokio::test]
    async fn a_panic_frees_the_key() {
        let flights = SingleFlight::<u8, u8>::default();
        assert!(flights.board(&1, flights.arrive(), || async { panic!("on purpose") }).await.is_none());
        assert!(flights.board(&1, flights.arrive(), || async { 8 }).await.is_some());
    }
}
