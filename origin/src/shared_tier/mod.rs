//! The shared tier: what all origin processes share, and who has the last word on generations.
//!
//! With Redis it is [`redis::RedisTier`]. Without, [`local::LocalTier`] keeps the generations of the one process and
//! stores no entries. The pipeline knows this trait alone, so that a simulation can put a faulty store in its place.

pub mod compression;
pub mod local;
pub mod redis;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{ChangeLog, ItemSet, Stamp, Tag, View};
use ids::WorkspaceId;

/// What a look-up found, in one round trip.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The encoded entry, if there is one.
    pub entry: Option<Bytes>,
    /// The generations of the key's tags, read after the entry: an entry that they have not overtaken is servable.
    pub generations: Stamp,
    /// Those of `generations` that were minted for this look-up.
    pub minted: Option<Stamp>,
    /// The epoch in which `generations` were asked for; see [`crate::cache::views`].
    pub epoch: u64,
    /// The incarnation of the store that answered: an entry of another one is not trusted.
    pub incarnation: Option<[u8; 20]>,
}

/// An invalidation that has been recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The generations that were minted, one for each tag.
    pub generations: Stamp,
    /// How many stored entries they overtook.
    pub entries: u64,
}

/// The shared tier cannot be used now. The caller goes on without it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TierError {
    /// There is no connection, or it just broke.
    #[error("the shared tier cannot be reached: {0}")]
    Down(String),
    /// It answers, and refuses: it must not be written now, or the answer makes no sense. Other processes may still rely on it.
    #[error("the shared tier refused: {0}")]
    Refused(String),
}

/// What a key was found to be once its lease was taken, or was seen to be another's.
#[derive(Debug, Clone)]
pub struct Leased {
    /// `None` while another process has it.
    pub lease: Option<Lease>,
    /// What was found after that.
    pub lookup: Lookup,
}

/// The right to load a key, held by one process at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease(pub u128);

impl Lease {
    /// What the holder shows when it gives the lease back.
    fn token(&self) -> String {
        format!("{:032x}", self.0)
    }
}

/// Entries and generations that all origin processes share.
#[async_trait]
pub trait SharedTier: Send + Sync + 'static {
    /// Whether entries can be stored here at all. If not, nothing is written and no lease is asked for.
    fn stores_entries(&self) -> bool;

    /// Reads an entry and the generations of its tags. A generation that is not held is minted afresh, which makes older
    /// entries unservable.
    async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError>;

    /// Reads the generations of `tags`, [`coherence::Generation::ZERO`] for those that are not held, and mints none: the
    /// workspace may be one that nobody verified. With the epoch in which they were asked for.
    async fn generations(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError>;

    /// Reads the generations of `tags`, and mints those that are not held, which makes older entries unservable. For a workspace that somebody
    /// verified names. With the epoch in which they were asked for.
    async fn hold(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Result<(Stamp, u64), TierError>;

    /// Stores an entry for `keep_ms`, unless one of its tags has moved on since. Generations of the stamp that the tier has
    /// not heard of are merged first. Returns whether it was stored.
    async fn store(
        &self,
        key: &CacheKey,
        stamp: &Stamp,
        entry: Bytes,
        keep_ms: u64,
    ) -> Result<bool, TierError>;

    /// Mints one generation for all of `tags`, above each of their last ones and above those of `view`, and tells every
    /// process. In the same step it is put on record what was `written` under it, for the tags of which that is known.
    async fn invalidate(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
        view: &View,
        written: &[(Tag, &ItemSet)],
    ) -> Result<Recorded, TierError>;

    /// What is on record of the last changes of a tag. It may be later than generations that were read before.
    async fn changes(&self, workspace: &WorkspaceId, tag: &Tag) -> Result<ChangeLog, TierError>;

    /// Forgets generations that a look-up has minted for a board that does not exist, unless they have moved on.
    async fn forget(&self, workspace: &WorkspaceId, minted: &Stamp);

    /// Merges generations that somebody trusted has heard of, by maximum, and tells every process.
    async fn merge(&self, workspace: &WorkspaceId, stamp: &Stamp) -> Result<(), TierError>;

    /// Takes the lease of a key for `hold_ms`, unless another process has it, and then looks the key up, in one round trip: whoever had the lease
    /// before may have stored the page.
    async fn take_lease(&self, key: &CacheKey, hold_ms: u64) -> Result<Leased, TierError>;

    /// Gives a lease back, if it is still held.
    async fn release_lease(&self, key: &CacheKey, lease: &Lease);

    /// Whether the tier answers.
    async fn ping(&self) -> Result<(), TierError>;
}
