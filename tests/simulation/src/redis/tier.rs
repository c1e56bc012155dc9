//! The shared tier of an origin process, step by step as `origin/src/shared_tier/redis/{mod,link}.rs` have it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{ChangeLog, Generation, ItemSet, Stamp, Tag, View};
use ids::WorkspaceId;
use origin::cache::views::{NO_EPOCH, Views};
use origin::clock::Clock as _;
use origin::shared_tier::{Lease, Leased, Lookup, Recorded, SharedTier, TierError};
use parking_lot::Mutex;

use super::server::{OtherIncarnation, Redis, stamp};
use crate::clock::{SkewedClock, sleep_ms};
use crate::fault::Fault;
use crate::origin::life::Life;
use crate::world::{World, event};

pub(crate) const RESPONSE_TIMEOUT_MS: u64 = 500;
pub(crate) const CONNECT_TIMEOUT_MS: u64 = 1_000;
pub(crate) const RECONNECT_PAUSE_MS: u64 = 250;

/// A connection that may be used.
#[derive(Debug, Clone, Copy)]
struct Live {
    incarnation: [u8; 20],
    /// Which start of the server it is to.
    boot: u64,
    serial: u64,
}

/// The tier of one origin process.
pub(crate) struct SimulatedTier {
    world: Arc<World>,
    origin: usize,
    life: Arc<Life>,
    views: Arc<Views>,
    clock: SkewedClock,
    live: Mutex<Option<Live>>,
    serial: AtomicU64,
    leases: AtomicU64,
    owed: Mutex<BTreeMap<WorkspaceId, View>>,
}

impl SimulatedTier {
    pub(crate) fn new(
        world: Arc<World>,
        origin: usize,
        life: Arc<Life>,
        views: Arc<Views>,
        clock: SkewedClock,
    ) -> Arc<Self> {
        Arc::new(Self {
            world,
            origin,
            life,
            views,
            clock,
            live: Mutex::default(),
            serial: AtomicU64::new(0),
            leases: AtomicU64::new(0),
            owed: Mutex::default(),
        })
    }

    /// Connects, and again whenever the connection breaks.
    pub(crate) async fn stay_connected(self: Arc<Self>) {
        loop {
            let live = *self.live.lock();
            match live {
                Some(live) => self.tend(live).await,
                None if self.connect().await.is_ok() => {
                    event!(self.world, "origin {}: connected to Redis", self.origin);
                }
                None => {}
            }
            sleep_ms(RECONNECT_PAUSE_MS).await;
        }
    }

    /// Looks after a connection that seems well.
    async fn tend(&self, live: Live) {
        let trust = self.views.trust();
        let is_pushing = trust.holds(self.clock.now_ms()) && trust.is_of(live.incarnation);
        if !is_pushing && self.confirm_incarnation(live).await.is_err() {
            return;
        }
        // What cannot be paid now is owed still.
        let _ = self.pay_owed(live).await;
    }

    async fn connect(&self) -> Result<(), TierError> {
        self.world.travel(1, 4).await;
        let (is_up, is_cut_off, boot, incarnation) = {
            let redis = self.world.redis.lock();
            (redis.is_up, redis.is_cut_off(self.origin), redis.boot, redis.incarnation())
        };
        if is_cut_off {
            sleep_ms(CONNECT_TIMEOUT_MS).await;
        }
        if !is_up || is_cut_off {
            return Err(down());
        }
        let serial = self.serial.fetch_add(1, Ordering::Relaxed) + 1;
        let live = Live { incarnation, boot, serial };
        self.pay_owed(live).await?;
        *self.live.lock() = Some(live);
        Ok(())
    }

    async fn pay_owed(&self, live: Live) -> Result<(), TierError> {
        loop {
            let owed: Vec<(WorkspaceId, View)> =
                self.owed.lock().iter().map(|(workspace, view)| (workspace.clone(), view.clone())).collect();
            if owed.is_empty() {
                return Ok(());
            }
            for (workspace, view) in owed {
                self.merge_on(live, &workspace, view.iter()).await?;
                let mut owed = self.owed.lock();
                if owed.get(&workspace) == Some(&view) {
                    owed.remove(&workspace);
                }
            }
        }
    }

    /// None where another incarnation pushes.
    fn epoch_on(&self, live: Live, epoch: u64) -> u64 {
        if self.views.trust().is_of(live.incarnation) { epoch } else { NO_EPOCH }
    }

    fn live(&self) -> Result<Live, TierError> {
        self.live.lock().ok_or_else(down)
    }

    /// Discards a connection, unless a newer one is in use already.
    fn discard(&self, live: Live) -> TierError {
        let mut current = self.live.lock();
        if current.is_some_and(|current| current.serial == live.serial) {
            *current = None;
            drop(current);
            // The call that noticed goes on without Redis, and may load what another process has.
            self.world.disturb();
            event!(self.world, "origin {}: the Redis connection is discarded", self.origin);
        }
        down()
    }

