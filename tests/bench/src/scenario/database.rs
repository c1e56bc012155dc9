//! A page read from the database through the origin, beside PostgREST asked directly for the same rows.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use stack::{Secrets, StackDirs, Supabase};

use super::Options;
use crate::peers::nginx;
use crate::report::Chapter;
use crate::report::svg::number;
use crate::sample::{Sample, Series};
use crate::served::{BOARD, MEMBER, Served, Shape, WORKSPACE, headers, path};

/// Where the origin finds PostgREST without the gateway.
const POSTGREST_URL: &str = "POSTGREST_URL";

/// The rows of the first page.
fn rows() -> String {
    format!(
        "contacts?select=*&workspace_id=eq.{WORKSPACE}&board_id=eq.{BOARD}&order=created_at.desc,id.desc&offset=0&limit=50"
    )
}

/// The same rows and their total, in the one question that the origin asks.
fn page_and_total() -> String {
    format!(
        "rpc/contact_page?workspace_id={WORKSPACE}&board_id={BOARD}&filter=all&recent_since=2026-01-01T00:00:00Z\
         &sort_by=created_at&sort_order=desc&row_limit=50&row_offset=0"
    )
}

/// The total that the database keeps, alone.
fn total() -> String {
    format!(
        "rpc/contact_total?workspace_id={WORKSPACE}&board_id={BOARD}&filter=all&recent_since=2026-01-01T00:00:00Z"
    )
}

/// Who is asked, in the order of the table.
const CONTENDERS: [&str; 7] = [
    "boardcache origin, a miss",
    "PostgREST: rows alone",
    "PostgREST: rows and the kept total, one question",
    "PostgREST: rows and the kept total, two questions at once",
    "PostgREST: rows with count=exact",
    "gateway: rows and the kept total, one question",
    "boardcache origin behind the gateway, a miss",
];

#[expect(clippy::too_many_lines, reason = "one measurement, told from its start to its table")]
pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let dirs = StackDirs::of_this_checkout("bench-database");
    let secrets = Secrets::generate()?;
    let supabase = Supabase::start(dirs.clone(), &secrets).await?;
    let postgrest = supabase.postgrest().url().to_owned();
    let gateway = nginx::gateway(&dirs, &postgrest).await?;
    let others = vec![(POSTGREST_URL.to_owned(), postgrest.clone())];
    let shape = Shape { supabase_url: Some(gateway.url()), others, ..Shape::default() };
    let served = Served::on(dirs, secrets, supabase, shape).await?;
    let behind = served.origin_without(POSTGREST_URL).await?;
    let bearer = served.bearer(MEMBER)?;
    let list = |origin: &str| format!("{origin}{}", path("page=1"));

    let get = |url: String| {
        let request = served.http.get(url);
        headers(&bearer).into_iter().fold(request, |request, (name, value)| request.header(name, value))
    };
    let timed = async |request: reqwest::RequestBuilder, must_have: &str| -> Result<Duration> {
        let began = Instant::now();
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        let body = answer.bytes().await?;
        let took = began.elapsed();
        let text = std::str::from_utf8(&body)?;
        ensure!(text.contains(must_have), "no {must_have}: {}", &text[text.len().saturating_sub(300)..]);
        Ok(took)
    };
    // Before each question, and not only before a miss: all find the machine alike.
    let miss = async |origin: &str| {
        served.invalidate().await?;
        timed(get(list(origin)), "\"source\":\"database\"").await
    };
    let question = async |request: reqwest::RequestBuilder, must_have: &str| {
        served.invalidate().await?;
        timed(request, must_have).await
    };
    let asked = |question: &str| get(format!("{postgrest}/{question}"));
    let two_questions = async || -> Result<Duration> {
        served.invalidate().await?;
        let began = Instant::now();
        let (rows, total) = tokio::join!(timed(asked(&rows()), "\"id\""), timed(asked(&total()), ""));
        rows.and(total)?;
        Ok(began.elapsed())
    };
    let repeats = options.either(150, 500);
    let rounds = options.either(5, 9);
    let mut series: Vec<Series> =
        CONTENDERS.iter().map(|name| Series { name: (*name).to_owned(), samples: Vec::new() }).collect();
    for round in 0..rounds {
        let mut latencies =
            vec![hdrhistogram::Histogram::<u64>::new_with_bounds(1_000, 60_000_000_000, 3)?; series.len()];
        let began = Instant::now();
        for first in 0..repeats {
            // Each turn begins with another one.
            for step in 0..latencies.len() {
                let turn = (first + step) % latencies.len();
                let took = match turn {
                    0 => miss(&served.origin.url()).await?,
                    1 => question(asked(&rows()), "\"id\"").await?,
                    2 => question(asked(&page_and_total()), "\"total\"").await?,
                    3 => two_questions().await?,
                    4 => question(asked(&rows()).header("Prefer", "count=exact"), "\"id\"").await?,
                    5 => {
                        question(get(format!("{}/rest/v1/{}", gateway.url(), page_and_total())), "\"total\"")
                            .await?
                    }
                    _ => miss(&behind.url()).await?,
                };
                latencies[turn].saturating_record(took.as_nanos() as u64);
            }
        }
        for (series, histogram) in std::iter::zip(&mut series, &latencies) {
            series.samples.push(Sample::of(histogram, 0, began.elapsed()));
        }
        println!("  round {}: a miss p50 {:.0} µs", round + 1, series[0].samples[round].latency_us(50.0));
    }

    let p50 = |sample: &Sample| sample.latency_us(50.0);
    let table = series.iter().map(|one| {
        let of = |percentile: f64| number(one.median(|sample| sample.latency_us(percentile)));
        vec![one.name.clone(), of(50.0), of(90.0), of(99.0), series[0].ratio(one, p50).as_ratio()]
    });
    let table = table.collect();
    chapter.text(format!(
        "One reader, one question at a time, the first page of the board of 191,663 contacts, under row-level security with the reader's own \
         token. A miss at the origin is all of it: token, membership, the lease and a look into Redis, the question to PostgREST, and the page \
         on its way into both tiers. The origin is told where PostgREST is (`POSTGREST_URL`), and asks it for the rows and the exact total that the \
         database keeps in one question, `contact_page`; a client of PostgREST that has no such function gets a total by `count=exact`. Behind a gateway, as \
         Supabase has one (nginx here), each question takes a hop more, whoever asks it. Rounds of {repeats} questions each, taking turns \
         question by question, with an invalidation before each."
    ));
    chapter.table(&["one question at a time", "p50 µs", "p90 µs", "p99 µs", "miss / this"], table);
    let [miss, alone, one_question, two_questions, counted, gateway, behind] = &series[..] else {
        anyhow::bail!("a contender is missing")
    };
    let goal = |other: &Series| miss.ratio(other, p50);
    chapter.goal(
        "adds at most 15 % to PostgREST's own median, asked for the same page and total",
        format!(
            "{} of the same question; {} of rows with count=exact",
            goal(one_question).as_ratio(),
            goal(counted).as_ratio()
        ),
        goal(one_question).median <= 1.15 && goal(counted).median <= 1.15,
    );
    chapter.text(format!(
        "Of rows alone, without any total, a miss takes {}; of rows and total asked for apart and at once {}. Behind the gateway it takes {} of the same \
         question through the same gateway.",
        goal(alone).as_ratio(),
        goal(two_questions).as_ratio(),
        behind.ratio(gateway, p50).as_ratio()
    ));
    chapter.raw.push(("one question at a time".to_owned(), series));
    Ok(())
}
