//! A page from Workers KV, in workerd: the Worker beside one written by hand in JavaScript.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use stack::edge::{Edge, EdgeOptions};
use stack::{guard, repo, worker_config};

use super::Options;
use crate::cpu;
use crate::load::{Target, closed};
use crate::peers::js_worker::JsWorker;
use crate::report::Chapter;
use crate::report::svg::number;
use crate::rounds::{Contender, Plan, closed_loop, open_loop};
use crate::served::{MEMBER, Served, Shape, headers, path};
use crate::tables;

const CONNECTIONS: usize = 16;
/// More pages than an isolate's memory holds (16 MiB), asked for in turn: the memory never has the next one, KV always does.
const PAGES: usize = 900;
const RATE: u32 = 300;
/// Rounds of one start. A process keeps its luck (where its memory lies, what its compilers chose to do): the same Worker started twice differs by as
/// much as two Workers do, so everybody is started anew several times.
const PLAN: Plan = Plan {
    rounds: 3,
    warm_up: Duration::from_millis(500),
    duration: Duration::from_millis(1500),
    connections: CONNECTIONS,
};
/// What a Worker may weigh, gzipped, in bytes, and take to start.
const MAX_BYTES: f64 = 300_000.0;
const MAX_START: Duration = Duration::from_millis(50);

pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let served = Served::start("bench-edge", Shape::default()).await?;
    let vars = BTreeMap::from([
        ("BACKEND_URL".to_owned(), served.origin.url()),
        ("INTERNAL_AUTH_KEY".to_owned(), served.secrets.internal_auth_key.clone()),
        ("SUPABASE_JWT_SECRET".to_owned(), served.secrets.jwt_secret.clone()),
        // One read of each page fills KV.
        ("KV_WRITES".to_owned(), "every-load".to_owned()),
        ("ALLOWED_ORIGINS".to_owned(), "https://app.example.com".to_owned()),
    ]);
    let bearer = served.bearer(MEMBER)?;
    let starts = options.either(3, 9);
    let mut started = Started::anew(0, &served, &vars, &bearer).await?;
    let mut closed = closed_loop(&started.contenders, PLAN).await?;
    for turn in 1..starts {
        drop(started);
        started = Started::anew(turn, &served, &vars, &bearer).await?;
        let measured = closed_loop(&started.contenders, PLAN).await?;
        for (all, more) in std::iter::zip(&mut closed, measured) {
            all.samples.extend(more.samples);
        }
    }
    let edge = &started.edge;
    let memory = Contender::http(
        "boardcache Worker, isolate memory hit",
        Target::get(&edge.url(), &[path("page=1")], &headers(&bearer))?,
        edge.process_id(),
    );
    // Without the control.
    let contenders = &started.contenders[..2];
    let open = open_loop(contenders, options.plan(CONNECTIONS), RATE).await?;
    let hits = tier_hits(edge).await?;

    let mut cpu_rows = Vec::new();
    let seconds = Duration::from_secs(options.either(3, 6));
    for one in contenders.iter().chain([&memory]) {
        let target = one.target().context("not ours to ask")?;
        let process = one.process.context("workerd has ended")?;
        closed::run(target.clone(), CONNECTIONS, Duration::ZERO, Duration::from_millis(500)).await?;
        let before = cpu::used_by(process);
        let sample = closed::run(target, CONNECTIONS, Duration::ZERO, seconds).await?;
        let micros =
            cpu::used_by(process).saturating_sub(before).as_secs_f64() * 1e6 / sample.requests as f64;
        cpu_rows.push(vec![one.name.clone(), number(micros), number(sample.per_second)]);
    }
    drop(started);
    let gzipped = gzipped_bytes()?;
    let start = start_up().await?;

    chapter.text(format!(
        "All in workerd, run by Miniflare without the proxy of `wrangler dev`, {CONNECTIONS} connections, {PAGES} pages in turn: more than an \
         isolate's memory holds. Ours and the peer verify the token and remember it, check the membership, ask a Durable Object for the workspace's \
         generations at most once a second, read KV, judge the page by its stamp and render `_cache` around it. Everybody was started {starts} times, each time in another order, for a process keeps its luck: the control is our own \
         Worker in a process of its own, and says what a ratio of 1 looks like here. Of the Worker's answers {} came \
         from KV and {} from the isolate's memory, in the last start. Most of the time goes to the simulator of KV, which is itself a Worker in the same process, \
         and is the same for both.",
        number(hits.0),
        number(hits.1)
    ));
    tables::ceilings(chapter, &closed, "KV hit: requests a second");
    tables::tails(chapter, &open, RATE, "KV hit: latency");
    chapter.table(
        &["processor time of workerd, its simulator of KV included", "µs a request", "req/s"],
        cpu_rows,
    );
    chapter.table(
        &["the Worker as it is deployed", "measured", "limit"],
        vec![
            vec![
                "JavaScript and WebAssembly, gzipped, KB".to_owned(),
                number(gzipped / 1000.0),
                number(MAX_BYTES / 1000.0),
            ],
            vec![
                "start-up, as `wrangler check startup` profiles it, ms of processor time".to_owned(),
                number(start.as_secs_f64() * 1000.0),
                number(MAX_START.as_secs_f64() * 1000.0),
            ],
        ],
    );
    let ratio = closed[0].ratio(&closed[1], |sample| sample.per_second);
    let control = closed[0].ratio(&closed[2], |sample| sample.per_second);
    let by_cpu = closed[1].ratio(&closed[0], |sample| sample.cpu_us.unwrap_or(f64::NAN));
    chapter.text(format!(
        "Counted in processor time, which other programs on the machine disturb less: the Worker answers {} as many requests for the same time as the one in JavaScript.",
        by_cpu.as_ratio()
    ));
    chapter.goal(
        "KV hit at least 1.0 × a JavaScript Worker",
        format!("{}; the control {}", ratio.as_ratio(), control.as_ratio()),
        ratio.median >= 1.0,
    );
    chapter.goal(
        "Worker under 300 KB gzipped",
        format!("{} KB", number(gzipped / 1000.0)),
        gzipped < MAX_BYTES,
    );
    chapter.goal(
        "Worker starts in under 50 ms",
        format!("{} ms", number(start.as_secs_f64() * 1000.0)),
        start < MAX_START,
    );
    Ok(())
}

