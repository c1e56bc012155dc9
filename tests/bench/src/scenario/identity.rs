//! What it costs a hit to know who asks: each tier as it is released, beside the same program built to take everybody for whoever came first. Nothing
//! else differs.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use stack::edge::{Edge, EdgeOptions};
use stack::repo;

use super::Options;
use crate::load::Target;
use crate::page::Page;
use crate::report::Chapter;
use crate::report::svg::number;
use crate::rounds::{Contender, Plan, closed_loop};
use crate::sample::{Series, Spread};
use crate::served::{MEASURED_WITHOUT_IDENTITY, MEMBER, Served, Shape, headers, path};

const EDGE_CONNECTIONS: usize = 16;
const ORIGIN_CONNECTIONS: usize = 32;
/// More pages than an isolate's memory holds (16 MiB), asked for in turn: the memory never has the next one, KV always does.
const PAGES: usize = 900;
/// How much more a hit may cost with identity than without.
const MOST: f64 = 1.05;

/// Short rounds and many of them: what is looked for is a twentieth, and this machine does other things as well.
fn plan(options: &Options, connections: usize) -> Plan {
    Plan {
        rounds: options.either(10, 61),
        warm_up: Duration::from_millis(100),
        duration: Duration::from_millis(600),
        connections,
    }
}

pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let served = Served::start("bench-identity", Shape::default()).await?;
    chapter.text(
        "Each tier as it is released beside itself built without identity: a program that takes everybody for whoever came first, and does all else that a \
         hit does. It exists for this measurement alone, and starts only where it is told so. With identity the token and the membership are remembered, \
         as they are for all but the first request of a reader. What is compared is the processor time that a request takes, round by round, and the \
         requests in a second.",
    );
    let memory = origin(options, &served).await?;
    let [kv, isolate] = edge(options, &served).await?;
    let title = format!(
        "{EDGE_CONNECTIONS} connections at the edge, {ORIGIN_CONNECTIONS} at the origin: with identity / without"
    );
    let rows = [&memory, &kv, &isolate].map(Compared::row).to_vec();
    chapter.table(&[&title, "CPU µs with", "CPU µs without", "CPU", "req/s without / with"], rows);
    chapter.text(
        "A hit in Workers KV is paid with the simulator of KV, which is a Worker in the same process and takes most of that time. A hit in the isolate's \
         memory has no such part: there the same microseconds are the larger share.",
    );
    for compared in [memory, kv] {
        let cost = compared.cost();
        chapter.goal(
            format!("{} costs at most {MOST} × one without identity", compared.what),
            cost.as_ratio(),
            cost.median <= MOST,
        );
        chapter.raw.push((compared.what.to_owned(), compared.series.to_vec()));
    }
    chapter.raw.push((isolate.what.to_owned(), isolate.series.to_vec()));
    Ok(())
}

/// A hit with identity, and the same without.
struct Compared {
    what: &'static str,
    series: [Series; 2],
}

impl Compared {
    async fn measure(what: &'static str, contenders: [Contender; 2], plan: Plan) -> Result<Self> {
        let series = closed_loop(&contenders, plan).await?;
        ensure!(series.iter().all(|one| one.errors() == 0), "{what}: requests failed");
        let Ok(series) = <[Series; 2]>::try_from(series) else { anyhow::bail!("{what}: not two series") };
        Ok(Self { what, series })
    }

    fn cpu_us(one: &Series) -> f64 {
        one.median(|sample| sample.cpu_us.unwrap_or(f64::NAN))
    }

    fn cost(&self) -> Spread {
        self.series[0].ratio(&self.series[1], |sample| sample.cpu_us.unwrap_or(f64::NAN))
    }

    fn row(&self) -> Vec<String> {
        let [with, without] = &self.series;
        let per_second = without.ratio(with, |sample| sample.per_second);
        vec![
            self.what.to_owned(),
            number(Self::cpu_us(with)),
            number(Self::cpu_us(without)),
            self.cost().as_ratio(),
            per_second.as_ratio(),
        ]
    }
}

async fn origin(options: &Options, served: &Served) -> Result<Compared> {
    let without = served.origin_without_identity().await?;
    let bearer = served.bearer(MEMBER)?;
    let query = path("page=1");
    for base in [served.origin.url(), without.url()] {
        Page::from(&served.http, &format!("{base}{query}"), &headers(&bearer), "origin_memory").await?;
    }
    let ask = |base: &str| Target::get(base, std::slice::from_ref(&query), &headers(&bearer));
    let contenders = [
        Contender::http("origin, memory hit", ask(&served.origin.url())?, served.origin.process_id()),
        Contender::http("the same without identity", ask(&without.url())?, without.process_id()),
    ];
    Compared::measure("a hit in the origin's memory", contenders, plan(options, ORIGIN_CONNECTIONS)).await
}

/// A hit in KV, and one in the isolate's memory.
async fn edge(options: &Options, served: &Served) -> Result<[Compared; 2]> {
    let vars = BTreeMap::from([
        ("BACKEND_URL".to_owned(), served.origin.url()),
        ("INTERNAL_AUTH_KEY".to_owned(), served.secrets.internal_auth_key.clone()),
        ("SUPABASE_JWT_SECRET".to_owned(), served.secrets.jwt_secret.clone()),
        // One read of each page fills KV.
        ("KV_WRITES".to_owned(), "every-load".to_owned()),
        MEASURED_WITHOUT_IDENTITY.map(str::to_owned).into(),
    ]);
    let start = async |build_dir| {
        let options = EdgeOptions { vars: vars.clone(), build_dir, ..EdgeOptions::default() };
        Edge::start(&served.dirs, options).await
    };
    let with = start(None).await?;
    let without = start(Some(repo::without_identity_dir().join("edge-worker"))).await?;
    let bearer = served.bearer(MEMBER)?;
    let pages: Vec<String> = (1..=PAGES).map(|page| path(&format!("page={page}"))).collect();
    println!("  filling KV with {PAGES} pages, twice");
    for base in [with.url(), without.url()] {
        for page in &pages {
            served.read(&format!("{base}{page}"), &bearer).await?;
        }
    }
    let contenders = |paths: &[String]| {
        let target = |edge: &Edge| Target::get(&edge.url(), paths, &headers(&bearer));
        anyhow::Ok([
            Contender::http("Worker", target(&with)?, with.process_id()),
            Contender::http("the same without identity", target(&without)?, without.process_id()),
        ])
    };
    let plan = plan(options, EDGE_CONNECTIONS);
    // Pages live for three minutes: what takes longer would measure something else.
    let kv = Compared::measure("a hit in Workers KV", contenders(&pages)?, plan).await?;
    let isolate = contenders(&pages[..1])?;
    Ok([kv, Compared::measure("a hit in an isolate's memory", isolate, plan).await?])
}
