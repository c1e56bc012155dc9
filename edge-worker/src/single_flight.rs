//! Single flight: concurrent needs of the same thing make one load, and share what it brings.
//!
//! The first to need it leads: its load runs in the background of its own request, so that it goes on when its client
//! goes away. The others join: they wait on a bell of their own, and never touch what belongs to the leader's request.
//! A leader may be cut off without notice, so a joiner waits for a bounded time and then helps itself, and a flight
//! that has been up for longer than that is given up by those who come after.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use crate::platform::{Bell, Platform, within};

/// The loads under way in this isolate, by what they load.
pub(crate) struct Flights<K, T> {
    flying: RefCell<HashMap<K, Rc<Flight<T>>>>,
    /// How long a flight is waited for, in milliseconds.
    patience_ms: u64,
}

struct Flight<T> {
    began_ms: u64,
    progress: RefCell<Progress<T>>,
}

enum Progress<T> {
    /// Those to wake when it lands.
    Flying(Vec<Bell>),
    Landed(T),
    /// The leader was cut off.
    Lost,
}

/// What came of leading or joining.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// The caller's own load, begun after the caller asked.
    Led(T),
    /// Another caller's load, which may have begun before this caller asked.
    Shared(T),
    /// The load was cut off, or took longer than the patience.
    Lost,
}

impl<K: Clone + Eq + Hash + 'static, T: Clone + 'static> Flights<K, T> {
    pub(crate) fn new(patience_ms: u64) -> Rc<Self> {
        Rc::new(Self { flying: RefCell::default(), patience_ms })
    }

    /// Joins the flight of `key`, or leads one with `load`.
    pub(crate) async fn join_or_lead<P: Platform>(
        self: &Rc<Self>,
        platform: &Rc<P>,
        key: &K,
        load: impl Future<Output = T> + 'static,
    ) -> Outcome<T> {
        if let Some(flight) = self.current(key, platform.now_ms()) {
            return flight
                .landing(&**platform, self.patience_ms)
                .await
                .map_or(Outcome::Lost, Outcome::Shared);
        }
        let flight = self.take_off(&**platform, key, load);
        flight.landing(&**platform, self.patience_ms).await.map_or(Outcome::Lost, Outcome::Led)
    }

    /// Leads a flight that nobody waits for, unless there is one already. Returns whether it did.
    pub(crate) fn lead_in_background<P: Platform>(
        self: &Rc<Self>,
        platform: &Rc<P>,
        key: &K,
        load: impl Future<Output = T> + 'static,
    ) -> bool {
        let idle = self.current(key, platform.now_ms()).is_none();
        if idle {
            self.take_off(&**platform, key, load);
        }
        idle
    }

    /// Whether somebody loads it at the moment.
    pub(crate) fn is_flying(&self, key: &K) -> bool {
        self.flying.borrow().contains_key(key)
    }

    fn current(&self, key: &K, now_ms: u64) -> Option<Rc<Flight<T>>> {
        let flight = self.flying.borrow().get(key).cloned()?;
        (now_ms.saturating_sub(flight.began_ms) <= self.patience_ms).then_some(flight)
    }

    fn take_off<P: Platform>(
        self: &Rc<Self>,
        platform: &P,
        key: &K,
        load: impl Future<Output = T> + 'static,
    ) -> Rc<Flight<T>> {
        let flight = Rc::new(Flight {
            began_ms: platform.now_ms(),
            progress: RefCell::new(Progress::Flying(Vec::new())),
        });
        self.flying.borrow_mut().insert(key.clone(), Rc::clone(&flight));
        let in_the_air = InTheAir { flights: Rc::clone(self), key: key.clone(), flight: Rc::clone(&flight) };
        platform.in_background(Box::pin(async move {
            let brought = load.await;
            in_the_air.flight.end(Progress::Landed(brought));
        }));
        flight
    }
}

impl<T: Clone> Flight<T> {
    async fn landing<P: Platform>(&self, platform: &P, patience_ms: u64) -> Option<T> {
        let rung = match &mut *self.progress.borrow_mut() {
            Progress::Landed(brought) => return Some(brought.clone()),
            Progress::Lost => return None,
            Progress::Flying(bells) => {
                let (bell, rung) = platform.bell();
                bells.push(bell);
                rung
            }
        };
        within(platform, patience_ms, rung).await;
        match &*self.progress.borrow() {
            Progress::Landed(brought) => Some(brought.clone()),
            Progress::Flying(_) | Progress::Lost => None,
        }
    }
}

impl<T> Flight<T> {
    fn end(&self, end: Progress<T>) {
        if !matches!(*self.progress.borrow(), Progress::Flying(_)) {
            return;
        }
        if let Progress::Flying(bells) = self.progress.replace(end) {
            for ring in bells {
                ring();
            }
        }
    }
}

/// Takes the flight off the board when its load ends or is dropped.
struct InTheAir<K: Eq + Hash, T> {
    flights: Rc<Flights<K, T>>,
    key: K,
    flight: Rc<Flight<T>>,
}

impl<K: Eq + Hash, T> Drop for InTheAir<K, T> {
    fn drop(&mut self) {
        let mut flying = self.flights.flying.borrow_mut();
        if flying.get(&self.key).is_some_and(|flight| Rc::ptr_eq(flight, &self.flight)) {
            flying.remove(&self.key);
        }
        drop(flying);
        self.flight.end(Progress::Lost);
    }
}
