//! A page of a board's contacts; with a search term, a page of what is found.

use async_trait::async_trait;
use cache_key::{CacheKey, ListQuery};

use super::Query;
use crate::source::{Asker, ContactSource, SourceError};

#[async_trait]
impl Query for ListQuery {
    fn key(&self) -> CacheKey {
        Self::key(self)
    }

    async fn load(
        &self,
        source: &dyn ContactSource,
        asker: Asker<'_>,
        now_secs: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let page = source.list_contacts(asker, self, now_secs).await?;
        Ok(dto::page::stored_part(&page.contacts_json, self.params(), page.total))
    }
}
