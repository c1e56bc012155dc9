//! The shared tier: how long its round trips took, how they failed, and how full its memory is.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{ChangeLog, ItemSet, Stamp, Tag, View};
use ids::WorkspaceId;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::latency::Latency;
use crate::shared_tier::{Lease, Leased, Lookup, Recorded, SharedTier, TierError};

/// The figures of one operation.
#[derive(Debug, Clone)]
struct Operation {
    took: Latency,
    down: Counter,
    refused: Counter,
}

/// The figures of the shared tier.
#[derive(Debug, Clone)]
pub struct SharedTierFigures {
    look_up: Operation,
    generations: Operation,
    store: Operation,
    invalidate: Operation,
    changes: Operation,
    forget: Operation,
    merge: Operation,
    take_lease: Operation,
    release_lease: Operation,
    ping: Operation,
    /// What the store says of its memory.
    pub memory: RedisMemory,
    /// What compression makes of the entries that are stored.
    pub entry_bytes: EntryBytes,
}

/// The bytes of the entries that were sent to the store, in both forms: the ratio is what compression saves.
#[derive(Debug, Clone, Default)]
pub struct EntryBytes {
    /// As they are served.
    pub identity: Counter,
    /// As they are stored.
    pub stored: Counter,
}

/// How much memory the store uses and may use, in bytes.
#[derive(Debug, Clone, Default)]
pub struct RedisMemory {
    /// What it uses.
    pub used_bytes: Gauge,
    /// What it may use at most; 0 where that is not bounded.
    pub max_bytes: Gauge,
}

impl SharedTierFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let took = Family::<[(&str, &str); 1], Latency>::default();
        let errors = Family::<[(&str, &str); 2], Counter>::default();
        let operation = |operation| Operation {
            took: took.get_or_create_owned(&[("operation", operation)]),
            down: errors.get_or_create_owned(&[("operation", operation), ("kind", "down")]),
            refused: errors.get_or_create_owned(&[("operation", operation), ("kind", "refused")]),
        };
        let figures = Self {
            look_up: operation("look_up"),
            generations: operation("generations"),
            store: operation("store"),
            invalidate: operation("invalidate"),
            changes: operation("changes"),
            forget: operation("forget"),
            merge: operation("merge"),
            take_lease: operation("take_lease"),
            release_lease: operation("release_lease"),
            ping: operation("ping"),
            memory: RedisMemory::default(),
            entry_bytes: {
                let forms = Family::<[(&str, &str); 1], Counter>::default();
                let form = |form| forms.get_or_create_owned(&[("form", form)]);
                let entry_bytes = EntryBytes { identity: form("identity"), stored: form("stored") };
                registry.register(
                    "redis_entry_bytes",
                    "Entries that were sent to Redis, in bytes: as they are served, and as they are stored",
                    forms,
                );
                entry_bytes
            },
        };
        registry.register_with_unit(
            "redis_duration",
            "How long Redis took to answer, or to fail",
            Unit::Seconds,
            took,
        );
        registry.register(
            "redis_errors",
            "What was asked of Redis in vain: it is down, or it answers and refuses",
            errors,
        );
        registry.register_with_unit(
            "redis_memory_used",
            "What Redis says that it uses; 0 until it was asked",
            Unit::Bytes,
            figures.memory.used_bytes.clone(),
        );
        registry.register_with_unit(
            "redis_memory_max",
            "What Redis may use; 0 where it has no bound, or until it was asked",
            Unit::Bytes,
            figures.memory.max_bytes.clone(),
        );
        figures
    }
}

impl Operation {
    async fn measure<T>(&self, work: impl Future<Output = Result<T, TierError>>) -> Result<T, TierError> {
        let began = Instant::now();
        let outcome = work.await;
        self.took.observe(began.elapsed());
        match &outcome {
            Ok(_) => {}
            Err(TierError::Down(_)) => drop(self.down.inc()),
            Err(TierError::Refused(_)) => drop(self.refused.inc()),
        }
        outcome
    }

    /// For what tells nobody how it ended.
    async fn time(&self, work: impl Future<Output = ()>) {
        let began = Instant::now();
        work.await;
        self.took.observe(began.elapsed());
    }
}

/// A shared tier that is measured.
pub struct MeasuredTier {
    tier: Arc<dyn SharedTier>,
    figures: SharedTierFigures,
}

impl MeasuredTier {
    /// Measures what is asked of `tier`.
    #[must_use]
    pub fn new(tier: Arc<dyn SharedTier>, figures: SharedTierFigures) -> Self {
        Self { tier, figures }
    }
}

#[async_trait]
impl SharedTier for MeasuredTier {
    fn stores_entries(&self) -> bool {
        self.tier.stores_entries()
    }

    async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError> {
        self.figures.look_up.measure(self.tier.look_up(key)).await
    }

    async fn generations(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        self.figures.generations.measure(self.tier.generations(workspace, tags)).await
    }

    async fn hold(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError> {
        self.figures.generations.measure(self.tier.hold(workspace, tags)).await
    }

    async fn store(
        &self,
        key: &CacheKey,
        stamp: &Stamp,
        entry: Bytes,
        keep_ms: u64,
    ) -> Result<bool, TierError> {
        self.figures.store.measure(self.tier.store(key, stamp, entry, keep_ms)).await
    }

    async fn invalidate(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        view: &View,
        written: &[(Tag, &ItemSet)],
    ) -> Result<Recorded, TierError> {
        self.figures.invalidate.measure(self.tier.invalidate(workspace, tags, view, written)).await
    }

    async fn changes(&self, workspace: &WorkspaceId, tag: &Tag) -> Result<ChangeLog, TierError> {
        self.figures.changes.measure(self.tier.changes(workspace, tag)).await
    }

    async fn forget(&self, workspace: &WorkspaceId, minted: &Stamp) {
        self.figures.forget.time(self.tier.forget(workspace, minted)).await;
    }

    async fn merge(&self, workspace: &WorkspaceId, stamp: &Stamp) -> Result<(), TierError> {
        self.figures.merge.measure(self.tier.merge(workspace, stamp)).await
    }

    async fn take_lease(&self, key: &CacheKey, hold_ms: u64) -> Result<Leased, TierError> {
        self.figures.take_lease.measure(self.tier.take_lease(key, hold_ms)).await
    }

    async fn release_lease(&self, key: &CacheKey, lease: &Lease) {
        self.figures.release_lease.time(self.tier.release_lease(key, lease)).await;
    }

    async fn ping(&self) -> Result<(), TierError> {
        self.figures.ping.measure(self.tier.ping()).await
    }
}
