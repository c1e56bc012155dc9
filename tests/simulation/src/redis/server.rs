//! The server: generations, entries, leases, publication. Each method is one script or command, and so atomic.

use std::collections::BTreeMap;

use bytes::Bytes;
use coherence::{ChangeLog, Generation, ItemSet, Stamp, Tag, View};
use tokio::sync::{mpsc, oneshot};

use crate::clock::EPOCH_MS;
use crate::places::ORIGINS;

/// How far ahead of the clock a generation is minted that is not held: see `mint.lua`.
const FRESH_LEAD_MS: u64 = 5_000;

/// What goes over a push connection, with when it arrives.
pub(crate) enum Pushed {
    /// A published message: generations of a workspace.
    Message(String, View),
    /// The reply to a heartbeat: the incarnation.
    Pong(oneshot::Sender<[u8; 20]>, [u8; 20]),
}

/// The server's end of a push connection.
struct Subscriber {
    id: u64,
    origin: usize,
    wire: mpsc::UnboundedSender<(u64, Pushed)>,
    /// When what was sent last arrives: a connection keeps the order.
    last_arrives_ms: u64,
}

/// A workspace's hash of generations.
#[derive(Clone)]
struct Generations {
    incarnation: [u8; 20],
    held: BTreeMap<Tag, u64>,
}

/// What a script answers to generations that another incarnation has minted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OtherIncarnation;

/// What survives in a snapshot.
#[derive(Default, Clone)]
struct Data {
    generations: BTreeMap<String, Generations>,
    entries: BTreeMap<String, (Bytes, u64)>,
    leases: BTreeMap<String, (u128, u64)>,
    /// What was written under the last generations of a workspace's tags.
    changes: BTreeMap<(String, Tag), ChangeLog>,
    /// How many stored entries each tag of a workspace has: what an invalidation reports.
    index: BTreeMap<(String, Tag), BTreeMap<String, u64>>,
}

/// The server.
pub(crate) struct Redis {
    data: Data,
    snapshot: Data,
    incarnation: [u8; 20],
    /// Counts its starts: a connection does not survive one.
    pub(crate) boot: u64,
    pub(crate) is_up: bool,
    ahead_ms: i64,
    /// From which origins it is cut off, how many faults say so.
    cut_off: [u32; ORIGINS],
    subscribers: Vec<Subscriber>,
    connections: u64,
    push_delay_ms: u64,
}

fn name_incarnation(random: u64) -> [u8; 20] {
    let mut incarnation = [7; 20];
    incarnation[..8].copy_from_slice(&random.to_le_bytes());
    incarnation
}

impl Redis {
    pub(crate) fn new(random: u64, ahead_ms: i64) -> Self {
        Self {
            data: Data::default(),
            snapshot: Data::default(),
            incarnation: name_incarnation(random),
            boot: 1,
            is_up: true,
            ahead_ms,
            cut_off: [0; ORIGINS],
            subscribers: Vec::new(),
            connections: 0,
            push_delay_ms: 0,
        }
    }

    pub(crate) fn incarnation(&self) -> [u8; 20] {
        self.incarnation
    }

    fn wall_ms(&self, now_ms: u64) -> u64 {
        (EPOCH_MS + now_ms).saturating_add_signed(self.ahead_ms)
    }

    // Faults.

    pub(crate) fn save(&mut self) {
        self.snapshot = self.data.clone();
    }

    /// Ends the process. Every connection breaks.
    pub(crate) fn kill(&mut self) {
        self.is_up = false;
        self.subscribers.clear();
    }

    /// Starts it again, empty or with its last snapshot: another incarnation in any case.
    pub(crate) fn start(&mut self, random: u64, is_empty: bool) {
        self.data = if is_empty { Data::default() } else { self.snapshot.clone() };
        self.snapshot = self.data.clone();
        self.incarnation = name_incarnation(random);
        self.boot += 1;
        self.is_up = true;
    }

