//! The shared tier in Redis.
//!
//! A workspace has a hash of generations beside its entries. Every change of a generation is one script, so it is atomic, and
//! publishes what it changed before the caller hears of it. A look-up is one round trip: the entry first, the generations
//! after it, so that an invalidation in between can only make the entry unservable.

mod keys;
mod link;
pub mod memory_watch;
mod popular;
mod push;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{ChangeLog, Generation, ItemSet, Stamp, Tag, View};
use ids::WorkspaceId;
use parking_lot::Mutex;
use redis::{FromRedisValue, Pipeline, RedisError, Script, ScriptInvocation};

use self::link::{Link, Live, OnConnect, RECONNECT_PAUSE};
use super::compression::{self, Compression};
use super::{Lease, Leased, Lookup, Recorded, SharedTier, TierError};
use crate::cache::views::{NO_EPOCH, Views};
use crate::clock::Clock;
use crate::unique;

/// Entries and generations in Redis.
pub struct RedisTier {
    link: Arc<Link>,
    views: Arc<Views>,
    clock: Arc<dyn Clock>,
    scripts: Scripts,
    compression: Compression,
    /// What was minted here, or heard of, while Redis could not be reached: merged before it is used again.
    owed: Mutex<HashMap<WorkspaceId, View>>,
}

struct Scripts {
    claim: Script,
    mint: Script,
    store: Script,
    invalidate: Script,
    merge: Script,
    forget: Script,
    release: Script,
}

impl RedisTier {
    /// A tier on the first of `urls` that answers. It connects in the background, and again whenever the connection breaks;
    /// `views` are told of every generation.
    pub async fn start(
        urls: &[String],
        views: Arc<Views>,
        clock: Arc<dyn Clock>,
        staleness_bound: Duration,
        compression: Compression,
    ) -> Result<Arc<Self>, RedisError> {
        let link = Link::new(urls)?;
        let tier = Arc::new(Self {
            link: link.clone(),
            views: views.clone(),
            clock: clock.clone(),
            compression,
            scripts: Scripts {
                claim: Script::new(include_str!("claim.lua")),
                mint: Script::new(concat!(include_str!("incarnation.lua"), include_str!("mint.lua"))),
                store: Script::new(include_str!("store.lua")),
                invalidate: Script::new(concat!(
                    include_str!("incarnation.lua"),
                    include_str!("record.lua"),
                    include_str!("invalidate.lua")
                )),
                merge: Script::new(concat!(
                    include_str!("incarnation.lua"),
                    include_str!("record.lua"),
                    include_str!("merge.lua")
                )),
                forget: Script::new(include_str!("forget.lua")),
                release: Script::new(include_str!("release.lua")),
            },
            owed: Mutex::default(),
        });
        match link.connect(&*tier).await {
            Ok(()) => tracing::info!("connected to Redis"),
            Err(error) => tracing::warn!(%error, "Redis cannot be reached; going on without it"),
        }
        tokio::spawn(push::listen(link, views, clock, staleness_bound));
        tokio::spawn(Self::stay_connected(Arc::downgrade(&tier)));
        Ok(tier)
    }

    async fn stay_connected(tier: std::sync::Weak<Self>) {
        loop {
            tokio::time::sleep(RECONNECT_PAUSE).await;
            let Some(tier) = tier.upgrade() else { return };
            match tier.link.live() {
                Ok(live) => tier.tend(&live).await,
                Err(_) if tier.link.connect(&*tier).await.is_ok() => {
                    tracing::info!("connected to Redis again");
                }
                Err(_) => {}
            }
        }
    }

    /// Looks after a connection that seems well.
    async fn tend(&self, live: &Live) {
        let trust = self.views.trust();
        // Where another incarnation pushes, one of the two is behind; where none does, this one may be a master no more, and would answer all the same.
        let is_pushing = trust.holds(self.clock.now_ms()) && trust.is_of(live.incarnation);
        if !is_pushing && self.link.confirm_incarnation(live).await.is_err() {
            return;
        }
        // A call that failed half-way may have left something owed.
        if !self.owed.lock().is_empty()
            && let Err(error) = self.on_connect(live).await
        {
            tracing::debug!(%error, "what is owed to Redis waits");
        }
    }

    /// The epoch in which something was asked on a connection; none where that is to another incarnation than the one that pushes: what it does not
    /// know of nobody will tell.
    fn epoch_on(&self, live: &Live, epoch: u64) -> u64 {
        if self.views.trust().is_of(live.incarnation) { epoch } else { NO_EPOCH }
    }

