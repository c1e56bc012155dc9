//! A page read from the database through the origin, beside PostgREST asked directly for the same rows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use stack::{Secrets, StackDirs, Supabase};

use super::Options;
use crate::peers::nginx;
use crate::report::Chapter;
use crate::report::svg::number;
use crate::sample::{Sample, Series};
use crate::served::{ADMIN, BOARD, MEMBER, Served, Shape, WORKSPACE, headers, path};

/// What PostgREST is asked for: the rows of the first page, as the origin asks for them.
fn rows() -> String {
    format!(
        "contacts?select=*&workspace_id=eq.{WORKSPACE}&board_id=eq.{BOARD}&order=created_at.desc,id.desc&offset=0&limit=50"
    )
}

#[expect(clippy::too_many_lines, reason = "one measurement, told from its start to its table")]
pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let dirs = StackDirs::of_this_checkout("bench-database");
    let secrets = Secrets::generate()?;
    let supabase = Supabase::start(dirs.clone(), &secrets).await?;
    let postgrest = supabase.postgrest().url().to_owned();
    let gateway = nginx::gateway(&dirs, &postgrest).await?;
    let shape = Shape { supabase_url: Some(gateway.url()), ..Shape::default() };
    let served = Served::on(dirs, secrets, supabase, shape).await?;
    let bearer = served.bearer(MEMBER)?;
    let page = format!("{}{}", served.origin.url(), path("page=1"));
    let asked = |base: &str, prefix: &str| format!("{base}{prefix}/{}", rows());

    let get = |url: String, count: bool| {
        let mut request = served.http.get(url);
        for (name, value) in headers(&bearer) {
            request = request.header(name, value);
        }
        if count { request.header("Prefer", "count=exact") } else { request }
    };
    let total = |base: &str, prefix: &str| {
        let url = format!(
            "{base}{prefix}/rpc/contact_total?workspace_id={WORKSPACE}&board_id={BOARD}&filter=all&recent_since=2026-01-01T00:00:00Z"
        );
        get(url, false)
    };
    let timed = async |request: reqwest::RequestBuilder, source: Option<&str>| -> Result<Duration> {
        let began = Instant::now();
        let answer = request.send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        let body = answer.bytes().await?;
        let took = began.elapsed();
        if let Some(source) = source {
            let text = std::str::from_utf8(&body)?;
            ensure!(
                text.contains(source),
                "not answered by the database: {}",
                &text[text.len().saturating_sub(300)..]
            );
        }
        Ok(took)
    };
    let both = async |base: &str, prefix: &str| -> Result<Duration> {
        let began = Instant::now();
        let (rows, total) =
            tokio::join!(timed(get(asked(base, prefix), false), None), timed(total(base, prefix), None));
        rows.and(total)?;
        Ok(began.elapsed())
    };
    let names = [
        "boardcache origin, a miss",
        "PostgREST: rows alone",
        "PostgREST: rows and the kept total, at once",
        "PostgREST: rows with count=exact",
        "gateway: rows and the kept total, at once",
        "boardcache origin, cache off",
    ];
    let gateway_url = gateway.url();
    let repeats = options.either(150, 500);
    let rounds = options.either(5, 9);
    let mut series: Vec<Series> =
        names.iter().map(|name| Series { name: (*name).to_owned(), samples: Vec::new() }).collect();
    for round in 0..rounds {
        let mut latencies =
            vec![hdrhistogram::Histogram::<u64>::new_with_bounds(1_000, 60_000_000_000, 3)?; names.len() - 1];
        let began = Instant::now();
        for _ in 0..repeats {
            invalidate(&served).await?;
            let took = [
                timed(get(page.clone(), false), Some("\"source\":\"database\"")).await?,
                timed(get(asked(&postgrest, ""), false), None).await?,
                both(&postgrest, "").await?,
                timed(get(asked(&postgrest, ""), true), None).await?,
                both(&gateway_url, "/rest/v1").await?,
            ];
            for (histogram, took) in std::iter::zip(&mut latencies, took) {
                histogram.saturating_record(took.as_nanos() as u64);
            }
        }
        for (series, histogram) in std::iter::zip(&mut series, &latencies) {
            series.samples.push(Sample::of(histogram, 0, began.elapsed()));
        }
        println!("  round {}: a miss p50 {:.0} µs", round + 1, series[0].samples[round].latency_us(50.0));
    }
    series[5].samples = without_cache(&served, rounds, repeats, async || {
        timed(get(page.clone(), false), Some("\"status\":\"BYPASS\"")).await
    })
    .await?;

    let p50 = |sample: &Sample| sample.latency_us(50.0);
    let table = series.iter().map(|one| {
        let of = |percentile: f64| number(one.median(|sample| sample.latency_us(percentile)));
        vec![one.name.clone(), of(50.0), of(90.0), of(99.0), series[0].ratio(one, p50).as_ratio()]
    });
    let table = table.collect();
    chapter.text(format!(
        "One reader, one question at a time, the first page of the board of 191,663 contacts, under row-level security with the reader's own \
         token. A miss at the origin is all of it: token, membership, a look into Redis, the lease, the questions to PostgREST, and the page \
         on its way into both tiers. The origin asks through a gateway as Supabase has one (nginx here); PostgREST is asked without it. The \
         origin asks for the rows and, beside them, for the exact total that the database keeps; a client of PostgREST gets a total by \
         `count=exact`. Rounds of {repeats} questions each, taking turns question by question; the last line was measured after the others."
    ));
    chapter.table(&["one question at a time", "p50 µs", "p90 µs", "p99 µs", "miss / this"], table);
    let [miss, alone, pair, counted, behind, _] = &series[..] else {
        anyhow::bail!("a contender is missing")
    };
    let goal = |other: &Series| miss.ratio(other, p50);
    chapter.goal(
        "adds at most 15 % to PostgREST's own median, asked for the same page and total",
        format!(
            "{} of rows with count=exact; {} of rows and the kept total at once",
            goal(counted).as_ratio(),
            goal(pair).as_ratio()
        ),
        goal(pair).median <= 1.15 && goal(counted).median <= 1.15,
    );
    chapter.text(format!(
        "Of rows alone, without any total, a miss takes {}; of the same two questions through the same gateway {}.",
        goal(alone).as_ratio(),
        goal(behind).as_ratio()
    ));
    chapter.raw.push(("one question at a time".to_owned(), series));
    Ok(())
}

