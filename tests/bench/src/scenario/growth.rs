//! What growth costs: boards of a thousand to a million contacts, hits and reads of the database, the first page and the last.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;

use super::{Commands, Options};
use crate::report::svg::number;
use crate::report::{Chapter, Plot};
use crate::sample::{Sample, Series};
use crate::served::{MEMBER, Served, Shape, WORKSPACE, headers};

const PER_PAGE: u64 = 50;

/// A board of so many contacts.
struct Board {
    id: String,
    contacts: u64,
}

/// Which page of a board.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    First,
    Middle,
    Last,
}

impl Board {
    fn page(&self, which: Which) -> String {
        let last = self.contacts.div_ceil(PER_PAGE);
        let page = match which {
            Which::First => 1,
            Which::Middle => last / 2,
            Which::Last => last,
        };
        format!("/api/boards/{}/contacts?page={page}", self.id)
    }
}

#[expect(clippy::too_many_lines, reason = "one measurement, told from its start to its table")]
pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let sizes: &[u64] = options.either(&[1_000, 10_000, 100_000], &[1_000, 10_000, 100_000, 1_000_000]);
    let served = Served::start("bench-growth", Shape::default()).await?;
    let mut boards = Vec::new();
    for &contacts in sizes {
        println!("  a board of {contacts} contacts");
        boards.push(fill(&served, contacts).await?);
    }
    // As in the demo data: the board that the contract's example has.
    boards.push(Board { id: crate::served::BOARD.to_owned(), contacts: 191_663 });
    boards.sort_by_key(|board| board.contacts);
    settle(&served).await?;

    let (rounds, repeats) = (options.either(5, 9), options.either(20, 60));
    let mut hits = series(&boards, "hit");
    let mut cold: Vec<(Which, Vec<Series>)> = [Which::First, Which::Middle, Which::Last]
        .map(|which| (which, series(&boards, "read of the database")))
        .into();
    for round in 0..rounds {
        println!("  round {}", round + 1);
        for (which, series) in &mut cold {
            for (board, series) in std::iter::zip(&boards, series) {
                series.samples.push(ask(&served, &board.page(*which), repeats, Some(&board.id)).await?);
            }
        }
        for (board, hit) in std::iter::zip(&boards, &mut hits) {
            hit.samples.push(ask(&served, &board.page(Which::First), repeats * 10, None).await?);
        }
    }
    let p50 = |sample: &Sample| sample.latency_us(50.0);
    let median = |series: &Series| number(series.median(p50));
    let table = boards.iter().enumerate().map(|(index, board)| {
        let last_to_first = cold[2].1[index].ratio(&cold[0].1[index], p50);
        vec![
            number(board.contacts as f64),
            median(&hits[index]),
            median(&cold[0].1[index]),
            median(&cold[1].1[index]),
            median(&cold[2].1[index]),
            last_to_first.as_ratio(),
        ]
    });
    let table: Vec<Vec<String>> = table.collect();
    let (bytes, pages) = memory_of_pages(&served).await?;

    chapter.text(format!(
        "Boards of one workspace in PostgreSQL, under row-level security, one reader, one question at a time, {PER_PAGE} contacts a page. A hit is \
         a page from the origin's memory. A read of the database is a miss: all that the origin does for one, PostgREST and PostgreSQL. The middle \
         page is the dearest: PostgreSQL walks past every row in front of a page, from the nearer end (see \
         [database.md](database.md#deep-pages))."
    ));
    chapter.table(
        &[
            "contacts",
            "hit, p50 µs",
            "first page read, p50 µs",
            "middle page read, p50 µs",
            "last page read, p50 µs",
            "last / first",
        ],
        table,
    );
    let lines = [
        ("hit", &hits),
        ("first page read", &cold[0].1),
        ("middle page read", &cold[1].1),
        ("last page read", &cold[2].1),
    ]
    .map(|(name, series)| (name.to_owned(), series.iter().map(|one| one.median(p50)).collect()));
    chapter.plot(Plot::Lines {
        title: "Latency by the size of the board, p50".to_owned(),
        places: boards.iter().map(|board| format!("{} contacts", number(board.contacts as f64))).collect(),
        unit: "µs".to_owned(),
        lines: lines.into(),
    });
    let gigabytes = bytes / pages * 1e6 / 1e9;
    chapter.text(format!(
        "Redis used {} bytes for each of {} pages of {PER_PAGE} contacts that were cached in it, keys and bookkeeping included: {} GB for a \
         million pages.",
        number(bytes / pages),
        number(pages),
        number(gigabytes)
    ));
    let (least, greatest) = (0, boards.len() - 1);
    let flat = |series: &[Series]| series[greatest].ratio(&series[least], p50);
    chapter.goal(
        "a hit as fast on the largest board as on the smallest, within 1.2 ×",
        flat(&hits).as_ratio(),
        flat(&hits).median <= 1.2,
    );
    let first = flat(&cold[0].1);
    chapter.goal(
        "the first page read as fast on the largest board, within 1.2 ×",
        first.as_ratio(),
        first.median <= 1.2,
    );
    let example =
        boards.iter().position(|board| board.contacts == 191_663).context("the board of the example")?;
    let deep = cold[2].1[example].ratio(&cold[0].1[example], p50);
    chapter.goal("the last of 3,834 pages within 3 × of the first", deep.as_ratio(), deep.median <= 3.0);
    for (name, series) in [("hits", hits)].into_iter().chain([("first", cold.remove(0).1)]) {
        chapter.raw.push((name.to_owned(), series));
    }
    Ok(())
}

