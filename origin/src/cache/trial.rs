//! A read through the cache under a key of its own, to be measured: see `http::cache_settings::test_performance`.

use std::sync::Arc;

use cache_key::{CacheKey, TrialQuery};
use identity::VerifiedWorkspace;

use super::answer::CacheError;
use super::load::Purpose;
use super::page::CachedPage;
use super::pipeline::Cache;
use super::request::ReadRequest;
use crate::resources::Query;
use crate::unique;

/// For how long a trial's entry is kept, in seconds.
const KEEP_SECS: u32 = 60;

/// One trial.
pub struct Trial<'a> {
    cache: &'a Arc<Cache>,
    key: CacheKey,
}

impl<'a> Trial<'a> {
    /// A trial under a key that nobody has.
    #[must_use]
    pub fn new(cache: &'a Arc<Cache>, workspace: &VerifiedWorkspace) -> Self {
        Self { cache, key: TrialQuery::new(workspace, unique::number()).key() }
    }

    /// Looks, finds nothing, reads the source, and stores: in the shared tier if there is one, else in memory. Whether it was stored: an
    /// invalidation may have overtaken it.
    pub async fn read_cold<Q: Query>(&self, request: &ReadRequest<Q>) -> Result<bool, CacheError> {
        let lookup = self.cache.look_up(&self.key).await.map_err(|_| CacheError::SharedTierAway)?;
        let page =
            self.cache.read_source(&self.key, request, KEEP_SECS, Some(&lookup), Purpose::Answer).await?;
        if self.cache.shared.stores_entries() {
            let (stamp, entry) = (&page.header().stamp, page.encoded().clone());
            let keep_ms = u64::from(KEEP_SECS) * 1000;
            let stored = self.cache.shared.store(&self.key, stamp, entry, keep_ms).await;
            return stored.map_err(|_| CacheError::SharedTierAway);
        }
        self.cache.memory.put(&self.key, &page);
        Ok(true)
    }

    /// Looks again, and finds it; `None` if it was evicted.
    pub async fn read_warm(&self) -> Result<Option<Arc<CachedPage>>, CacheError> {
        if !self.cache.shared.stores_entries() {
            return Ok(self.cache.memory.get(&self.key));
        }
        let lookup = self.cache.look_up(&self.key).await.map_err(|_| CacheError::SharedTierAway)?;
        let page = lookup.entry.map(CachedPage::decode).transpose().map_err(|_| CacheError::Internal)?;
        Ok(page.map(Arc::new))
    }
}
