//! The entry: page bytes with all that is needed to judge them, and its encoding.
//!
//! One encoding travels everywhere: the origin writes it to Redis, sends it to the edge as it is, and the edge stores
//! the same bytes in Workers KV. A hit parses no JSON and no text: the header is a few dozen bytes in front of the
//! page.
//!
//! Layout, little-endian:
//!
//! ```text
//! magic "BCE1" | header_len u16 | encoding u8 | flags u8 (bit 0: incarnation present, bit 1: read set present)
//! key digest [16] | etag [16] | incarnation [20]? | stored_at_ms u64 | ttl_secs u32 | fresh_ms, swr_ms, sie_ms u64
//! tag count u8 | per tag: length u8, text, generation u64
//! read set? : item count u8 | per item: u32
//! body: all that follows
//! ```

use std::fmt;

use crate::{Generation, ItemSet, Lifetime, Stamp, Tag};

const MAGIC: [u8; 4] = *b"BCE1";
const FIXED_LEN: usize = 4 + 2 + 1 + 1;
const FLAG_INCARNATION: u8 = 1;
const FLAG_READ_SET: u8 = 2;

/// A digest of the key under which an entry was stored, checked on every read: an entry under a wrong key is never
/// served. SHA-256, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest(pub [u8; 16]);

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyDigest({:032x})", u128::from_be_bytes(self.0))
    }
}

/// How the body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it will be sent.
    Identity,
    /// The length of the body (u32, little-endian) and a zstd frame with a checksum. In Redis alone: tiers that answer hold bodies
    /// as they will be sent.
    Zstd,
}

/// Everything about an entry but its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHeader {
    /// Digest of the key it was stored under.
    pub key_digest: KeyDigest,
    /// Digest of the page, for `ETag`.
    pub etag: [u8; 16],
    /// The incarnation of the Redis that held it; unset when it was never in Redis.
    pub incarnation: Option<[u8; 20]>,
    /// When its load ended, in milliseconds since the Unix epoch.
    pub stored_at_ms: u64,
    /// Its three windows.
    pub lifetime: Lifetime,
    /// What it knew when its load began.
    pub stamp: Stamp,
    /// What it was read from, where it can be told from the changes since whether they touched it.
    pub read_set: Option<ItemSet>,
    /// How the body is encoded.
    pub encoding: Encoding,
}

impl EntryHeader {
    /// Milliseconds since the entry was loaded; 0 for an entry from a clock ahead of ours.
    #[must_use]
    pub const fn age_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.stored_at_ms)
    }

    /// The value of `ETag`, with its quotes.
    #[must_use]
    pub fn etag_value(&self) -> String {
        format!("\"{:032x}\"", u128::from_be_bytes(self.etag))
    }
}

/// An entry read from its encoding; the body borrows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Everything but the page.
    pub header: EntryHeader,
    /// The page, in the header's encoding.
    pub body: &'a [u8],
}

/// Why bytes are not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They do not begin as an entry of this version does.
    #[error("not an entry of this version")]
    Magic,
    /// They end too early.
    #[error("the entry is cut off")]
    Truncated,
    /// A field has no meaning.
    #[error("a field of the entry is malformed")]
    Malformed,
}

/// Writes an entry.
///
/// # Errors
/// [`DecodeError::Malformed`] when the stamp has more than 255 tags or the header more than 65,535 bytes: nothing
/// that can be built from real keys.
pub fn encode(header: &EntryHeader, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut out = encode_up_to_body(header, body.len())?;
    out.extend_from_slice(body);
    Ok(out)
}

/// Writes an entry up to its body, with room for one of `body_len` bytes, which is to be appended as it is.
///
/// # Errors
/// As [`encode`].
pub fn encode_up_to_body(header: &EntryHeader, body_len: usize) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::with_capacity(160 + body_len);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[0, 0]);
    out.push(match header.encoding {
        Encoding::Identity => 0,
        Encoding::Zstd => 1,
    });
    let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
    out.push(
        flag(header.incarnation.is_some(), FLAG_INCARNATION) | flag(header.read_set.is_some(), FLAG_READ_SET),
    );
    out.extend_from_slice(&header.key_digest.0);
    out.extend_from_slice(&header.etag);
    if let Some(incarnation) = &header.incarnation {
        out.extend_from_slice(incarnation);
    }
    out.extend_from_slice(&header.stored_at_ms.to_le_bytes());
    out.extend_from_slice(&header.lifetime.ttl_secs.to_le_bytes());
    out.extend_from_slice(&header.lifetime.fresh_ms.to_le_bytes());
    out.extend_from_slice(&header.lifetime.stale_while_revalidate_ms.to_le_bytes());
    out.extend_from_slice(&header.lifetime.stale_if_error_ms.to_le_bytes());
    let tags = header.stamp.iter().count();
    out.push(u8::try_from(tags).map_err(|_| DecodeError::Malformed)?);
    for (tag, generation) in header.stamp.iter() {
        let text = tag.to_string();
        out.push(u8::try_from(text.len()).map_err(|_| DecodeError::Malformed)?);
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(&generation.get().to_le_bytes());
    }
    if let Some(read_set) = &header.read_set {
        let items = read_set.as_slice();
        out.push(u8::try_from(items.len()).map_err(|_| DecodeError::Malformed)?);
        for item in items {
            out.extend_from_slice(&item.to_le_bytes());
        }
    }
    let header_len = u16::try_from(out.len()).map_err(|_| DecodeError::Malformed)?;
    out[4..6].copy_from_slice(&header_len.to_le_bytes());
    // The header may have taken more than its room.
    out.reserve(body_len);
    Ok(out)
}