    /// Changes the replication id without closing anything, as a master does that has had no replica for long.
    pub(crate) fn rename(&mut self, random: u64) {
        self.incarnation = name_incarnation(random);
    }

    pub(crate) fn cut_off(&mut self, origin: usize) {
        self.cut_off[origin] += 1;
    }

    pub(crate) fn reconnect(&mut self, origin: usize) {
        self.cut_off[origin] = self.cut_off[origin].saturating_sub(1);
    }

    pub(crate) fn is_cut_off(&self, origin: usize) -> bool {
        self.cut_off[origin] > 0
    }

    pub(crate) fn evict_generations(&mut self, workspace: &str) {
        self.data.generations.remove(workspace);
    }

    /// Evicts every second entry, and every second log.
    pub(crate) fn evict_entries(&mut self) {
        let mut turn = false;
        self.data.changes.retain(|_, _| {
            turn = !turn;
            turn
        });
        self.data.entries.retain(|_, _| {
            turn = !turn;
            turn
        });
    }

    pub(crate) fn set_push_delay(&mut self, ms: u64) {
        self.push_delay_ms = ms;
    }

    pub(crate) fn break_push(&mut self, origin: usize) {
        self.subscribers.retain(|subscriber| subscriber.origin != origin);
    }

    // Publication.

    pub(crate) fn subscribe(&mut self, origin: usize, wire: mpsc::UnboundedSender<(u64, Pushed)>) -> u64 {
        self.connections += 1;
        self.subscribers.retain(|subscriber| !subscriber.wire.is_closed());
        self.subscribers.push(Subscriber { id: self.connections, origin, wire, last_arrives_ms: 0 });
        self.connections
    }

    /// Answers a heartbeat on a push connection, if that still exists.
    pub(crate) fn pong(&mut self, id: u64, now_ms: u64, travel_ms: u64, reply: oneshot::Sender<[u8; 20]>) {
        let (delay_ms, incarnation) = (travel_ms + self.push_delay_ms, self.incarnation);
        if let Some(subscriber) = self.subscribers.iter_mut().find(|subscriber| subscriber.id == id) {
            subscriber.send(now_ms + delay_ms, Pushed::Pong(reply, incarnation));
        }
    }

    fn publish(&mut self, workspace: &str, told: &[(Tag, u64)], now_ms: u64) {
        let delay_ms = 1 + self.push_delay_ms;
        for subscriber in &mut self.subscribers {
            let view = told.iter().map(|(tag, generation)| (tag.clone(), Generation::new(*generation)));
            subscriber.send(now_ms + delay_ms, Pushed::Message(workspace.to_owned(), view.collect()));
        }
    }

    // Commands.

    /// `GET` of an entry.
    pub(crate) fn entry(&self, key: &str, now_ms: u64) -> Option<Bytes> {
        self.data.entries.get(key).filter(|(_, until_ms)| now_ms < *until_ms).map(|(entry, _)| entry.clone())
    }

    fn of(
        &mut self,
        workspace: &str,
        incarnation: [u8; 20],
    ) -> Result<&mut BTreeMap<Tag, u64>, OtherIncarnation> {
        let fresh = || Generations { incarnation, held: BTreeMap::new() };
        let generations = self.data.generations.entry(workspace.to_owned()).or_insert_with(fresh);
        if generations.incarnation == incarnation { Ok(&mut generations.held) } else { Err(OtherIncarnation) }
    }

    /// `HMGET` of generations.
    pub(crate) fn generations(
        &self,
        workspace: &str,
        incarnation: [u8; 20],
        tags: &[Tag],
    ) -> Vec<Option<u64>> {
        let known = self.data.generations.get(workspace).filter(|known| known.incarnation == incarnation);
        tags.iter().map(|tag| known.and_then(|known| known.held.get(tag)).copied()).collect()
    }

    /// The generations of all of `tags`, if all are held: for the oracle.
    pub(crate) fn held(&self, workspace: &str, tags: &[Tag]) -> Option<Stamp> {
        let held: Option<Vec<u64>> =
            self.generations(workspace, self.incarnation, tags).into_iter().collect();
        Some(stamp(tags, &held?))
    }

