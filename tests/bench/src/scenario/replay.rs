//! Traffic of many workspaces over all tiers: the hit rate of each, the load at the source, and what it costs.

use std::time::Duration;

use ::replay::ideal::{self, Ideal};
use ::replay::naive::{self, Naive};
use ::replay::prices::{self, Cost};
use ::replay::scale::{BOARDS, Scale, USERS};
use ::replay::{
    MEMBERSHIP_CLAIM, Setting, Tally, Trace, Used, contacts, network, run as replay_run, workload,
};
use anyhow::{Result, bail, ensure};
use dto::cache_status::Source;
use dto::settings::MAX_TTL_SECS;
use stack::{Secrets, StackDirs, Supabase};

use super::{Commands, Options};
use crate::report::Chapter;
use crate::report::svg::number;
use crate::sample::Series;
use crate::served::{Served, Shape};

/// What is drawn depends on it alone.
const SEED: u64 = 20_261_125;
/// What is wanted of all caches together, and of the load at the source.
const HIT_RATE: f64 = 0.95;
const SOURCE_LOAD: f64 = 0.03;
/// After so long with the default lifetimes, hardly a page is asked for that was never asked for before.
const AN_HOUR: Duration = Duration::from_hours(1);
/// Traffic of which is told how much could be answered: reads in a second, and reads for each move.
const DENSER: [(f64, f64); 5] =
    [(2_000.0, 500.0), (2_000.0, 5_000.0), (8_000.0, 500.0), (8_000.0, 5_000.0), (20_000.0, 5_000.0)];
/// Tiers as the design's claims put them together, with what it claims of answers and of milliseconds.
const CLAIMS: [(&str, &[Source], &str, &str); 3] = [
    ("edge: isolate memory and Workers KV", &[Source::EdgeMemory, Source::CloudflareKv], "85 %", "10"),
    ("origin: memory and Redis", &[Source::OriginMemory, Source::Redis], "10 %", "50"),
    ("database", &[Source::Database], "5 %", "200"),
];

/// What is replayed, and with which settings.
#[derive(Clone, Copy)]
struct Setup {
    name: &'static str,
    kv_writes: &'static str,
    scale: Scale,
}

/// What one replay came to.
struct Replayed {
    setup: Setup,
    tally: Tally,
    trace: Trace,
    /// Requests that reached PostgREST.
    source_requests: f64,
    /// Pages that the origin read from it.
    loads: f64,
    redis_bytes: f64,
    redis_keys: f64,
}

/// What an origin is told that is to spare what a move has not touched.
const PRECISE: [(&str, &str); 2] = [("PRECISE_INVALIDATION", "true"), ("INVALIDATE_WITHOUT_REDIS", "refuse")];

/// First the default lifetimes, with every page written to KV and with those alone that are asked for again; then lifetimes of a day, as settings allow
/// them, half a day after the caches were empty, and the same where pages are spared that a move has not touched.
fn setups(options: &Options) -> [Setup; 4] {
    let (workspaces, contacts) = options.either((50, 10_000), (500, 20_000));
    let of_default = Scale {
        workspaces,
        contacts,
        // More is beyond a machine of two cores: with the default lifetimes every third read of 500 workspaces is a load, and takes some 6 ms of them.
        reads_per_second: options.either(400.0, 240.0),
        reads_per_move: 500.0,
        ttl_secs: None,
        spares_untouched: false,
        history: Duration::ZERO,
        warm_up: Duration::from_secs(options.either(60, 200)),
        measured: Duration::from_secs(options.either(60, 180)),
    };
    let of_a_day = Scale {
        ttl_secs: Some(MAX_TTL_SECS),
        history: Duration::from_mins(options.either(60, 12 * 60)),
        warm_up: Duration::from_secs(options.either(30, 100)),
        ..of_default
    };
    let spared = Scale { spares_untouched: true, ..of_a_day };
    [
        Setup { name: "every load written to KV", kv_writes: "every-load", scale: of_default },
        Setup { name: "default settings", kv_writes: "asked-again", scale: of_default },
        Setup { name: "lifetimes of a day", kv_writes: "asked-again", scale: of_a_day },
        Setup { name: "lifetimes of a day, untouched pages spared", kv_writes: "asked-again", scale: spared },
    ]
}

pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let setups = setups(options);
    let scale = setups[0].scale;
    let dirs = StackDirs::of_this_checkout("bench-replay");
    let secrets = Secrets::generate()?;
    let postgres = contacts::start(&dirs, &scale).await?;
    let supabase = Supabase::on(&dirs, &secrets, &[], postgres).await?;
    let shape = Shape { others: others(&setups[0]), ..Shape::default() };
    let mut served = Served::on(dirs, secrets, supabase, shape).await?;
    let mut replayed = Vec::new();
    for setup in setups {
        println!("  {}, {:.0} s", setup.name, (setup.scale.warm_up + setup.scale.measured).as_secs_f64());
        replayed.push(once(&mut served, setup).await?);
    }
    let [_, by_default, of_a_day, spared] = &replayed[..] else { bail!("a replay is missing") };
    introduce(chapter, &setups);
    for one in &replayed {
        tiers(chapter, one);
    }
    claims(chapter, &[by_default, of_a_day, spared]);
    attainable(chapter, &[by_default, of_a_day, spared]);
    cost(chapter, &replayed, &naive::replay(&by_default.trace, SEED))?;
    for one in &replayed {
        println!("  {}: {:?}", one.setup.name, one.tally.used);
    }
    Ok(())
}

/// What the origin is told besides.
fn others(setup: &Setup) -> Vec<(String, String)> {
    let precise = PRECISE.iter().filter(|_| setup.scale.spares_untouched).copied();
    let told = [("MEMBERSHIP_CLAIM", MEMBERSHIP_CLAIM)].into_iter().chain(precise);
    told.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn once(served: &mut Served, setup: Setup) -> Result<Replayed> {
    let mut redis = Commands::connect(served.redis.port()).await?;
    served.origin.stop().await?;
    redis.ask(&["FLUSHALL"]).await?;
    contacts::set_lifetimes(&served.supabase.database_url(), setup.scale.ttl_secs).await?;
    served.origin.tell_others(others(&setup));
    served.origin.restart().await?;
    let bytes = redis.figure("used_memory").await?;
    let mut running = replay_run(Setting {
        scale: setup.scale,
        backend_url: served.origin.url(),
        internal_key: served.secrets.internal_auth_key.clone(),
        jwt_secret: served.secrets.jwt_secret.clone(),
        database_url: served.supabase.database_url(),
        kv_writes: setup.kv_writes,
        seed: SEED,
    })?;
    running.warmed_up().await?;
    let before = figures(served).await?;
    let (tally, trace) = running.ended().await?;
    let after = figures(served).await?;
    ensure!(tally.reads() > 0, "nothing was read");
    Ok(Replayed {
        setup,
        tally,
        trace,
        source_requests: after.0 - before.0,
        loads: after.1 - before.1,
        redis_bytes: redis.figure("used_memory").await? - bytes,
        redis_keys: redis.number(&["DBSIZE"]).await?,
    })
}

/// Requests to PostgREST, and pages read from it.
async fn figures(served: &Served) -> Result<(f64, f64)> {
    let loads = served.figure("boardcache_origin_source_duration_seconds_count", &["list_contacts"]).await?;
    Ok((served.supabase.gateway().requests() as f64, loads))
}

fn introduce(chapter: &mut Chapter, setups: &[Setup; 4]) {
    let [_, Setup { scale, .. }, Setup { scale: of_a_day, .. }, _] = setups;
    let locations: Vec<String> = network::LOCATIONS
        .iter()
        .map(|location| format!("{} {} ms ({} %)", location.code, location.origin_rtt_ms, location.share))
        .collect();
    chapter.text(format!(
        "{} workspaces of {} contacts on {BOARDS} boards and {USERS} users each: {} contacts in PostgreSQL, under row-level security. {} reads a second, \
         due at random times whatever becomes of those before (open loop), for {} s that count after some that do not, in which traffic rises to that. Workspaces, boards, filters, \
         sort orders and search terms are asked for by Zipf's law (exponent {}); {} % of reads are searches, {} % lists of the user's own contacts; of \
         the other lists {} % are unfiltered, of the rest {} % are of one of the board's columns; {} % are in the usual order, and whoever has seen a page of an unfiltered one turns to the next with a chance of {:.0} %. One \
         contact is moved for every {} reads, on boards that are as popular for moves as for reads: in the database, where its column and `updated_at` change, then \
         `POST /api/cache/invalidate` at the edge, which says so. Tokens say who is a member (`MEMBERSHIP_CLAIM`): asked of the origin every 30 s for each of so many users, it would be most of its load.",
        number(scale.workspaces as f64),
        number(scale.contacts as f64),
        number((scale.workspaces * scale.contacts) as f64),
        number(scale.reads_per_second),
        number(scale.measured.as_secs_f64()),
        workload::ZIPF,
        workload::SEARCHES,
        workload::OWN,
        workload::UNFILTERED,
        workload::OF_A_COLUMN,
        workload::UNSORTED,
        100.0 * (1.0 - workload::LAST_PAGE),
        number(scale.reads_per_move),
    ));
    chapter.text(format!(
        "It is replayed four times. Twice with the *default settings*, a lifetime of 180 s for lists and of 120 s for searches, beginning with empty caches, {} s before \
         it counts: once with `KV_WRITES=every-load`, and with `asked-again`, the default, from there on. Then with *lifetimes of a day* for both, the longest that \
         workspaces' settings allow (`contactsTTL`, `searchTTL`). A lifetime is no part of the staleness bound: a change that is announced is seen within a second \
         whatever the lifetime is, and only one that nobody announces waits for the end of it. Caches then fill for hours; so {:.0} hours of the same traffic go \
         before, which are drawn and not replayed: the pages that they would have left in caches are asked for once, as fast as they are answered, and a second time \
         elsewhere if somebody would have asked again; {} s after that it counts. And the same once more where *untouched pages are spared* \
         (`PRECISE_INVALIDATION`): a move makes every page of its board old, and the origin asks what has changed since a page was loaded before it loads it anew.",
        number(scale.warm_up.as_secs_f64()),
        of_a_day.history.as_secs_f64() / 3600.0,
        number(of_a_day.warm_up.as_secs_f64()),
    ));
    chapter.text(format!(
        "**What is real, and what is simulated.** The origin (one process, as it is released), Redis, PostgREST and PostgreSQL are real. The edge is the \
         Worker's own logic, run natively: 2 isolates in each of {} locations, one of which is thrown out every 15 s. Workers KV, the ledgers and the \
         network are **simulated**: a read of KV takes {}–{} ms where the location has it cached (for 60 s, also that there is nothing) and {}–{} ms \
         where it has not; a write is seen elsewhere after up to 60 s. There and back to the origin it takes, by location and with the share of workspaces \
         whose people are there: {}. {} % of reads come from anywhere. A ledger is where its workspace's people are. Limits of how many requests are admitted are not simulated. Latencies are those of the Worker's \
         answer: the reader's own way to the location is not in them.",
        network::LOCATIONS.len(),
        network::KV_CACHED_MS.0,
        network::KV_CACHED_MS.1,
        network::KV_COLD_MS.0,
        network::KV_COLD_MS.1,
        locations.join(", "),
        workload::TRAVELLERS,
    ));
}

fn tiers(chapter: &mut Chapter, one: &Replayed) {
    let tally = &one.tally;
    let ms = |histogram: &hdrhistogram::Histogram<u64>, percentile| match histogram.len() {
        0 => "–".to_owned(),
        _ => format!("{:.1}", histogram.value_at_percentile(percentile) as f64 / 1_000.0),
    };
    let row = |name: String, histogram: &hdrhistogram::Histogram<u64>| {
        let mut row = vec![name, number(histogram.len() as f64)];
        row.push(format!("{:.2} %", 100.0 * histogram.len() as f64 / tally.reads() as f64));
        row.extend([50.0, 90.0, 99.0, 99.9].map(|percentile| ms(histogram, percentile)));
        row
    };
    let mut rows: Vec<Vec<String>> =
        tally.tiers.iter().map(|tier| row(tier.source.as_str().to_owned(), &tier.latencies_us)).collect();
    rows.push(row("all".to_owned(), &tally.latencies_us));
    rows.push(row("moves, until acknowledged".to_owned(), &tally.moves_us));
    if let Some(moves) = rows.last_mut() {
        "–".clone_into(&mut moves[2]);
    }
    let head = format!("{}: answered by", one.setup.name);
    chapter.table(&[&head, "reads", "share", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms"], rows);
    chapter.text(format!(
        "{} reads failed, and {} moves. {} pages carried a generation behind a move that had been acknowledged more than a second before. {} pages had expired and \
         were served while they were loaded anew. The origin loaded {} pages ({:.2} % of reads) with {} requests to PostgREST, all others included. Redis \
         used {} bytes for each of its {} keys.",
        number(tally.failed() as f64),
        number(tally.moves_failed as f64),
        number(tally.old as f64),
        number(tally.stale as f64),
        number(one.loads),
        100.0 * one.loads / tally.reads() as f64,
        number(one.source_requests),
        number(one.redis_bytes / one.redis_keys),
        number(one.redis_keys),
    ));
}

fn claims(chapter: &mut Chapter, all: &[&Replayed]) {
    let mut head = vec!["of reads, and p50", "claimed"];
    head.extend(all.iter().map(|one| one.setup.name));
    let rows = CLAIMS.iter().map(|(name, tiers, share, ms)| {
        let mut row = vec![(*name).to_owned(), format!("{share}, {ms} ms")];
        row.extend(all.iter().map(|one| {
            let p50 = median_ms(&one.tally, tiers);
            format!("{:.1} %, {p50:.1} ms", 100.0 * one.tally.share(tiers))
        }));
        row
    });
    let rows = rows.collect();
    chapter.table(&head, rows);
    for one in all {
        let Replayed { setup, tally, loads, .. } = one;
        let caches = 1.0 - tally.share(&[Source::Database]);
        let of = format!("{}, one move for {} reads", setup.name, number(setup.scale.reads_per_move));
        chapter.goal(
            format!("{:.0} % of reads from caches: {of}", 100.0 * HIT_RATE),
            format!("{:.2} %, {} pages too old, {} failed", 100.0 * caches, tally.old, tally.failed()),
            caches >= HIT_RATE && tally.old == 0 && tally.failed() == 0,
        );
        let load = loads / tally.reads() as f64;
        chapter.goal(
            format!("pages loaded from the database for under {:.0} % of reads: {of}", 100.0 * SOURCE_LOAD),
            format!("{:.2} %", 100.0 * load),
            load < SOURCE_LOAD,
        );
    }
}

/// The median of what these tiers answered, in milliseconds.
fn median_ms(tally: &Tally, tiers: &[Source]) -> f64 {
    let mut latencies = tally.latencies_us.clone();
    latencies.reset();
    for tier in tally.tiers.iter().filter(|tier| tiers.contains(&tier.source)) {
        // All have the same bounds.
        let _ = latencies.add(&tier.latencies_us);
    }
    latencies.value_at_percentile(50.0) as f64 / 1_000.0
}

/// How much of the traffic any caches could have answered, and of denser traffic.
fn attainable(chapter: &mut Chapter, all: &[&Replayed]) {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let row = |name: String, ideal: &Ideal, measured: String| {
        let missed = [ideal.first, ideal.overtaken, ideal.expired];
        let mut row = vec![name];
        row.extend(missed.map(|count| percent(count as f64 / ideal.reads as f64)));
        row.extend([percent(ideal.hit_rate()), measured, percent(ideal.loads())]);
        row
    };
    let mut rows = Vec::new();
    let mut shares = Vec::new();
    for one in all {
        let ideal = ideal::replay(&one.trace, one.setup.scale, SEED);
        let ours = 1.0 - one.tally.share(&[Source::Database]);
        shares.push(format!("{:.1} %", 100.0 * ours / ideal.hit_rate()));
        rows.push(row(format!("{}: replayed", one.setup.name), &ideal, percent(ours)));
    }
    let settled = Scale { history: AN_HOUR, ..all[0].setup.scale };
    rows.push(row(
        "default settings, an hour later".to_owned(),
        &ideal::of_traffic(settled, SEED),
        "–".to_owned(),
    ));
    for (reads_per_second, reads_per_move) in DENSER {
        let denser = Scale { reads_per_second, reads_per_move, ..all[0].setup.scale };
        let name = format!(
            "default settings, {} reads/s, a move for {}",
            number(reads_per_second),
            number(reads_per_move)
        );
        rows.push(row(name, &ideal::of_traffic(denser, SEED), "–".to_owned()));
    }
    chapter.table(
        &[
            "of the same workspaces",
            "never asked for before",
            "overtaken",
            "expired",
            "any caches can answer",
            "answered",
            "loads that takes",
        ],
        rows,
    );
    chapter.text(format!(
        "What no cache can answer that keeps the lifetimes and serves nothing overtaken, however large it is and whatever it is made of, is the traffic's: the less is \
         asked of a page in its lifetime, the more of it is loaded. Of what can be answered, the caches answered {}. The other lines are drawn and not replayed: this \
         machine cannot make that traffic and answer it.",
        shares.join(", ")
    ));
}

fn cost(chapter: &mut Chapter, ours: &[Replayed], naive: &Naive) -> Result<()> {
    let cpu_us = worker_cpu_us()?;
    let of_ours = ours.iter().map(|one| {
        let hit_rate = 1.0 - one.tally.share(&[Source::Database]);
        let name = format!("boardcache, {}", one.setup.name);
        (name, one.tally.used, one.tally.reads(), hit_rate, one.tally.old)
    });
    let hit_rate = naive.hits as f64 / naive.reads as f64;
    let designs: Vec<_> = of_ours
        .chain([(
            "plain cache-aside (a model), default settings".to_owned(),
            naive.used,
            naive.reads,
            hit_rate,
            naive.old,
        )])
        .collect();
    let million = |count: u64, reads: u64| number(prices::for_a_million(count, reads));
    let uses = designs.iter().map(|(name, used, reads, hit_rate, old)| {
        let Used { kv_reads, kv_deletes, kv_lists, origin_requests, .. } = *used;
        let kv_writes = used.kv_writes + used.kv_writes_refused;
        let object_requests = used.ledger_requests + used.figures_told;
        let mut row = vec![name.clone(), format!("{:.2} %", 100.0 * hit_rate), million(*old, *reads)];
        row.extend(
            [kv_reads, kv_writes, kv_deletes + kv_lists, object_requests, origin_requests]
                .map(|count| million(count, *reads)),
        );
        row
    });
    let uses = uses.collect();
    chapter.table(
        &[
            "for a million reads",
            "from caches",
            "too old",
            "KV reads",
            "KV writes, refused ones too",
            "KV deletes and lists",
            "requests to Durable Objects",
            "requests to the origin",
        ],
        uses,
    );
    let dollars = |amount: f64| format!("{amount:.2}");
    let costs: Vec<(String, Cost)> = designs
        .iter()
        .map(|(name, used, reads, ..)| (name.clone(), Cost::of(used, *reads, cpu_us.unwrap_or_default())))
        .collect();
    let rows = costs.iter().map(|(name, cost)| {
        let mut row = vec![name.clone()];
        let parts =
            [cost.worker_requests, cost.cpu, cost.kv_reads, cost.kv_writes, cost.objects, cost.total()];
        row.extend(parts.map(dollars));
        row
    });
    let rows = rows.collect();
    chapter.table(
        &["$ for a million reads", "requests", "CPU", "KV reads", "KV writes", "Durable Objects", "all"],
        rows,
    );
    let cpu = cpu_us.map_or_else(
        || "Processor time of the Worker is not in it: the chapter that measures it has not been run.".to_owned(),
        |us| {
            format!(
                "Processor time of the Worker is that of a KV hit in workerd, {} µs with the simulator of KV in it, for every request of every design.",
                number(us)
            )
        },
    );
    chapter.text(format!(
        "Prices are Cloudflare's, beyond what the Workers Paid plan includes: ${:.2} for a million requests, ${:.2} for a million milliseconds, ${:.2} for a \
         million reads of KV and ${:.2} for as many writes, deletes or lists, ${:.2} for a million requests to Durable Objects, ${:.2} for a million \
         gigabyte-seconds of them, a request keeping one active for {:.0} ms (an assumption), and ${:.2} for a million rows they write. {cpu} The plain \
         cache-aside is a model that was given the same requests at the same times: it writes every miss to KV and deletes, on a move, all keys of the \
         board that a list finds. It has no memory in isolates, asks the origin for whatever KV lacks, verifies nobody, and tells the origin of no change; what is too old is judged by versions there, by generations here.",
        prices::WORKER_REQUESTS,
        prices::CPU_MS,
        prices::KV_READS,
        prices::KV_WRITES,
        prices::OBJECT_REQUESTS,
        prices::OBJECT_GB_SECONDS,
        prices::OBJECT_ACTIVE_SECS * 1_000.0,
        prices::OBJECT_ROWS_WRITTEN,
    ));
    Ok(())
}

/// What the Worker's chapter measured, if it was run.
fn worker_cpu_us() -> Result<Option<f64>> {
    let Some(chapter) = Chapter::load("edge")? else { return Ok(None) };
    let series: Option<&Series> = chapter
        .raw
        .iter()
        .flat_map(|(_, series)| series)
        .find(|one| one.name.contains("boardcache Worker, KV hit"));
    Ok(series.map(|one| one.median(|sample| sample.cpu_us.unwrap_or(f64::NAN))).filter(|us| us.is_finite()))
}
