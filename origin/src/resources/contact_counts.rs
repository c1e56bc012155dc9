//! The counts of a workspace's contacts, one of which is the caller's own.

use async_trait::async_trait;
use cache_key::{CacheKey, CountsQuery};

use super::{Query, members};
use crate::source::{Asker, ContactSource, SourceError};

#[async_trait]
impl Query for CountsQuery {
    fn key(&self) -> CacheKey {
        Self::key(self)
    }

    async fn load(
        &self,
        source: &dyn ContactSource,
        asker: Asker<'_>,
        now_secs: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let counts = source.contact_counts(asker, self.workspace(), self.user(), now_secs).await?;
        // The source counts nothing for somebody who was removed a moment ago. That must not be kept for their return.
        if counts.total == 0
            && let Asker::User { id, .. } = asker
            && source.role(asker, id, self.workspace()).await?.is_none()
        {
            return Err(SourceError::NotFound);
        }
        members(&counts)
    }
}
