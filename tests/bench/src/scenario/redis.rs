//! A page from Redis: what the origin adds to what Redis gives, and what users run today.

use anyhow::{Context as _, Result};

use super::Options;
use crate::load::Target;
use crate::machine::output;
use crate::page::Page;
use crate::peers::express::Express;
use crate::peers::redis_benchmark::RedisBenchmark;
use crate::report::Chapter;
use crate::report::svg::number;
use crate::rounds::{Contender, How, closed_loop, open_loop};
use crate::served::{MEMBER, Served, Shape, headers, path};
use crate::tables;

const CONNECTIONS: usize = 32;
/// The least that the memory tier can be given: some 45 pages.
const MEMORY_BYTES: u64 = 1 << 20;
/// Many more pages than memory holds, asked for in turn.
const PAGES: usize = 600;
const RATE: u32 = 1_000;

pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let shape = Shape { memory_cache_bytes: Some(MEMORY_BYTES), ..Shape::default() };
    let served = Served::start("bench-redis", shape).await?;
    let queries: Vec<String> = (1..=PAGES).map(|page| format!("page={page}")).collect();
    println!("  filling Redis with {PAGES} pages");
    served.fill(&queries).await?;
    let bearer = served.bearer(MEMBER)?;
    let url = format!("{}{}", served.origin.url(), path(&queries[PAGES / 2]));
    let page = Page::from(&served.http, &url, &headers(&bearer), "redis").await.or(Page::from(
        &served.http,
        &url,
        &headers(&bearer),
        "origin_memory",
    )
    .await)?;

    // What Redis's own tool and Express read: the page as it is sent, uncompressed.
    let mut redis = Commands::connect(served.redis.port()).await?;
    let text = String::from_utf8(page.body.to_vec())?;
    redis.ask(&["SET", "bench:page", &text]).await?;
    let express = Express::start(&served, 1).await?;
    let cluster = Express::start(&served, 2).await?;
    express.fill(&served, &queries).await?;

    let ask = |base: &str| {
        let paths: Vec<String> = queries.iter().map(|query| path(query)).collect();
        Target::get(base, &paths, &headers(&bearer))
    };
    let contenders = [
        Contender::http(
            "boardcache origin, Redis hit",
            ask(&served.origin.url())?,
            served.origin.process_id(),
        ),
        Contender {
            name: "redis-benchmark GET (the limit)".to_owned(),
            how: How::RedisBenchmark(RedisBenchmark {
                port: served.redis.port(),
                key: "bench:page".to_owned(),
            }),
            process: None,
        },
        Contender::http("Express 4 + ioredis", ask(&express.peer.url())?, express.peer.process_id()),
        Contender::http(
            "Express 4 + ioredis, 2 processes",
            ask(&cluster.peer.url())?,
            cluster.peer.process_id(),
        ),
    ];
    let closed = closed_loop(&contenders, options.plan(CONNECTIONS)).await?;
    let open = [&contenders[0], &contenders[2], &contenders[3]].map(Contender::clone);
    let open = open_loop(&open, options.tails(CONNECTIONS), RATE).await?;

    // Alone once more, to count what it asks of Redis.
    let tier =
        async |tier: &str| served.figure("boardcache_origin_answers_total", &[tier, "contact_list"]).await;
    let before = (redis.figure("total_reads_processed").await?, redis.calls().await?);
    let answered = (tier("tier=\"redis\"").await?, tier("tier=\"memory\"").await?);
    let alone =
        closed_loop(&contenders[..1], crate::rounds::Plan { rounds: 1, connections: 1, ..options.plan(1) })
            .await?;
    let after = (redis.figure("total_reads_processed").await?, redis.calls().await?);
    let from_redis = tier("tier=\"redis\"").await? - answered.0;
    let from_memory = tier("tier=\"memory\"").await? - answered.1;
    let round_trips = (after.0 - before.0) / from_redis;
    let calls = (after.1 - before.1) / from_redis;

    chapter.text(format!(
        "{PAGES} pages in turn, some {} bytes each, over {CONNECTIONS} connections; memory is given {} MiB, so that {:.1} % of answers came \
         from Redis and the rest from what memory still had. The origin verifies the token, checks the membership, fetches page and \
         generations in one round trip, restores the page (it is compressed in Redis) and judges it. `redis-benchmark` ({}) gets a value of \
         the same size and throws it away. Express does what such services do: verify the token (`jsonwebtoken`), `redis.get`, `JSON.parse`, \
         `res.json`; its pages are not compressed. Asked over one connection, the origin made {} commands and {} reads of its socket by Redis \
         for each answer from Redis; heartbeats and the settings page are among them.",
        page.body.len(),
        MEMORY_BYTES >> 20,
        100.0 * from_redis / (from_redis + from_memory),
        output("redis-benchmark", &["--version"]),
        number(calls),
        number(round_trips),
    ));
    tables::ceilings(chapter, &closed, "Redis hit: requests a second");
    tables::tails(chapter, &open, RATE, "Redis hit: latency");
    chapter.raw.push(("alone, over one connection".to_owned(), alone));
    let rps = |other: usize| closed[0].ratio(&closed[other], |sample| sample.per_second);
    chapter.goal("at least 0.6 × redis-benchmark GET", rps(1).as_ratio(), rps(1).median >= 0.6);
    chapter.goal("at least 10 × Express", rps(2).as_ratio(), rps(2).median >= 10.0);
    chapter.goal(
        "one round trip a request",
        format!("{} reads by Redis an answer", number(round_trips)),
        round_trips < 1.1,
    );
    Ok(())
}

/// A connection to Redis for what is not measured.
pub struct Commands(::redis::aio::MultiplexedConnection);

impl Commands {
    /// Connects.
    pub async fn connect(port: u16) -> Result<Self> {
        let client = ::redis::Client::open(format!("redis://127.0.0.1:{port}/"))?;
        Ok(Self(client.get_multiplexed_async_connection().await?))
    }

    /// Runs a command.
    pub async fn ask(&mut self, words: &[&str]) -> Result<()> {
        let mut command = ::redis::cmd(words[0]);
        command.arg(&words[1..]);
        Ok(command.exec_async(&mut self.0).await?)
    }

    /// Runs a command that answers a number.
    pub async fn number(&mut self, words: &[&str]) -> Result<f64> {
        let mut command = ::redis::cmd(words[0]);
        command.arg(&words[1..]);
        Ok(command.query_async(&mut self.0).await?)
    }

    /// A number of `INFO`.
    pub async fn figure(&mut self, name: &str) -> Result<f64> {
        let info = self.info("everything").await?;
        let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value
            .and_then(|value| value.trim().parse().ok())
            .with_context(|| format!("Redis does not tell {name}"))
    }

    /// How many commands it has run so far, `INFO` and what keeps connections alive left out.
    async fn calls(&mut self) -> Result<f64> {
        let info = self.info("commandstats").await?;
        let calls = info.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let calls: f64 = rest.split(',').next()?.parse().ok()?;
            (!["info", "ping"].contains(&name)).then_some(calls)
        });
        Ok(calls.sum())
    }

    async fn info(&mut self, section: &str) -> Result<String> {
        Ok(::redis::cmd("INFO").arg(section).query_async(&mut self.0).await?)
    }
}
