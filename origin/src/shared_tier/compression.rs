//! Compression of what a shared store holds: pages shrink to about an eighth, and so do its memory and the bytes on the way.
//!
//! Only the body is compressed: the header stays in front of it as it was, so that seal, stamp and incarnation are judged in one
//! place, on the entry as it is served. Memory tier, edge and KV hold bodies ready to send and never see this form. Why zstd, and
//! why from this size on: `docs/decisions/0009-zstd-for-what-goes-to-redis.md`.
//!
//! What comes back from the store is not trusted: a body that is damaged, or that says it is larger than it may be, is no entry.
//! It must never panic, and never allocate more than [`MAX_BODY_BYTES`].

use std::cell::RefCell;
use std::io::Cursor;

use bytes::Bytes;
use coherence::{Encoding, EntryHeader};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use crate::metrics::EntryBytes;

/// `COMPRESS_ABOVE_BYTES` where nothing else is set: from here on half of an entry is saved at least.
pub const COMPRESS_ABOVE_BYTES: u64 = 1024;

/// The largest body that is compressed, or restored: more than Workers KV takes as one value (25 MiB).
pub const MAX_BODY_BYTES: usize = 32 << 20;

/// The fastest of the usual levels: the next ones save 4 % more.
const LEVEL: i32 = 1;

/// The length of the body stands in front of its frame.
const LENGTH_BYTES: usize = size_of::<u32>();

/// Compresses entries on their way to the store, and counts what that saves.
#[derive(Debug, Clone)]
pub struct Compression {
    above_bytes: usize,
    entry_bytes: EntryBytes,
}

impl Default for Compression {
    fn default() -> Self {
        Self::new(COMPRESS_ABOVE_BYTES as usize, EntryBytes::default())
    }
}

impl Compression {
    /// Compresses entries of more than `above_bytes`.
    #[must_use]
    pub fn new(above_bytes: usize, entry_bytes: EntryBytes) -> Self {
        Self { above_bytes, entry_bytes }
    }

    /// The form in which an entry is stored: compressed where that makes it smaller, and as it is otherwise.
    #[must_use]
    pub fn stored_form(&self, entry: Bytes) -> Bytes {
        let identity = entry.len();
        let stored = if identity > self.above_bytes { smaller(&entry).unwrap_or(entry) } else { entry };
        self.entry_bytes.identity.inc_by(identity as u64);
        self.entry_bytes.stored.inc_by(stored.len() as u64);
        stored
    }
}

/// The entry with its body compressed; `None` where that is not possible, or gains nothing.
fn smaller(entry: &[u8]) -> Option<Bytes> {
    let plain = coherence::decode(entry).ok()?;
    if plain.header.encoding != Encoding::Identity || plain.body.len() > MAX_BODY_BYTES {
        return None;
    }
    let frame = with_compressor(|compressor| compressor.compress(plain.body).ok())?;
    let length = u32::try_from(plain.body.len()).ok()?;
    let body = [&length.to_le_bytes()[..], &frame].concat();
    if body.len() >= plain.body.len() {
        return None;
    }
    coherence::encode(&EntryHeader { encoding: Encoding::Zstd, ..plain.header }, &body).ok().map(Bytes::from)
}

/// The entry as it is served, from the form in which it was stored; `None` for a body that cannot be restored, which is a miss.
///
/// Bytes that are not compressed are handed on as they are: whether they are an entry at all is for the reader to see.
#[must_use]
pub fn restore(stored: Bytes) -> Option<Bytes> {
    match coherence::encoding_of(&stored) {
        None | Some(Encoding::Identity) => Some(stored),
        Some(Encoding::Zstd) => {
            let restored = decompress(&stored);
            if restored.is_none() {
                tracing::warn!(bytes = stored.len(), "a compressed entry cannot be restored");
            }
            restored
        }
    }
}

fn decompress(stored: &[u8]) -> Option<Bytes> {
    let packed = coherence::decode(stored).ok()?;
    let (length, frame) = packed.body.split_first_chunk::<LENGTH_BYTES>()?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MAX_BODY_BYTES {
        return None;
    }
    let header = EntryHeader { encoding: Encoding::Identity, ..packed.header };
    let entry = coherence::encode_up_to_body(&header, length).ok()?;
    let body_at = entry.len();
    // Restored where it is to lie. No more is written than there is room for, whatever the frame says of itself.
    let mut entry = Cursor::new(entry);
    entry.set_position(body_at as u64);
    with_decompressor(|decompressor| decompressor.decompress_to_buffer(frame, &mut entry).ok())?;
    let entry = entry.into_inner();
    (entry.len() == body_at + length).then(|| entry.into())
}

/// Lends out this thread's compressor.
fn with_compressor<T>(compress: impl FnOnce(&mut Compressor<'static>) -> Option<T>) -> Option<T> {
    thread_local! {
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|kept| lent(kept, compressor, compress))
}

fn compressor() -> Option<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL).ok()?;
    // A body that was damaged in the store is found out by this, not by whoever reads it.
    compressor.set_parameter(CParameter::ChecksumFlag(true)).ok()?;
    Some(compressor)
}

