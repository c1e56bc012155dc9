//! An entry ready to be sent: its bytes as they came, and its header read once.

use cache_key::CacheKey;
use coherence::{DecodeError, Encoding, EntryHeader, Floor, Freshness, Stamp, View, decode, encode, judge};

/// An entry under its own key.
#[derive(Debug)]
pub(crate) struct StoredPage {
    bytes: Vec<u8>,
    body_start: usize,
    header: EntryHeader,
    /// The stamp as a token.
    token: String,
    /// The value of `ETag`.
    etag: String,
}

/// Why bytes are not an entry that could be served under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// Its body cannot be sent as it is.
    #[error("the entry is compressed")]
    Compressed,
    /// It was stored under another key: something mixed up keys.
    #[error("the entry belongs under another key")]
    WrongKey,
    /// Its stamp does not carry the tags of its key, so invalidations would miss it.
    #[error("the entry carries other tags than its key")]
    WrongTags,
}

impl Unusable {
    /// Whether it was well-formed and in the wrong place: never an accident of versions or storage.
    pub(crate) const fn breaks_the_seal(self) -> bool {
        matches!(self, Self::WrongKey | Self::WrongTags)
    }
}

impl StoredPage {
    /// Reads an encoded entry that was found under `key`, and checks that it belongs there.
    pub(crate) fn read(bytes: Vec<u8>, key: &CacheKey) -> Result<Self, Unusable> {
        let entry = decode(&bytes)?;
        if entry.header.key_digest != key.digest() {
            return Err(Unusable::WrongKey);
        }
        if !entry.header.stamp.covers_exactly(key.tags()) {
            return Err(Unusable::WrongTags);
        }
        if entry.header.encoding != Encoding::Identity {
            return Err(Unusable::Compressed);
        }
        let (header, body_start) = (entry.header, bytes.len() - entry.body.len());
        let (token, etag) = (header.stamp.to_token(), header.etag_value());
        Ok(Self { bytes, body_start, header, token, etag })
    }

    /// The same page under another stamp.
    pub(crate) fn restamped(&self, stamp: Stamp, key: &CacheKey) -> Result<Self, Unusable> {
        let header = EntryHeader { stamp, ..self.header.clone() };
        Self::read(encode(&header, self.body())?, key)
    }

    /// The encoded entry.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The page: what is sent.
    pub(crate) fn body(&self) -> &[u8] {
        self.bytes.get(self.body_start..).unwrap_or_default()
    }

    pub(crate) const fn header(&self) -> &EntryHeader {
        &self.header
    }

    /// The stamp as a token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The value of `ETag`.
    pub(crate) fn etag(&self) -> &str {
        &self.etag
    }

    /// May it be served?
    pub(crate) fn judge(&self, view: &View, floor: &Floor, now_ms: u64) -> Freshness {
        judge(&self.header.stamp, self.header.stored_at_ms, &self.header.lifetime, view, floor, now_ms)
    }

    /// How long it stays fresh, in seconds; negative since when it is not.
    pub(crate) fn fresh_secs_left(&self, now_ms: u64) -> i64 {
        let (fresh_ms, age_ms) = (self.header.lifetime.fresh_ms, self.header.age_ms(now_ms));
        (fresh_ms.cast_signed() - age_ms.cast_signed()) / 1000
    }

    /// How long a store has reason to keep it, in whole seconds, rounded up.
    pub(crate) fn keep_secs(&self, now_ms: u64) -> u64 {
        self.header.lifetime.total_ms().saturating_sub(self.header.age_ms(now_ms)).div_ceil(1000)
    }

    /// Whether it must not take the place of `other`: it knows of fewer invalidations, or was loaded before.
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.header, &other.header);
        ours.stamp.is_older_than(&theirs.stamp)
            || (ours.stamp == theirs.stamp && ours.stored_at_ms < theirs.stored_at_ms)
    }
}
