//! Entries as they lie in Redis and in Workers KV.

use coherence::{
    Encoding, EntryHeader, Floor, Freshness, Generation, ItemSet, KeyDigest, Lifetime, Stamp, Tag, View,
    decode, encode, judge,
};
use ids::BoardId;

const NOW_MS: u64 = 1_795_000_000_000;

pub const WORDS: &[&str] =
    &["BCE1", "workspace", "board:b", "members", "counts", "\u{0}", "\u{1}", "\u{0}\u{0}\u{0}\u{0}"];

pub fn seeds() -> Vec<Vec<u8>> {
    let board = BoardId::parse("board_123").ok();
    let tags: Vec<Tag> = [Tag::Workspace].into_iter().chain(board.map(Tag::Board)).collect();
    let header = |incarnation, encoding, tags: &[Tag]| EntryHeader {
        key_digest: KeyDigest([7; 16]),
        etag: [9; 16],
        incarnation,
        stored_at_ms: NOW_MS - 1000,
        lifetime: Lifetime::jittered(180, 0),
        stamp: Stamp::new(tags.iter().map(|tag| (tag.clone(), Generation::new(NOW_MS - 2000))).collect()),
        read_set: (tags.len() > 1).then(|| ItemSet::new(vec![1, 7]).unwrap_or_default()),
        encoding,
    };
    [
        header(None, Encoding::Identity, &tags),
        header(Some([3; 20]), Encoding::Identity, &tags[..1]),
        header(Some([3; 20]), Encoding::Zstd, &tags),
    ]
    .iter()
    .filter_map(|header| encode(header, br#""contacts":[],"pagination":{"page":1}"#).ok())
    .chain([Vec::new(), b"BCE1".to_vec(), b"BCE0\x08\0\0\0".to_vec()])
    .collect()
}

pub fn run(bytes: &[u8]) {
    let Ok(entry) = decode(bytes) else { return };
    assert!(entry.body.len() < bytes.len() && bytes.ends_with(entry.body));
    let header = &entry.header;
    assert!(header.stamp.iter().count() >= 1);
    let written = encode(header, entry.body).expect("what was read can be written");
    let again = decode(&written).expect("what was written can be read");
    assert_eq!((&again.header, again.body), (header, entry.body));
    // Judging overflows nowhere, and what an invalidation has overtaken is never served.
    let view = View::from(&header.stamp);
    let _ = judge(&header.stamp, header.stored_at_ms, &header.lifetime, &view, &Floor::none(), NOW_MS);
    let _ = (header.age_ms(NOW_MS), header.lifetime.total_ms(), header.etag_value(), header.stamp.to_token());
    let overtaken: View = header
        .stamp
        .iter()
        .map(|(tag, generation)| (tag.clone(), generation.max(Generation::new(NOW_MS))))
        .collect();
    if overtaken.has_overtaken(&header.stamp) {
        let freshness =
            judge(&header.stamp, header.stored_at_ms, &header.lifetime, &overtaken, &Floor::none(), NOW_MS);
        assert!(matches!(freshness, Freshness::Unservable(_)), "{freshness:?}");
    }
}
