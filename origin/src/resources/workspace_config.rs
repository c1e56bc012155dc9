//! The cache settings of a workspace, as the database holds them; the defaults where nobody has made any.

use async_trait::async_trait;
use cache_key::{CacheKey, SettingsQuery};
use dto::settings::CacheSettings;

use super::Query;
use crate::source::{Asker, ContactSource, SourceError};

#[async_trait]
impl Query for SettingsQuery {
    fn key(&self) -> CacheKey {
        Self::key(self)
    }

    async fn load(
        &self,
        source: &dyn ContactSource,
        _asker: Asker<'_>,
        _now_secs: u64,
    ) -> Result<Vec<u8>, SourceError> {
        // As the service: the answer is kept for everybody, and to somebody who was removed a moment ago the source would show none.
        let settings = source.settings(Asker::Service, self.workspace()).await?;
        let settings = settings.map_or_else(CacheSettings::default, |stored| stored.cache);
        serde_json::to_vec(&settings.stored()).map_err(|error| SourceError::Failed(error.to_string()))
    }
}
