//! One contact, with every column of it.

use async_trait::async_trait;
use cache_key::{CacheKey, ContactQuery};

use super::Query;
use crate::source::{Asker, ContactSource, SourceError};

#[async_trait]
impl Query for ContactQuery {
    fn key(&self) -> CacheKey {
        Self::key(self)
    }

    async fn load(
        &self,
        source: &dyn ContactSource,
        asker: Asker<'_>,
        _now_secs: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let contact = source.contact(asker, self.workspace(), self.contact()).await?;
        Ok([br#""contact":"#, &*contact].concat())
    }
}