    /// Runs one command or script. On an error it may have run, or not.
    async fn run<T>(&self, live: Live, command: impl FnOnce(&mut Redis, u64) -> T) -> Result<T, TierError> {
        self.life.go_on().await;
        self.world.travel(0, 2).await;
        self.life.go_on().await;
        self.pass(live).await?;
        let done = {
            let now_ms = self.world.now_ms();
            command(&mut self.world.redis.lock(), now_ms)
        };
        self.world.travel(0, 2).await;
        self.pass(live).await?;
        if self.world.strikes(Fault::RedisReplyLost) {
            self.world.fault(Fault::RedisReplyLost, format_args!("to origin {}", self.origin));
            sleep_ms(RESPONSE_TIMEOUT_MS).await;
            return Err(self.discard(live));
        }
        self.life.go_on().await;
        Ok(done)
    }

    async fn pass(&self, live: Live) -> Result<(), TierError> {
        let (is_gone, is_cut_off) = {
            let redis = self.world.redis.lock();
            (!redis.is_up || redis.boot != live.boot, redis.is_cut_off(self.origin))
        };
        if is_cut_off {
            sleep_ms(RESPONSE_TIMEOUT_MS).await;
        }
        if is_gone || is_cut_off { Err(self.discard(live)) } else { Ok(()) }
    }

    async fn confirm_incarnation(&self, live: Live) -> Result<(), TierError> {
        if self.run(live, |redis, _| redis.incarnation()).await? == live.incarnation {
            return Ok(());
        }
        Err(self.discard(live))
    }

    /// Runs a script that reads or changes generations; lets them begin anew if they are of another incarnation.
    async fn change<T>(
        &self,
        live: Live,
        workspace: &WorkspaceId,
        script: impl Fn(&mut Redis, u64) -> Result<T, OtherIncarnation>,
    ) -> Result<T, TierError> {
        if let Ok(done) = self.run(live, &script).await? {
            return Ok(done);
        }
        self.confirm_incarnation(live).await?;
        event!(self.world, "origin {}: the generations of {workspace} begin anew", self.origin);
        self.run(live, |redis, _| redis.claim(workspace.as_str(), live.incarnation)).await?;
        let refused = |OtherIncarnation| TierError::Refused("another incarnation".to_owned());
        self.run(live, &script).await?.map_err(refused)
    }

    async fn merge_on(
        &self,
        live: Live,
        workspace: &WorkspaceId,
        generations: impl Iterator<Item = (&Tag, Generation)>,
    ) -> Result<(), TierError> {
        let mut generations: Vec<(Tag, u64)> =
            generations.map(|(tag, generation)| (tag.clone(), generation.get())).collect();
        // The script's work does not depend on the order; the event log must not either.
        generations.sort();
        self.change(live, workspace, |redis, now_ms| {
            redis.merge(workspace.as_str(), live.incarnation, &generations, now_ms)
        })
        .await
    }
}

fn down() -> TierError {
    TierError::Down("simulated".to_owned())
}

#[async_trait]
impl SharedTier for SimulatedTier {
    fn stores_entries(&self) -> bool {
        true
    }