/// Everybody, in processes of their own, with every page in their KV.
struct Started {
    edge: Edge,
    contenders: Vec<Contender>,
    _others: (JsWorker, Edge),
}

impl Started {
    async fn anew(
        turn: usize,
        served: &Served,
        vars: &BTreeMap<String, String>,
        bearer: &str,
    ) -> Result<Self> {
        let worker =
            || Edge::start(&served.dirs, EdgeOptions { vars: vars.clone(), ..EdgeOptions::default() });
        let date = worker_config::read()?.compatibility_date;
        let peer = || JsWorker::start(served, &date);
        // Each start begins with another one, so that no place in the order is anybody's.
        let (edge, peer, control) = match turn % 3 {
            0 => {
                let edge = worker().await?;
                (edge, peer().await?, worker().await?)
            }
            1 => {
                let (peer, control) = (peer().await?, worker().await?);
                (worker().await?, peer, control)
            }
            _ => {
                let control = worker().await?;
                (worker().await?, peer().await?, control)
            }
        };
        let paths: Vec<String> = (1..=PAGES).map(|page| path(&format!("page={page}"))).collect();
        let ask = |base: &str| Target::get(base, &paths, &headers(bearer));
        let contenders = vec![
            Contender::http("boardcache Worker, KV hit", ask(&edge.url())?, edge.process_id()),
            Contender::http("JavaScript Worker, KV hit", ask(&peer.url())?, peer.process_id()),
            Contender::http(
                "boardcache Worker once more, a control",
                ask(&control.url())?,
                control.process_id(),
            ),
        ];
        println!("  filling KV with {PAGES} pages, three times");
        // Pages live for three minutes from when the origin loads them: whoever measures longer measures something else.
        served.invalidate().await?;
        for base in [edge.url(), peer.url(), control.url()] {
            for path in &paths {
                served.read(&format!("{base}{path}"), bearer).await?;
            }
        }
        Ok(Self { edge, contenders, _others: (peer, control) })
    }
}

/// How many answers came from KV, and how many from an isolate's memory.
async fn tier_hits(edge: &Edge) -> Result<(f64, f64)> {
    // Isolates tell their figures once a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok((
        edge.figure("boardcache_edge_kv_hits_total").await?,
        edge.figure("boardcache_edge_memory_hits_total").await?,
    ))
}

fn gzipped_bytes() -> Result<f64> {
    let build = repo::root().join("edge-worker/build");
    let mut total = 0;
    for file in ["index.js", "worker_bg.wasm"] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &std::fs::read(build.join(file))?)?;
        total += encoder.finish()?.len();
    }
    Ok(total as f64)
}

/// The processor time that the runtime spends until the Worker is ready for its first event: what is not idle in the profile
/// that wrangler takes of it.
async fn start_up() -> Result<Duration> {
    let folder = repo::target_dir().join("bench/startup");
    std::fs::create_dir_all(&folder)?;
    let profile = folder.join("worker.cpuprofile");
    let mut command = guard::command(repo::npm_bin("wrangler"));
    command
        .current_dir(repo::root())
        .args(["check", "startup", "--outfile"])
        .arg(&profile)
        .env("PATH", repo::path_with_npm_bin())
        .env("CI", "true")
        .env("WRANGLER_SEND_METRICS", "false")
        .stdout(std::fs::File::create(folder.join("log"))?)
        .stderr(std::process::Stdio::null());
    let status = guard::spawn(command)?.wait().await?;
    ensure!(status.success(), "wrangler check startup failed; see target/bench/startup/log");
    let profile: Value = serde_json::from_slice(&std::fs::read(profile)?)?;
    let nodes = profile["nodes"].as_array().context("the profile has no nodes")?;
    let idle: Vec<&Value> = nodes
        .iter()
        .filter(|node| matches!(node["callFrame"]["functionName"].as_str(), Some("(idle)" | "(root)")))
        .map(|node| &node["id"])
        .collect();
    let (samples, deltas) = (&profile["samples"], &profile["timeDeltas"]);
    let taken =
        std::iter::zip(samples.as_array().into_iter().flatten(), deltas.as_array().into_iter().flatten());
    let micros: u64 =
        taken.filter(|(node, _)| !idle.contains(node)).filter_map(|(_, delta)| delta.as_u64()).sum();
    Ok(Duration::from_micros(micros))
}