/// Makes the page unservable everywhere: the next read is a miss.
async fn invalidate(served: &Served) -> Result<()> {
    let answer = served
        .http
        .post(format!("{}/api/cache/invalidate", served.origin.url()))
        .bearer_auth(&served.secrets.internal_auth_key)
        .header("X-Workspace-ID", WORKSPACE)
        .json(&json!({"boardId": BOARD, "action": "contact_updated"}))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "not invalidated: {}", answer.status());
    Ok(())
}

/// Turns the cache of lists off, and measures.
async fn without_cache(
    served: &Served,
    rounds: usize,
    repeats: usize,
    ask: impl AsyncFn() -> Result<Duration>,
) -> Result<Vec<Sample>> {
    let url = format!("{}/api/cache-settings/workspace/{WORKSPACE}/settings", served.origin.url());
    let settings = json!({
        "cacheEnabled": true,
        "features": {"contactCounts": true, "contactLists": false, "search": false, "messageHistory": false},
        "cacheConfig": {"contactCountsTTL": 300, "contactsTTL": 180, "searchTTL": 120, "messageHistoryTTL": 300},
    });
    let request = served.http.post(url).header("Authorization", served.bearer(ADMIN)?).json(&settings);
    let answer = request.send().await?;
    ensure!(answer.status().is_success(), "the settings were refused: {}", answer.status());
    let mut samples = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let mut latencies = hdrhistogram::Histogram::<u64>::new_with_bounds(1_000, 60_000_000_000, 3)?;
        let began = Instant::now();
        for _ in 0..repeats {
            latencies.saturating_record(ask().await.context("with the cache off")?.as_nanos() as u64);
        }
        samples.push(Sample::of(&latencies, 0, began.elapsed()));
    }
    Ok(samples)
}