/// How the body of an entry is encoded, without reading the rest of it; `None` for bytes that do not begin as an entry does.
#[must_use]
pub fn encoding_of(bytes: &[u8]) -> Option<Encoding> {
    let head = bytes.first_chunk::<FIXED_LEN>().filter(|head| head[..4] == MAGIC)?;
    encoding(head[6]).ok()
}

fn encoding(byte: u8) -> Result<Encoding, DecodeError> {
    match byte {
        0 => Ok(Encoding::Identity),
        1 => Ok(Encoding::Zstd),
        _ => Err(DecodeError::Malformed),
    }
}

/// Reads an entry. Any bytes may be given.
pub fn decode(bytes: &[u8]) -> Result<Entry<'_>, DecodeError> {
    let mut reader = Reader(bytes);
    if reader.take::<4>()? != MAGIC {
        return Err(DecodeError::Magic);
    }
    let header_len = usize::from(u16::from_le_bytes(reader.take()?));
    if header_len < FIXED_LEN || header_len > bytes.len() {
        return Err(DecodeError::Truncated);
    }
    let (head, body) = bytes.split_at(header_len);
    let mut reader = Reader(&head[6..]);
    let [encoding_byte, flags] = reader.take()?;
    let encoding = encoding(encoding_byte)?;
    let key_digest = KeyDigest(reader.take()?);
    let etag = reader.take()?;
    if flags & !(FLAG_INCARNATION | FLAG_READ_SET) != 0 {
        return Err(DecodeError::Malformed);
    }
    let incarnation = if flags & FLAG_INCARNATION == 0 { None } else { Some(reader.take()?) };
    let stored_at_ms = u64::from_le_bytes(reader.take()?);
    let ttl_secs = u32::from_le_bytes(reader.take()?);
    // Windows are bounded so that no sum of them can overflow.
    let window = |bytes: [u8; 8]| match u64::from_le_bytes(bytes) {
        ms if ms <= Generation::MAX.get() => Ok(ms),
        _ => Err(DecodeError::Malformed),
    };
    let lifetime = Lifetime {
        ttl_secs,
        fresh_ms: window(reader.take()?)?,
        stale_while_revalidate_ms: window(reader.take()?)?,
        stale_if_error_ms: window(reader.take()?)?,
    };
    let [tags] = reader.take()?;
    let mut stamp = Vec::with_capacity(usize::from(tags));
    for _ in 0..tags {
        let [len] = reader.take()?;
        let text =
            std::str::from_utf8(reader.slice(usize::from(len))?).map_err(|_| DecodeError::Malformed)?;
        let tag = Tag::parse(text).map_err(|_| DecodeError::Malformed)?;
        stamp.push((tag, Generation::new(u64::from_le_bytes(reader.take()?))));
    }
    let read_set = if flags & FLAG_READ_SET == 0 { None } else { Some(reader.read_set()?) };
    if stamp.is_empty() || !reader.0.is_empty() {
        return Err(DecodeError::Malformed);
    }
    let header = EntryHeader {
        key_digest,
        etag,
        incarnation,
        stored_at_ms,
        lifetime,
        stamp: Stamp::new(stamp),
        read_set,
        encoding,
    };
    Ok(Entry { header, body })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn slice(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.slice(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    fn read_set(&mut self) -> Result<ItemSet, DecodeError> {
        let [count] = self.take()?;
        let items = (0..count).map(|_| self.take().map(u32::from_le_bytes)).collect::<Result<_, _>>()?;
        ItemSet::new(items).ok_or(DecodeError::Malformed)
    }
}