    /// `HKEYS`.
    pub(crate) fn tags(&self, workspace: &str) -> Vec<Tag> {
        let known = self.data.generations.get(workspace);
        known.map(|known| known.held.keys().cloned().collect()).unwrap_or_default()
    }

    /// `claim.lua`
    pub(crate) fn claim(&mut self, workspace: &str, incarnation: [u8; 20]) {
        if self.data.generations.get(workspace).is_none_or(|known| known.incarnation != incarnation) {
            let fresh = Generations { incarnation, held: BTreeMap::new() };
            self.data.generations.insert(workspace.to_owned(), fresh);
        }
    }

    /// `mint.lua`
    pub(crate) fn mint(
        &mut self,
        workspace: &str,
        incarnation: [u8; 20],
        tags: &[Tag],
        now_ms: u64,
    ) -> Result<Vec<u64>, OtherIncarnation> {
        let fresh = self.wall_ms(now_ms) + FRESH_LEAD_MS;
        let held = self.of(workspace, incarnation)?;
        Ok(tags.iter().map(|tag| *held.entry(tag.clone()).or_insert(fresh)).collect())
    }

    /// `store.lua`
    #[allow(clippy::too_many_arguments, reason = "those of the script")]
    pub(crate) fn store(
        &mut self,
        workspace: &str,
        incarnation: [u8; 20],
        key: &str,
        index_tag: &Tag,
        stamp: &Stamp,
        entry: Bytes,
        keep_ms: u64,
        now_ms: u64,
    ) -> bool {
        let Some(known) = self.data.generations.get_mut(workspace) else { return false };
        if known.incarnation != incarnation {
            return false;
        }
        let mut heard = Vec::new();
        for (tag, generation) in stamp.iter() {
            match known.held.get(tag) {
                None => return false,
                Some(held) if *held > generation.get() => return false,
                Some(held) if *held < generation.get() => heard.push((tag.clone(), generation.get())),
                Some(_) => {}
            }
        }
        if !heard.is_empty() {
            known.held.extend(heard.iter().cloned());
            self.publish(workspace, &heard, now_ms);
        }
        self.data.entries.insert(key.to_owned(), (entry, now_ms + keep_ms));
        let index = self.data.index.entry((workspace.to_owned(), index_tag.clone())).or_default();
        index.insert(key.to_owned(), now_ms + keep_ms);
        true
    }

    /// `invalidate.lua`
    #[allow(clippy::too_many_arguments, reason = "those of the script")]
    pub(crate) fn invalidate(
        &mut self,
        workspace: &str,
        incarnation: [u8; 20],
        indexes: &[Tag],
        tags: &[Tag],
        written: &[(Tag, u64, ItemSet)],
        least: u64,
        now_ms: u64,
    ) -> Result<(u64, u64), OtherIncarnation> {
        let wall_ms = self.wall_ms(now_ms);
        let held = self.of(workspace, incarnation)?;
        let mut generation = wall_ms.max(least);
        for tag in tags {
            let previous = held.get(tag).copied().unwrap_or(wall_ms + FRESH_LEAD_MS);
            if previous >= generation {
                generation = previous + 1;
            }
        }
        let news: Vec<(Tag, u64)> = tags.iter().map(|tag| (tag.clone(), generation)).collect();
        let before: Vec<Option<u64>> = written.iter().map(|(tag, ..)| held.get(tag).copied()).collect();
        held.extend(news.iter().cloned());
        for ((tag, heard, items), before) in std::iter::zip(written, before) {
            let place = (workspace.to_owned(), tag.clone());
            let Some(before) = before else {
                self.data.changes.remove(&place);
                continue;
            };
            let (known, minted) = (Generation::new(before.max(*heard)), Generation::new(generation));
            let log = self.data.changes.entry(place).or_default();
            log.renumber(Generation::new(before), known);
            log.record(known, minted, items.clone());
        }
        self.publish(workspace, &news, now_ms);
        let mut entries = 0;
        for tag in indexes {
            let index = self.data.index.remove(&(workspace.to_owned(), tag.clone())).unwrap_or_default();
            entries += index.values().filter(|until_ms| now_ms <= **until_ms).count() as u64;
        }
        Ok((generation, entries))
    }

