//! A page of a contact's messages, newest first.

use async_trait::async_trait;
use cache_key::{CacheKey, MessagesQuery, PageParams};

use super::Query;
use crate::source::{Asker, ContactSource, SourceError};

#[async_trait]
impl Query for MessagesQuery {
    fn key(&self) -> CacheKey {
        Self::key(self)
    }

    async fn load(
        &self,
        source: &dyn ContactSource,
        asker: Asker<'_>,
        _now_secs: u64,
    ) -> Result<Vec<u8>, SourceError> {
        let page = source.messages(asker, self).await?;
        let PageParams { page: number, per_page } = self.params();
        Ok(dto::page::stored_list("messages", &page.messages_json, number, per_page, page.total))
    }
}
