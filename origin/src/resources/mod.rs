//! What is cached: one file each, which says how it is read from the source. The pipeline (`crate::cache`) is the same for all.
//!
//! A resource's name, lifetime class and toggle stand in `cache_key::Resource`; its key and tags with its query.

mod contact_counts;
mod contact_details;
mod contact_list;
mod message_history;
mod workspace_config;

use async_trait::async_trait;
use cache_key::CacheKey;
use coherence::ItemSet;

use crate::source::{Asker, ContactSource, SourceError};

/// Something that can be asked for, cached, and read from the source.
#[async_trait]
pub trait Query: Clone + Send + Sync + 'static {
    /// The key of the answer, with the tags that invalidate it.
    fn key(&self) -> CacheKey;

    /// Reads the answer from the source, as the bytes that are stored and sent. `now_secs` is the time since the Unix epoch, in
    /// seconds.
    async fn load(
        &self,
        source: &dyn ContactSource,
        asker: Asker<'_>,
        now_secs: u64,
    ) -> Result<Vec<u8>, SourceError>;

    /// What an answer was read from, where it can be told of changes whether they touched it. `body` is what was loaded.
    fn read_set(&self, _body: &[u8]) -> Option<ItemSet> {
        None
    }
}

/// The members of a JSON object, without its braces: the form in which an answer is stored.
fn members(object: &impl serde::Serialize) -> Result<Vec<u8>, SourceError> {
    let json = serde_json::to_vec(object).map_err(|error| SourceError::Failed(error.to_string()))?;
    let inner = json.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    Ok(inner.ok_or_else(|| SourceError::Failed("not an object".to_owned()))?.to_vec())
}