/// Lends out this thread's decompressor.
fn with_decompressor<T>(restore: impl FnOnce(&mut Decompressor<'static>) -> Option<T>) -> Option<T> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    DECOMPRESSOR.with_borrow_mut(|kept| lent(kept, || Decompressor::new().ok(), restore))
}

/// What is kept, made where there is none yet: to make one takes as long as it takes for a page.
fn lent<C, T>(
    kept: &mut Option<C>,
    make: impl FnOnce() -> Option<C>,
    work: impl FnOnce(&mut C) -> Option<T>,
) -> Option<T> {
    match kept {
        Some(kept) => work(kept),
        None => work(kept.insert(make()?)),
    }
}

#[cfg(test)]
mod tests {
    use coherence::{Generation, KeyDigest, Lifetime, Stamp, Tag};
    use proptest::prelude::*;

    use super::*;

    fn entry(body: &[u8]) -> Bytes {
        let header = EntryHeader {
            key_digest: KeyDigest([7; 16]),
            etag: [8; 16],
            incarnation: Some([9; 20]),
            stored_at_ms: 1_785_000_000_000,
            lifetime: Lifetime::jittered(180, 1),
            stamp: Stamp::new(vec![(Tag::Workspace, Generation::new(5)), (Tag::Counts, Generation::new(6))]),
            read_set: None,
            encoding: Encoding::Identity,
        };
        coherence::encode(&header, body).unwrap().into()
    }

    /// A page as they are: rows that resemble each other.
    fn page(rows: usize) -> Vec<u8> {
        (0..rows)
            .flat_map(|n| {
                format!(r#"{{"id":"contact_{n}","status":"open","priority":"medium"}},"#).into_bytes()
            })
            .collect()
    }

    fn stored(body: &[u8]) -> Bytes {
        Compression::default().stored_form(entry(body))
    }

    /// An entry whose header says zstd, with this for a body.
    fn forged(body: &[u8]) -> Bytes {
        let plain = entry(b"");
        let header = coherence::decode(&plain).unwrap().header;
        coherence::encode(&EntryHeader { encoding: Encoding::Zstd, ..header }, body).unwrap().into()
    }

    #[test]
    fn a_page_is_stored_in_a_fifth_and_its_header_can_be_read() {
        let (plain, small) = (entry(&page(300)), stored(&page(300)));
        assert!(small.len() * 5 < plain.len(), "{} of {}", small.len(), plain.len());
        let (plain, small) = (coherence::decode(&plain).unwrap(), coherence::decode(&small).unwrap());
        assert_eq!(EntryHeader { encoding: Encoding::Identity, ..small.header }, plain.header);
    }

    #[test]
    fn what_is_small_or_does_not_shrink_is_stored_as_it_is() {
        let counters = EntryBytes::default();
        let compression = Compression::new(1024, counters.clone());
        let small = entry(&page(5));
        assert_eq!(compression.stored_form(small.clone()), small);
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .take(4096)
        .collect();
        assert_eq!(compression.stored_form(entry(&noise)), entry(&noise));
        let both = (small.len() + entry(&noise).len()) as u64;
        assert_eq!((counters.identity.get(), counters.stored.get()), (both, both));
        let stored = compression.stored_form(entry(&page(300))).len() as u64;
        assert_eq!(counters.identity.get(), both + entry(&page(300)).len() as u64);
        assert_eq!(counters.stored.get(), both + stored);
    }

    #[test]
    fn entries_of_before_and_bytes_that_are_none_are_handed_on() {
        for bytes in [entry(&page(300)), entry(b""), Bytes::new(), Bytes::from_static(b"BCE1 nonsense")] {
            assert_eq!(restore(bytes.clone()), Some(bytes));
        }
    }

    #[test]
    fn a_body_that_says_it_is_huge_is_no_entry() {
        // Sixty-four mebibytes of nothing, in a few kilobytes.
        let bomb = zstd::bulk::compress(&vec![0; 2 * MAX_BODY_BYTES], 1).unwrap();
        assert!(bomb.len() < 10_000);
        for claimed in [u32::MAX, 2 * MAX_BODY_BYTES as u32, MAX_BODY_BYTES as u32, 1000, 0] {
            assert_eq!(restore(forged(&[&claimed.to_le_bytes()[..], &bomb].concat())), None, "{claimed}");
        }
    }

    #[test]
    fn a_body_of_another_length_is_no_entry() {
        let frame = zstd::bulk::compress(&page(10), 1).unwrap();
        let claims = |length: usize| forged(&[&(length as u32).to_le_bytes()[..], &frame].concat());
        let right = page(10).len();
        assert_eq!(restore(claims(right)), Some(entry(&page(10))));
        for wrong in [right - 1, right + 1, 0] {
            assert_eq!(restore(claims(wrong)), None);
        }
        for cut_off in [&b""[..], b"\0\0\0", b"\x10\0\0\0"] {
            assert_eq!(restore(forged(cut_off)), None);
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_comes_back(rows in 0..400_usize, noise in prop::collection::vec(any::<u8>(), 0..3000)) {
            let body = [page(rows), noise].concat();
            prop_assert_eq!(restore(stored(&body)), Some(entry(&body)));
        }

        #[test]
        fn a_damaged_body_is_no_entry(at in 0..10_000_usize, flip in 1..=u8::MAX) {
            let mut damaged = stored(&page(300)).to_vec();
            let body_len = coherence::decode(&damaged).unwrap().body.len();
            let at = damaged.len() - 1 - at % body_len;
            damaged[at] ^= flip;
            // A bit that means nothing may be another: then the page is the same.
            let restored = restore(damaged.into());
            prop_assert!(restored.is_none_or(|restored| restored == entry(&page(300))));
        }

        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..500)) {
            let _ = restore(forged(&body));
            let _ = restore(body.into());
        }
    }
}