    fn owe(&self, workspace: &WorkspaceId, stamp: &Stamp) {
        self.owed.lock().entry(workspace.clone()).or_default().merge_stamp(stamp);
    }

    /// Runs a script that reads or changes generations. If those are of another incarnation, they begin anew, once it is sure that
    /// it is not this process that is behind.
    async fn change<T: FromRedisValue>(
        &self,
        live: &Live,
        workspace: &WorkspaceId,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, TierError> {
        let outcome = script.invoke_async(&mut live.connection.clone()).await;
        if !matches!(&outcome, Err(error) if is_of_another_incarnation(error)) {
            return self.link.settle(live, outcome);
        }
        self.link.confirm_incarnation(live).await?;
        let mut claim = self.scripts.claim.key(keys::generations(workspace));
        claim.arg(&*live.incarnation_hex);
        let claimed: Result<u8, RedisError> = claim.invoke_async(&mut live.connection.clone()).await;
        self.link.settle(live, claimed)?;
        self.link.settle(live, script.invoke_async(&mut live.connection.clone()).await)
    }

    async fn merge_on(
        &self,
        live: &Live,
        workspace: &WorkspaceId,
        generations: impl Iterator<Item = (&Tag, Generation)>,
        renumbered_at_most: u64,
    ) -> Result<(), TierError> {
        let mut call = self.scripts.merge.key(keys::generations(workspace));
        call.arg(&*live.incarnation_hex).arg(keys::CHANNEL).arg(workspace.as_str());
        call.arg(renumbered_at_most).arg(ChangeLog::MAX_LEN);
        for (tag, generation) in generations {
            call.key(keys::changes(workspace, tag));
            call.arg(tag.to_string()).arg(generation.get());
        }
        let _: u64 = self.change(live, workspace, &call).await?;
        Ok(())
    }

    async fn mint(&self, live: &Live, workspace: &WorkspaceId, tags: &[Tag]) -> Result<Stamp, TierError> {
        let mut call = self.scripts.mint.key(keys::generations(workspace));
        call.arg(&*live.incarnation_hex);
        for tag in tags {
            call.arg(tag.to_string());
        }
        let generations: Vec<u64> = self.change(live, workspace, &call).await?;
        stamp(tags, &generations)
    }

    async fn release_on(&self, live: &Live, key: &CacheKey, lease: &Lease) {
        let mut call = self.scripts.release.key(keys::lease(key));
        let outcome = call.arg(lease.token()).invoke_async(&mut live.connection.clone()).await;
        let released: Result<u8, TierError> = self.link.settle(live, outcome);
        if let Err(error) = released {
            tracing::debug!(%error, "a lease is left to expire");
        }
    }

    /// What the answers to [`ask_for`] say.
    async fn found(
        &self,
        key: &CacheKey,
        live: &Live,
        epoch: u64,
        (entry, held_here): Found,
    ) -> Result<Lookup, TierError> {
        let held = held(held_here, live, key.tags().len());
        let missing: Vec<bool> = held.iter().map(Option::is_none).collect();
        let generations = match held.into_iter().collect::<Option<Vec<u64>>>() {
            Some(held) => stamp(key.tags(), &held)?,
            None => self.mint(live, key.workspace(), key.tags()).await?,
        };
        let minted: Vec<_> = std::iter::zip(key.tags(), missing)
            .filter(|(_, missing)| *missing)
            .filter_map(|(tag, _)| Some((tag.clone(), generations.get(tag)?)))
            .collect();
        let minted = (!minted.is_empty()).then(|| Stamp::new(minted));
        let entry = entry.and_then(|stored| compression::restore(stored.into()));
        let epoch = self.epoch_on(live, epoch);
        Ok(Lookup { entry, generations, minted, epoch, incarnation: Some(live.incarnation) })
    }

    /// The censuses that an invalidation of `tags` adds up and begins anew: those of every tag that one of them includes.
    async fn censuses(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<Vec<String>, TierError> {
        if !tags.iter().any(|tag| matches!(tag, Tag::Workspace | Tag::Contacts)) {
            return Ok(tags.iter().map(|tag| keys::census(workspace, tag)).collect());
        }
        let known: Vec<String> = self
            .link
            .call(|mut connection| async move {
                redis::cmd("HKEYS").arg(keys::generations(workspace)).query_async(&mut connection).await
            })
            .await?;
        let known = known.iter().filter_map(|known| Tag::parse(known).ok());
        let included = known.filter(|known| tags.iter().any(|tag| tag.includes(known)));
        // Each once; those that are named even if their generations are lost.
        let all: BTreeSet<Tag> = tags.iter().cloned().chain(included).collect();
        Ok(all.iter().map(|tag| keys::census(workspace, tag)).collect())
    }
}

/// An entry, and the answer to `HMGET` of [`keys::INCARNATION`] and of its key's generations.
type Found = (Option<Vec<u8>>, Vec<Option<String>>);

/// Asks for an entry, and after it for its generations.
fn ask_for(pipeline: &mut Pipeline, key: &CacheKey) {
    pipeline.get(keys::entry(key));
    let generations = pipeline.cmd("HMGET").arg(keys::generations(key.workspace())).arg(keys::INCARNATION);
    for tag in key.tags() {
        generations.arg(tag.to_string());
    }
}

/// The answer of a script to generations that another incarnation has minted.
fn is_of_another_incarnation(error: &RedisError) -> bool {
    error.code() == Some("OTHERINCARNATION")
}

/// What is held of `count` generations, from the answer to `HMGET` of [`keys::INCARNATION`] and of them: nothing if they are of
/// another incarnation.
fn held(answer: Vec<Option<String>>, live: &Live, count: usize) -> Vec<Option<u64>> {
    let mut answer = answer.into_iter();
    if answer.next().flatten().is_none_or(|incarnation| *incarnation != *live.incarnation_hex) {
        return vec![None; count];
    }
    answer.map(|generation| generation?.parse().ok()).collect()
}

fn stamp(tags: &[Tag], generations: &[u64]) -> Result<Stamp, TierError> {
    if tags.len() != generations.len() {
        return Err(TierError::Refused("generations are missing".to_owned()));
    }
    Ok(Stamp::new(tags.iter().cloned().zip(generations.iter().map(|g| Generation::new(*g))).collect()))
}

#[async_trait]
impl OnConnect for RedisTier {
    /// Before Redis is trusted again it hears what it missed.
    async fn on_connect(&self, live: &Live) -> Result<(), TierError> {
        loop {
            // What is owed is taken only once Redis has it: an error in between forgets nothing.
            let owed: Vec<(WorkspaceId, View)> =
                self.owed.lock().iter().map(|(workspace, view)| (workspace.clone(), view.clone())).collect();
            if owed.is_empty() {
                return Ok(());
            }
            for (workspace, view) in owed {
                // A generation that was minted without Redis is of a change that nobody has on record.
                self.merge_on(live, &workspace, view.iter(), 0).await?;
                let mut owed = self.owed.lock();
                if owed.get(&workspace) == Some(&view) {
                    owed.remove(&workspace);
                }
            }
        }
    }
}

#[async_trait]
impl SharedTier for RedisTier {
    fn stores_entries(&self) -> bool {
        true
    }

    async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.link.live()?;
        let mut pipeline = redis::pipe();
        ask_for(&mut pipeline, key);
        let outcome = pipeline.query_async(&mut live.connection.clone()).await;
        let answer = self.link.settle(&live, outcome)?;
        self.found(key, &live, epoch, answer).await
    }

    async fn generations(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.link.live()?;
        let mut command = redis::cmd("HMGET");
        command.arg(keys::generations(workspace)).arg(keys::INCARNATION);
        for tag in tags {
            command.arg(tag.to_string());
        }
        let outcome = command.query_async(&mut live.connection.clone()).await;
        let held = held(self.link.settle(&live, outcome)?, &live, tags.len());
        let held: Vec<u64> = held.into_iter().map(Option::unwrap_or_default).collect();
        Ok((stamp(tags, &held)?, self.epoch_on(&live, epoch)))
    }

    async fn hold(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.link.live()?;
        let held = self.mint(&live, workspace, tags).await?;
        Ok((held, self.epoch_on(&live, epoch)))
    }

    async fn store(
        &self,
        key: &CacheKey,
        stamp: &Stamp,
        entry: Bytes,
        keep_ms: u64,
    ) -> Result<bool, TierError> {
        let live = self.link.live()?;
        let entry = self.compression.stored_form(entry);
        let mut call = self.scripts.store.key(keys::generations(key.workspace()));
        call.key(keys::entry(key)).key(keys::census(key.workspace(), key.narrowest_tag()));
        call.arg(&*live.incarnation_hex).arg(entry.as_ref()).arg(keep_ms);
        call.arg(keys::CHANNEL).arg(key.workspace().as_str());
        for (tag, generation) in stamp.iter() {
            call.arg(tag.to_string()).arg(generation.get());
        }
        let outcome = call.invoke_async(&mut live.connection.clone()).await;
        let stored: u8 = self.link.settle(&live, outcome)?;
        Ok(stored == 1)
    }

    async fn invalidate(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        heard: &View,
        written: &[(Tag, &ItemSet)],
    ) -> Result<Recorded, TierError> {
        let censuses = self.censuses(workspace, tags).await?;
        let least = tags.iter().map(|tag| heard.get(tag)).max().unwrap_or_default().get() + 1;
        let live = self.link.live()?;
        let mut call = self.scripts.invalidate.key(keys::generations(workspace));
        for (tag, _) in written {
            call.key(keys::changes(workspace, tag));
        }
        for census in censuses {
            call.key(census);
        }
        call.arg(&*live.incarnation_hex).arg(keys::CHANNEL).arg(workspace.as_str()).arg(least);
        call.arg(tags.len()).arg(written.len()).arg(ChangeLog::MAX_LEN).arg(ChangeLog::MAX_RENUMBERED);
        for tag in tags {
            call.arg(tag.to_string());
        }
        for (tag, items) in written {
            call.arg(tag.to_string()).arg(heard.get(tag).get()).arg(items.to_hex());
        }
        let (minted, entries): (u64, u64) = self.change(&live, workspace, &call).await?;
        let generations = Stamp::new(tags.iter().map(|tag| (tag.clone(), Generation::new(minted))).collect());
        Ok(Recorded { generations, entries })
    }

    async fn changes(&self, workspace: &WorkspaceId, tag: &Tag) -> Result<ChangeLog, TierError> {
        let records: Vec<String> = self
            .link
            .call(|mut connection| async move {
                let list = keys::changes(workspace, tag);
                redis::cmd("LRANGE").arg(list).arg(0).arg(-1).query_async(&mut connection).await
            })
            .await?;
        Ok(ChangeLog::parse(records.iter().map(String::as_str)))
    }

    async fn forget(&self, workspace: &WorkspaceId, minted: &Stamp) {
        let forgotten: Result<u8, TierError> = self
            .link
            .call(|mut connection| async move {
                let mut call = self.scripts.forget.key(keys::generations(workspace));
                for (tag, generation) in minted.iter() {
                    call.arg(tag.to_string()).arg(generation.get());
                }
                call.invoke_async(&mut connection).await
            })
            .await;
        if let Err(error) = forgotten {
            tracing::debug!(%error, "a tag of nothing is left in Redis");
        }
    }

    async fn merge(&self, workspace: &WorkspaceId, stamp: &Stamp) -> Result<(), TierError> {
        // Owed first: if the call fails half-way, the next connection makes up for it.
        self.owe(workspace, stamp);
        let live = self.link.live()?;
        self.merge_on(&live, workspace, stamp.iter(), ChangeLog::MAX_RENUMBERED).await?;
        let mut owed = self.owed.lock();
        if owed.get(workspace).is_some_and(|owed| owed.iter().all(|(tag, g)| stamp.get(tag) == Some(g))) {
            owed.remove(workspace);
        }
        Ok(())
    }

    async fn take_lease(&self, key: &CacheKey, hold_ms: u64) -> Result<Leased, TierError> {
        let epoch = self.views.trust().epoch();
        let live = self.link.live()?;
        let lease = Lease(unique::number());
        let mut pipeline = redis::pipe();
        pipeline.cmd("SET").arg(keys::lease(key)).arg(lease.token()).arg("NX").arg("PX").arg(hold_ms);
        ask_for(&mut pipeline, key);
        let outcome = pipeline.query_async(&mut live.connection.clone()).await;
        let (taken, entry, held): (Option<String>, _, _) = self.link.settle(&live, outcome)?;
        let lease = taken.map(|_| lease);
        let found = self.found(key, &live, epoch, (entry, held)).await;
        if let (Err(_), Some(lease)) = (&found, &lease) {
            // On the connection that took it, which may have been discarded: others would wait until the lease expires.
            self.release_on(&live, key, lease).await;
        }
        found.map(|lookup| Leased { lease, lookup })
    }

    async fn release_lease(&self, key: &CacheKey, lease: &Lease) {
        match self.link.live() {
            Ok(live) => self.release_on(&live, key, lease).await,
            Err(error) => tracing::debug!(%error, "a lease is left to expire"),
        }
    }

    async fn ping(&self) -> Result<(), TierError> {
        self.link
            .call(|mut connection| async move { redis::cmd("PING").query_async(&mut connection).await })
            .await
    }
}
