//! What zstd and LZ4 make of the demo data's pages, in bytes and in microseconds: the figures of `docs/decisions/0009`.
//!
//! ```sh
//! cargo test -p origin --test compression_choice -- --ignored --nocapture
//! ```

#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use cache_key::{CountsQuery, ListParams, ListQuery, MessagesQuery, PageParams};
use demo_data::Anchor;
use identity::{InternalKeys, VerifiedWorkspace};
use ids::{BoardId, ContactId, WorkspaceId};
use origin::resources::Query;
use origin::source::Asker;
use origin::source::sqlite::SqliteSource;

/// A way to compress, and its inverse.
struct Codec {
    name: &'static str,
    compress: fn(&[u8]) -> Vec<u8>,
    decompress: fn(&[u8], usize) -> Vec<u8>,
}

const CODECS: [Codec; 3] = [
    Codec {
        name: "lz4",
        compress: |body| lz4_flex::block::compress(body),
        decompress: |body, len| lz4_flex::block::decompress(body, len).unwrap(),
    },
    Codec {
        name: "zstd 1",
        compress: |body| zstd::bulk::compress(body, 1).unwrap(),
        decompress: |body, len| zstd::bulk::decompress(body, len).unwrap(),
    },
    Codec {
        name: "zstd 3",
        compress: |body| zstd::bulk::compress(body, 3).unwrap(),
        decompress: |body, len| zstd::bulk::decompress(body, len).unwrap(),
    },
];

/// The median of 400 runs.
fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut took: Vec<Duration> = (0..400)
        .map(|_| {
            let began = Instant::now();
            black_box(work());
            began.elapsed()
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}

async fn stored(source: &SqliteSource, query: &impl Query, anchor: Anchor) -> Vec<u8> {
    query.load(source, Asker::Service, anchor.unix_secs().cast_unsigned()).await.unwrap()
}

#[tokio::test]
#[ignore = "a measurement: it asserts nothing but that what comes back is what went in"]
async fn what_the_codecs_make_of_real_pages() {
    let source = SqliteSource::open_in_memory().unwrap();
    let anchor = Anchor::of_day_containing(1_785_000_000);
    source.seed_demo(anchor).await.unwrap();
    let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
    let proof = keys.check("an-internal-key-for-tests").unwrap();
    let workspace = |id: &str| VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse(id).unwrap());
    let varied = workspace(demo_data::VARIED_WORKSPACE_ID);
    let board = |query: &str| {
        let board = BoardId::parse(demo_data::VARIED_BOARD_IDS[0]).unwrap();
        ListQuery::new(&varied, board, ListParams::parse(query).unwrap()).unwrap()
    };
    let messages = |per_page| {
        let contact = ContactId::parse(demo_data::BUSY_CONTACT_ID).unwrap();
        MessagesQuery::new(&varied, contact, PageParams { page: 1, per_page })
    };
    let pages = [
        ("100 contacts", stored(&source, &board("per_page=100"), anchor).await),
        ("50 contacts", stored(&source, &board("per_page=50"), anchor).await),
        ("10 contacts", stored(&source, &board("per_page=10"), anchor).await),
        ("5 contacts", stored(&source, &board("per_page=5"), anchor).await),
        ("2 contacts", stored(&source, &board("per_page=2"), anchor).await),
        ("1 contact", stored(&source, &board("per_page=1"), anchor).await),
        ("50 messages", stored(&source, &messages(50), anchor).await),
        ("counts", stored(&source, &CountsQuery::new(&varied), anchor).await),
    ];
    println!(
        "| body | bytes | codec | stored | of the body | compress | decompress |\n|---|---|---|---|---|---|---|"
    );
    for (name, body) in &pages {
        for codec in &CODECS {
            let small = (codec.compress)(body);
            assert_eq!((codec.decompress)(&small, body.len()), *body);
            let compress = median(|| (codec.compress)(black_box(body)));
            let decompress = median(|| (codec.decompress)(black_box(&small), body.len()));
            println!(
                "| {name} | {} | {} | {} | {:.0} % | {:.1} µs | {:.1} µs |",
                body.len(),
                codec.name,
                small.len(),
                100.0 * small.len() as f64 / body.len() as f64,
                compress.as_nanos() as f64 / 1000.0,
                decompress.as_nanos() as f64 / 1000.0,
            );
        }
    }
}