    async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.live()?;
        let workspace = key.workspace().as_str();
        // A pipeline is no transaction: another's command may come between.
        let entry = self.run(live, |redis, now_ms| redis.entry(key.as_str(), now_ms)).await?;
        let held =
            self.run(live, |redis, _| redis.generations(workspace, live.incarnation, key.tags())).await?;
        let missing: Vec<Tag> = std::iter::zip(key.tags(), &held)
            .filter(|(_, held)| held.is_none())
            .map(|(tag, _)| tag.clone())
            .collect();
        let generations = if let Some(held) = held.into_iter().collect::<Option<Vec<u64>>>() {
            held
        } else {
            self.change(live, key.workspace(), |redis, now_ms| {
                redis.mint(workspace, live.incarnation, key.tags(), now_ms)
            })
            .await?
        };
        let generations = stamp(key.tags(), &generations);
        event!(
            self.world,
            "origin {}: looks {} up: {}, {}",
            self.origin,
            key.as_str(),
            if entry.is_some() { "found" } else { "nothing" },
            generations.to_token()
        );
        let minted: Vec<_> =
            missing.into_iter().filter_map(|tag| generations.get(&tag).map(|held| (tag, held))).collect();
        let minted = (!minted.is_empty()).then(|| Stamp::new(minted));
        let epoch = self.epoch_on(live, epoch);
        Ok(Lookup { entry, generations, minted, epoch, incarnation: Some(live.incarnation) })
    }

    async fn generations(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.live()?;
        let held =
            self.run(live, |redis, _| redis.generations(workspace.as_str(), live.incarnation, tags)).await?;
        let held: Vec<u64> = held.into_iter().map(Option::unwrap_or_default).collect();
        Ok((stamp(tags, &held), self.epoch_on(live, epoch)))
    }

    async fn hold(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.live()?;
        let held = self
            .change(live, workspace, |redis, now_ms| {
                redis.mint(workspace.as_str(), live.incarnation, tags, now_ms)
            })
            .await?;
        Ok((stamp(tags, &held), self.epoch_on(live, epoch)))
    }

    async fn store(
        &self,
        key: &CacheKey,
        stamp: &Stamp,
        entry: Bytes,
        keep_ms: u64,
    ) -> Result<bool, TierError> {
        let live = self.live()?;
        let stored = self
            .run(live, |redis, now_ms| {
                let workspace = key.workspace().as_str();
                let incarnation = live.incarnation;
                redis.store(
                    workspace,
                    incarnation,
                    key.as_str(),
                    key.narrowest_tag(),
                    stamp,
                    entry,
                    keep_ms,
                    now_ms,
                )
            })
            .await?;
        let outcome = if stored { "stored" } else { "overtaken" };
        event!(self.world, "origin {}: {} {outcome} {}", self.origin, key.as_str(), stamp.to_token());
        Ok(stored)
    }

    async fn invalidate(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        heard: &View,
        written: &[(Tag, &ItemSet)],
    ) -> Result<Recorded, TierError> {
        let indexes = if tags.iter().any(|tag| matches!(tag, Tag::Workspace | Tag::Contacts)) {
            let live = self.live()?;
            let mut known = self.run(live, |redis, _| redis.tags(workspace.as_str())).await?;
            known.retain(|known| tags.iter().any(|tag| tag.includes(known)));
            known
        } else {
            tags.to_vec()
        };
        let least = tags.iter().map(|tag| heard.get(tag)).max().unwrap_or_default().get() + 1;
        let written: Vec<(Tag, u64, ItemSet)> = written
            .iter()
            .map(|(tag, items)| (tag.clone(), heard.get(tag).get(), (*items).clone()))
            .collect();
        let live = self.live()?;
        let (minted, entries) = self
            .change(live, workspace, |redis, now_ms| {
                let incarnation = live.incarnation;
                redis.invalidate(workspace.as_str(), incarnation, &indexes, tags, &written, least, now_ms)
            })
            .await?;
        event!(self.world, "origin {}: Redis mints {minted} for {workspace} {tags:?}", self.origin);
        let generations = Stamp::new(tags.iter().map(|tag| (tag.clone(), Generation::new(minted))).collect());
        Ok(Recorded { generations, entries })
    }

    async fn changes(&self, workspace: &WorkspaceId, tag: &Tag) -> Result<ChangeLog, TierError> {
        let live = self.live()?;
        let log = self.run(live, |redis, _| redis.changes(workspace.as_str(), tag)).await?;
        event!(self.world, "origin {}: reads the log of {workspace} {tag}", self.origin);
        self.world.journal.lock().tally.logs_read += 1;
        Ok(log)
    }

    async fn forget(&self, workspace: &WorkspaceId, minted: &Stamp) {
        if let Ok(live) = self.live() {
            // A tag of nothing that stays does no harm.
            let _ = self.run(live, |redis, _| redis.forget(workspace.as_str(), minted)).await;
        }
    }

    async fn merge(&self, workspace: &WorkspaceId, stamp: &Stamp) -> Result<(), TierError> {
        self.owed.lock().entry(workspace.clone()).or_default().merge_stamp(stamp);
        event!(self.world, "origin {}: merges {workspace} {}", self.origin, stamp.to_token());
        let live = self.live()?;
        self.merge_on(live, workspace, stamp.iter()).await?;
        let mut owed = self.owed.lock();
        if owed
            .get(workspace)
            .is_some_and(|owed| owed.iter().all(|(tag, generation)| stamp.get(tag) == Some(generation)))
        {
            owed.remove(workspace);
        }
        Ok(())
    }

    async fn take_lease(&self, key: &CacheKey, hold_ms: u64) -> Result<Leased, TierError> {
        let serial = self.leases.fetch_add(1, Ordering::Relaxed);
        let token = u128::from(self.life.serial()) << 64 | u128::from(serial);
        let live = self.live()?;
        let is_ours =
            self.run(live, |redis, now_ms| redis.take_lease(key.as_str(), token, hold_ms, now_ms)).await?;
        let lease = is_ours.then_some(Lease(token));
        // A pipeline keeps its order: what the last holder stored is seen.
        let found = self.look_up(key).await;
        if let (Err(_), Some(lease)) = (&found, &lease) {
            self.release_lease(key, lease).await;
        }
        found.map(|lookup| Leased { lease, lookup })
    }

    async fn release_lease(&self, key: &CacheKey, lease: &Lease) {
        if let Ok(live) = self.live() {
            let token = lease.0;
            // A lease that cannot be released expires.
            let _ = self.run(live, |redis, _| redis.release_lease(key.as_str(), token)).await;
        }
    }

    async fn ping(&self) -> Result<(), TierError> {
        let live = self.live()?;
        self.run(live, |_, _| ()).await
    }
}
