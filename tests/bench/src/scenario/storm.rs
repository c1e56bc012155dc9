//! An invalidation storm: a thousand moves a second on one board, while that board and others are read.

use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use serde_json::json;

use super::Options;
use crate::load::{Target, address, closed, open};
use crate::report::Chapter;
use crate::report::svg::number;
use crate::sample::Sample;
use crate::served::{BOARD, MEMBER, Served, Shape, WORKSPACE, headers, path};

/// Each has one request under way. A read may have to wait for a load that takes as long as many reads have between them, and must not be kept from
/// sharing it by those in front of it.
const CONNECTIONS: usize = 512;
/// How many read the pages into the caches, before anything is counted.
const FIRST_READERS: usize = 4;
const READS_PER_SECOND: u32 = 1_000;
const MOVES_PER_SECOND: u32 = 1_000;
/// Pages of the hot board that are read, in turn.
const PAGES: u32 = 20;

/// What was counted while one load ran.
struct Counted {
    reads: Sample,
    moves: Option<Sample>,
    /// The share of answers that no load was made or waited for.
    cached: f64,
    /// Loads from the source.
    loads: f64,
    moves_acknowledged: f64,
    secs: f64,
}

pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let served = Served::start("bench-storm", Shape::default()).await?;
    let bearer = served.bearer(MEMBER)?;
    let paths: Vec<String> = (1..=PAGES).map(|page| path(&format!("page={page}"))).collect();
    let reads = Target::get(&served.origin.url(), &paths, &headers(&bearer))?;
    let duration = Duration::from_secs(options.either(8, 30));
    closed::run(reads.clone(), FIRST_READERS, Duration::ZERO, Duration::from_secs(2)).await?;
    let calm = count(&served, &reads, None, duration).await?;
    let mut storms = Vec::new();
    for per_second in [10, 100, MOVES_PER_SECOND] {
        println!("  {per_second} moves a second");
        storms
            .push((per_second, count(&served, &reads, Some((moves(&served)?, per_second)), duration).await?));
    }

    let row = |name: String, counted: &Counted| {
        vec![
            name,
            number(counted.reads.per_second),
            format!("{:.1} %", 100.0 * counted.cached),
            number(counted.loads / counted.secs),
            number(counted.reads.latency_us(50.0)),
            number(counted.reads.latency_us(99.0)),
            counted.moves.as_ref().map_or_else(|| "–".to_owned(), |moves| number(moves.per_second)),
            counted.moves.as_ref().map_or_else(|| "–".to_owned(), |moves| number(moves.latency_us(99.0))),
        ]
    };
    let mut rows = vec![row("no moves".to_owned(), &calm)];
    rows.extend(storms.iter().map(|(rate, storm)| row(format!("{rate} moves/s"), storm)));
    let acknowledged: f64 = storms.iter().map(|(_, storm)| storm.moves_acknowledged).sum();
    chapter.text(format!(
        "{READS_PER_SECOND} reads a second of {PAGES} pages of one board (open loop, {CONNECTIONS} connections), and beside them moves on that same board, each its own \
         `POST /api/cache/invalidate` to the origin, acknowledged once Redis has the new generation ({} in all). No page may be served that an \
         acknowledged move has overtaken, so at a thousand moves a second no page of this board lives longer than a millisecond: what holds \
         the source up is single flight, which shares one load among all who asked before it began. Reads are of the origin alone; at the edge \
         the staleness bound of a second lets a page live for that long.",
        number(acknowledged)
    ));
    chapter.table(
        &[
            "while",
            "reads/s answered",
            "answered from a cache",
            "loads/s at the source",
            "read p50 µs",
            "read p99 µs",
            "moves/s",
            "move p99 µs",
        ],
        rows,
    );
    let Some((rate, worst)) = storms.last() else { return Ok(()) };
    let per_second = worst.loads / worst.secs;
    chapter.goal(
        format!("the source is not asked for each read during {rate} moves a second"),
        format!(
            "{} loads/s for {} reads/s, p99 {} µs",
            number(per_second),
            number(worst.reads.per_second),
            number(worst.reads.latency_us(99.0))
        ),
        per_second < worst.reads.per_second / 2.0 && worst.reads.errors == 0,
    );
    Ok(())
}

async fn count(
    served: &Served,
    reads: &Target,
    moves: Option<(Target, u32)>,
    duration: Duration,
) -> Result<Counted> {
    let figures = async || -> Result<[f64; 4]> {
        let answers = "boardcache_origin_answers_total";
        let asked = "boardcache_origin_source_duration_seconds_count";
        Ok([
            served.figure(answers, &["contact_list"]).await?,
            served.figure(answers, &["contact_list", "tier=\"database\""]).await?,
            served.figure(asked, &["list_contacts"]).await?,
            served.figure("boardcache_origin_invalidations_total", &["acknowledged"]).await?,
        ])
    };
    let (before, began) = (figures().await?, Instant::now());
    let reading = open::run(reads.clone(), CONNECTIONS, READS_PER_SECOND, Duration::ZERO, duration);
    let (reads, moves) = match moves {
        None => (reading.await?, None),
        Some((target, rate)) => {
            let moving = open::run(target, CONNECTIONS, rate, Duration::ZERO, duration);
            let (reads, moves) = tokio::try_join!(reading, moving)?;
            (reads, Some(moves))
        }
    };
    let (after, secs) = (figures().await?, began.elapsed().as_secs_f64());
    let [answers, from_source, loads, moves_acknowledged] =
        std::array::from_fn(|index| after[index] - before[index]);
    let cached = 1.0 - from_source / answers;
    Ok(Counted { reads, moves, cached, loads, moves_acknowledged, secs })
}

/// Moves of one contact after the other.
fn moves(served: &Served) -> Result<Target> {
    let addr = address(&served.origin.url())?;
    let request = |number: u32| {
        let body = json!({
            "boardId": BOARD,
            "contactId": format!("contact_15213_{number:06}"),
            "action": "contact_moved",
            "fromColumnId": "col_old",
            "toColumnId": "col_new",
        })
        .to_string();
        let key = &served.secrets.internal_auth_key;
        Bytes::from(format!(
            "POST /api/cache/invalidate HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {key}\r\nX-Workspace-ID: {WORKSPACE}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    Ok(Target { addr, requests: (0..200).map(request).collect(), status: 200 })
}