    /// `merge.lua`
    pub(crate) fn merge(
        &mut self,
        workspace: &str,
        incarnation: [u8; 20],
        generations: &[(Tag, u64)],
        now_ms: u64,
    ) -> Result<(), OtherIncarnation> {
        let fresh = self.wall_ms(now_ms) + FRESH_LEAD_MS;
        let held = self.of(workspace, incarnation)?;
        let (mut told, mut heard) = (Vec::new(), Vec::new());
        for (tag, generation) in generations {
            let before = held.get(tag).copied();
            let merged = if before.is_some() { *generation } else { fresh.max(*generation) };
            heard.push((tag, before, merged));
            if before.is_none_or(|held| merged > held) {
                held.insert(tag.clone(), merged);
                told.push((tag.clone(), merged));
            }
        }
        for (tag, before, merged) in heard {
            let place = (workspace.to_owned(), tag.clone());
            match (before, self.data.changes.get_mut(&place)) {
                (Some(before), Some(log)) => log.hear(Generation::new(before), Generation::new(merged)),
                (None, Some(_)) => drop(self.data.changes.remove(&place)),
                (_, None) => {}
            }
        }
        if !told.is_empty() {
            self.publish(workspace, &told, now_ms);
        }
        Ok(())
    }

    /// `LRANGE` of a log.
    pub(crate) fn changes(&self, workspace: &str, tag: &Tag) -> ChangeLog {
        self.data.changes.get(&(workspace.to_owned(), tag.clone())).cloned().unwrap_or_default()
    }

    /// `forget.lua`
    pub(crate) fn forget(&mut self, workspace: &str, minted: &Stamp) {
        if let Some(Generations { held, .. }) = self.data.generations.get_mut(workspace) {
            for (tag, generation) in minted.iter() {
                if held.get(tag) == Some(&generation.get()) {
                    held.remove(tag);
                }
            }
        }
    }

    /// `SET NX PX` of a lease.
    pub(crate) fn take_lease(&mut self, key: &str, token: u128, hold_ms: u64, now_ms: u64) -> bool {
        let is_free = self.data.leases.get(key).is_none_or(|(_, until_ms)| now_ms >= *until_ms);
        if is_free {
            self.data.leases.insert(key.to_owned(), (token, now_ms + hold_ms));
        }
        is_free
    }

    /// `release.lua`
    pub(crate) fn release_lease(&mut self, key: &str, token: u128) {
        if self.data.leases.get(key).is_some_and(|(holder, _)| *holder == token) {
            self.data.leases.remove(key);
        }
    }

    /// `SET PX` of anything, for the plain cache-aside.
    pub(crate) fn set(&mut self, key: &str, value: Bytes, keep_ms: u64, now_ms: u64) {
        self.data.entries.insert(key.to_owned(), (value, now_ms + keep_ms));
    }

    /// `DEL` of all keys that begin so, for the plain cache-aside.
    pub(crate) fn delete_prefix(&mut self, prefix: &str) {
        self.data.entries.retain(|key, _| !key.starts_with(prefix));
    }
}

impl Subscriber {
    fn send(&mut self, arrives_ms: u64, pushed: Pushed) {
        self.last_arrives_ms = self.last_arrives_ms.max(arrives_ms);
        // A closed wire is one whose other end has given up.
        let _ = self.wire.send((self.last_arrives_ms, pushed));
    }
}

pub(crate) fn stamp(tags: &[Tag], generations: &[u64]) -> Stamp {
    Stamp::new(tags.iter().cloned().zip(generations.iter().map(|g| Generation::new(*g))).collect())
}