fn series(boards: &[Board], what: &str) -> Vec<Series> {
    let name = |board: &Board| format!("{what}, {} contacts", number(board.contacts as f64));
    boards.iter().map(|board| Series { name: name(board), samples: Vec::new() }).collect()
}

/// Asks for a page so many times; if `anew` names a board, that one is invalidated before each.
async fn ask(served: &Served, path: &str, repeats: usize, anew: Option<&str>) -> Result<Sample> {
    let bearer = served.bearer(MEMBER)?;
    let url = format!("{}{path}", served.origin.url());
    let mut latencies = Histogram::<u64>::new_with_bounds(1_000, 60_000_000_000, 3)?;
    let began = Instant::now();
    // The first one is not counted: it may be a miss where hits are measured, and opens what is closed.
    for turn in 0..=repeats {
        if let Some(board) = anew {
            invalidate(served, board).await?;
        }
        let mut request = served.http.get(&url);
        for (name, value) in headers(&bearer) {
            request = request.header(name, value);
        }
        let sent = Instant::now();
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        let body = answer.bytes().await?;
        let took = sent.elapsed();
        ensure!(body.len() > 1_000, "{path} has no contacts");
        if turn > 0 {
            latencies.saturating_record(took.as_nanos() as u64);
        }
    }
    Ok(Sample::of(&latencies, 0, began.elapsed()))
}

async fn invalidate(served: &Served, board: &str) -> Result<()> {
    let answer = served
        .http
        .post(format!("{}/api/cache/invalidate", served.origin.url()))
        .bearer_auth(&served.secrets.internal_auth_key)
        .header("X-Workspace-ID", WORKSPACE)
        .json(&serde_json::json!({"boardId": board, "action": "contact_updated"}))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "not invalidated: {}", answer.status());
    Ok(())
}

/// Makes a board of so many contacts, in bulk: without triggers, which are made up for once all boards are there.
async fn fill(served: &Served, contacts: u64) -> Result<Board> {
    let id = format!("board_growth_{contacts}");
    let sql = format!(
        "set local statement_timeout = 0;
         set local session_replication_role = replica;
         insert into public.boards (id, workspace_id, name) values ('{id}', '{WORKSPACE}', 'Growth');
         insert into public.contacts
             (id, name, email, phone, status, workspace_id, board_id, priority, needs_response, last_activity_at, created_at, updated_at)
         select
             'growth_{contacts}_' || n, 'Contact ' || md5(n::text), 'contact' || n || '@example.com', '+1555' || lpad(n::text, 7, '0'),
             case when n % 13 = 0 then 'closed' else 'open' end, '{WORKSPACE}', '{id}',
             case when n % 50 = 0 then 'high' else 'medium' end, n % 40 = 0,
             timestamptz '2026-11-01' - n * interval '37 seconds', timestamptz '2026-11-01' - n * interval '41 seconds',
             timestamptz '2026-11-01' - n * interval '31 seconds'
         from generate_series(1, {contacts}) as n;"
    );
    served.supabase.sql(&sql).await?;
    Ok(Board { id, contacts })
}

/// What bulk loading left out: the kept totals, statistics, the visibility map.
async fn settle(served: &Served) -> Result<()> {
    let client = served.supabase.client().await?;
    client.batch_execute("set statement_timeout = 0").await?;
    client.batch_execute("select private.rebuild_contact_tallies()").await?;
    client.batch_execute("vacuum (analyze) public.contacts").await?;
    client.batch_execute("vacuum (analyze) private.contact_tallies").await?;
    client.batch_execute("checkpoint").await?;
    Ok(())
}

/// What Redis uses more once it has so many pages, in bytes, and how many those are.
async fn memory_of_pages(served: &Served) -> Result<(f64, f64)> {
    const PAGES: usize = 500;
    let mut redis = Commands::connect(served.redis.port()).await?;
    redis.ask(&["FLUSHALL"]).await?;
    // The origin has to notice, and to forget what it had.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let queries = |from: usize, to: usize| (from..=to).map(|page| format!("page={page}")).collect::<Vec<_>>();
    served.fill(&queries(1, 1)).await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let before = redis.figure("used_memory_dataset").await?;
    served.fill(&queries(2, PAGES + 1)).await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let after = redis.figure("used_memory_dataset").await?;
    Ok((after - before, PAGES as f64))
}
