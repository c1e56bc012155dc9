//! The shared tier in Redis.
//!
//! A workspace has a hash of generations beside its entries. Every change of a generation is one script, so it is atomic, and
//! publishes what it changed before the caller hears of it. A look-up is one round trip: the entry first, the generations
//! after it, so that an invalidation in between can only make the entry unservable.

mod keys;
mod link;
mod push;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{Generation, Stamp, Tag, View};
use ids::WorkspaceId;
use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{RedisError, Script};

use self::link::{Link, OnConnect, RECONNECT_PAUSE};
use super::{Lease, Lookup, Recorded, SharedTier, TierError};
use crate::cache::views::Views;
use crate::clock::Clock;

/// Entries and generations in Redis.
pub struct RedisTier {
    link: Arc<Link>,
    views: Arc<Views>,
    scripts: Scripts,
    /// What was minted here, or heard of, while Redis could not be reached: merged before it is used again.
    owed: Mutex<HashMap<WorkspaceId, View>>,
}

struct Scripts {
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
    ) -> Result<Arc<Self>, RedisError> {
        let link = Link::new(urls)?;
        let tier = Arc::new(Self {
            link: link.clone(),
            views: views.clone(),
            scripts: Scripts {
                mint: Script::new(include_str!("mint.lua")),
                store: Script::new(include_str!("store.lua")),
                invalidate: Script::new(include_str!("invalidate.lua")),
                merge: Script::new(include_str!("merge.lua")),
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
            if tier.link.is_live() {
                // A call that failed half-way may have left something owed on a connection that is well.
                tier.pay_owed().await;
            } else if tier.link.connect(&*tier).await.is_ok() {
                tracing::info!("connected to Redis again");
            }
        }
    }

    async fn pay_owed(&self) {
        if self.owed.lock().is_empty() {
            return;
        }
        if let Ok(live) = self.link.live() {
            let outcome = self.on_connect(&mut live.connection.clone()).await;
            if let Err(error) = self.link.settle(&live, outcome) {
                tracing::debug!(%error, "what is owed to Redis waits");
            }
        }
    }

    fn owe(&self, workspace: &WorkspaceId, stamp: &Stamp) {
        self.owed.lock().entry(workspace.clone()).or_default().merge_stamp(stamp);
    }

    async fn merge_on(
        &self,
        connection: &mut MultiplexedConnection,
        workspace: &WorkspaceId,
        generations: impl Iterator<Item = (&Tag, Generation)>,
    ) -> Result<(), RedisError> {
        let mut call = self.scripts.merge.key(keys::generations(workspace));
        call.arg(keys::CHANNEL).arg(workspace.as_str());
        for (tag, generation) in generations {
            call.arg(tag.to_string()).arg(generation.get());
        }
        let _: u64 = call.invoke_async(connection).await?;
        Ok(())
    }

    async fn mint(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<Stamp, TierError> {
        let generations: Vec<u64> = self
            .link
            .call(|mut connection| async move {
                let mut call = self.scripts.mint.key(keys::generations(workspace));
                for tag in tags {
                    call.arg(tag.to_string());
                }
                call.invoke_async(&mut connection).await
            })
            .await?;
        stamp(tags, &generations)
    }

    /// The censuses that an invalidation of `tags` adds up and begins anew; all of the workspace's when it goes as a whole.
    async fn censuses(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<Vec<String>, TierError> {
        if !tags.contains(&Tag::Workspace) {
            return Ok(tags.iter().map(|tag| keys::census(workspace, tag)).collect());
        }
        let known: Vec<String> = self
            .link
            .call(|mut connection| async move {
                redis::cmd("HKEYS").arg(keys::generations(workspace)).query_async(&mut connection).await
            })
            .await?;
        Ok(known
            .iter()
            .filter_map(|tag| Tag::parse(tag).ok())
            .map(|tag| keys::census(workspace, &tag))
            .collect())
    }
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
    async fn on_connect(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        loop {
            // What is owed is taken only once Redis has it: an error in between forgets nothing.
            let owed: Vec<(WorkspaceId, View)> =
                self.owed.lock().iter().map(|(workspace, view)| (workspace.clone(), view.clone())).collect();
            if owed.is_empty() {
                return Ok(());
            }
            for (workspace, view) in owed {
                self.merge_on(connection, &workspace, view.iter()).await?;
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
        pipeline.get(keys::entry(key));
        let get_generations = pipeline.cmd("HMGET").arg(keys::generations(key.workspace()));
        for tag in key.tags() {
            get_generations.arg(tag.to_string());
        }
        let outcome = pipeline.query_async(&mut live.connection.clone()).await;
        let (entry, held): (Option<Vec<u8>>, Vec<Option<u64>>) = self.link.settle(&live, outcome)?;
        let missing: Vec<bool> = held.iter().map(Option::is_none).collect();
        let generations = match held.into_iter().collect::<Option<Vec<u64>>>() {
            Some(held) => stamp(key.tags(), &held)?,
            None => self.mint(key.workspace(), key.tags()).await?,
        };
        let minted: Vec<_> = std::iter::zip(key.tags(), missing)
            .filter(|(_, missing)| *missing)
            .filter_map(|(tag, _)| Some((tag.clone(), generations.get(tag)?)))
            .collect();
        let minted = (!minted.is_empty()).then(|| Stamp::new(minted));
        let entry = entry.map(Bytes::from);
        Ok(Lookup { entry, generations, minted, epoch, incarnation: Some(live.incarnation) })
    }

    async fn generations(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        let epoch = self.views.trust().epoch();
        let held: Vec<Option<u64>> = self
            .link
            .call(|mut connection| async move {
                let mut command = redis::cmd("HMGET");
                command.arg(keys::generations(workspace));
                for tag in tags {
                    command.arg(tag.to_string());
                }
                command.query_async(&mut connection).await
            })
            .await?;
        let held: Vec<u64> = held.into_iter().map(Option::unwrap_or_default).collect();
        Ok((stamp(tags, &held)?, epoch))
    }

    async fn store(
        &self,
        key: &CacheKey,
        stamp: &Stamp,
        entry: Bytes,
        keep_ms: u64,
    ) -> Result<bool, TierError> {
        let stored: u8 = self
            .link
            .call(|mut connection| async move {
                let mut call = self.scripts.store.key(keys::generations(key.workspace()));
                call.key(keys::entry(key)).key(keys::census(key.workspace(), keys::census_tag(key)));
                call.arg(entry.as_ref()).arg(keep_ms);
                call.arg(keys::CHANNEL).arg(key.workspace().as_str());
                for (tag, generation) in stamp.iter() {
                    call.arg(tag.to_string()).arg(generation.get());
                }
                call.invoke_async(&mut connection).await
            })
            .await?;
        Ok(stored == 1)
    }

    async fn invalidate(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        heard: &View,
    ) -> Result<Recorded, TierError> {
        let censuses = self.censuses(workspace, tags).await?;
        let least = tags.iter().map(|tag| heard.get(tag)).max().unwrap_or_default().get() + 1;
        let (minted, entries): (u64, u64) = self
            .link
            .call(|mut connection| async move {
                let mut call = self.scripts.invalidate.key(keys::generations(workspace));
                for census in censuses {
                    call.key(census);
                }
                call.arg(keys::CHANNEL).arg(workspace.as_str()).arg(least);
                for tag in tags {
                    call.arg(tag.to_string());
                }
                call.invoke_async(&mut connection).await
            })
            .await?;
        let generations = Stamp::new(tags.iter().map(|tag| (tag.clone(), Generation::new(minted))).collect());
        Ok(Recorded { generations, entries })
    }

    async fn forget(&self, workspace: &WorkspaceId, minted: &Stamp) {
        let forgotten: Result<u8, TierError> = self
            .link
            .call(|mut connection| async move {
                let mut call = self.scripts.forget.key(keys::generations(workspace));
                for (tag, generation) in minted.iter().filter(|(tag, _)| **tag != Tag::Workspace) {
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
        let outcome = self.merge_on(&mut live.connection.clone(), workspace, stamp.iter()).await;
        self.link.settle(&live, outcome)?;
        let mut owed = self.owed.lock();
        if owed.get(workspace).is_some_and(|owed| owed.iter().all(|(tag, g)| stamp.get(tag) == Some(g))) {
            owed.remove(workspace);
        }
        Ok(())
    }

    async fn take_lease(&self, key: &CacheKey, hold_ms: u64) -> Result<Option<Lease>, TierError> {
        let lease = Lease(lease_token());
        let taken: Option<String> = self
            .link
            .call(|mut connection| async move {
                redis::cmd("SET")
                    .arg(keys::lease(key))
                    .arg(format!("{:032x}", lease.0))
                    .arg("NX")
                    .arg("PX")
                    .arg(hold_ms)
                    .query_async(&mut connection)
                    .await
            })
            .await?;
        Ok(taken.map(|_| Lease(lease.0)))
    }

    async fn release_lease(&self, key: &CacheKey, lease: &Lease) {
        let token = format!("{:032x}", lease.0);
        let released: Result<u8, TierError> = self
            .link
            .call(|mut connection| async move {
                self.scripts.release.key(keys::lease(key)).arg(token).invoke_async(&mut connection).await
            })
            .await;
        if let Err(error) = released {
            tracing::debug!(%error, "a lease is left to expire");
        }
    }

    async fn ping(&self) -> Result<(), TierError> {
        self.link
            .call(|mut connection| async move { redis::cmd("PING").query_async(&mut connection).await })
            .await
    }
}

/// A token that no other holder has: random by the standard library's hasher keys, plus a counter.
fn lease_token() -> u128 {
    use std::hash::{BuildHasher as _, RandomState};
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    u128::from(*PROCESS) << 64 | u128::from(COUNT.fetch_add(1, Ordering::Relaxed))
}
