//! A page from the origin's memory, with the token verified, the membership checked and the generations judged, beside caches that
//! do none of that, and beside axum alone.

use anyhow::Result;

use super::Options;
use crate::load::Target;
use crate::machine::output;
use crate::page::Page;
use crate::peers::{bare_axum, nginx, varnish};
use crate::report::Chapter;
use crate::rounds::{Contender, closed_loop, open_loop};
use crate::served::{MEMBER, Served, Shape, headers, path};
use crate::tables;

const CONNECTIONS: usize = 32;
const QUERY: &str = "page=1";
/// At each of these rates everybody is asked; the least capable can still answer the highest, on a quiet machine.
const RATES: [u32; 2] = [2_000, 6_000];

pub async fn run(options: &Options, chapter: &mut Chapter) -> Result<()> {
    let served = Served::start("bench-memory", Shape::default()).await?;
    let bearer = served.bearer(MEMBER)?;
    let url = format!("{}{}", served.origin.url(), path(QUERY));
    let page = Page::from(&served.http, &url, &headers(&bearer), "origin_memory").await?;
    let bare = bare_axum::start(&served.dirs, &page).await?;
    let varnish = varnish::start(&served.dirs, bare.port()).await?;
    let nginx = nginx::cache(&served.dirs, bare.port()).await?;

    let ask = |base: &str| Target::get(base, &[path(QUERY)], &headers(&bearer));
    let contenders = [
        Contender::http(
            "boardcache origin, memory hit",
            ask(&served.origin.url())?,
            served.origin.process_id(),
        ),
        Contender::http("Varnish hit", ask(&varnish.url())?, varnish.process_id()),
        Contender::http("nginx proxy_cache hit", ask(&nginx.url())?, nginx.process_id()),
        Contender::http("bare axum (the limit)", ask(&bare.url())?, bare.process_id()),
    ];
    let before =
        served.figure("boardcache_origin_answers_total", &["tier=\"memory\"", "contact_list"]).await?;
    let closed = closed_loop(&contenders, options.plan(CONNECTIONS)).await?;
    let mut at_rates = Vec::new();
    for rate in RATES {
        at_rates.push((rate, open_loop(&contenders, options.tails(CONNECTIONS), rate).await?));
    }
    let after =
        served.figure("boardcache_origin_answers_total", &["tier=\"memory\"", "contact_list"]).await?;

    chapter.text(format!(
        "The first page of a board of 191,663 contacts: 50 contacts, {} bytes, over {CONNECTIONS} connections. The origin verifies the \
         bearer token, checks the membership, judges the page by its generations and renders `_cache` for each request; the others are told \
         to ignore `Authorization`. Varnish ({}) and nginx ({}) are Debian's packages, with the page in memory and logs off. Bare axum is a \
         handler that hands out the same body and headers without so much as a copy: what is left to be gained. Of the origin's answers in \
         this chapter {:.0} came from its memory.",
        page.body.len(),
        output("varnishd", &["-V"]),
        output("nginx", &["-v"]),
        after - before,
    ));
    tables::ceilings(chapter, &closed, "Memory hit: requests a second");
    for (rate, series) in &at_rates {
        tables::tails(chapter, series, *rate, "Memory hit: latency");
    }
    let rps = |other: usize| closed[0].ratio(&closed[other], |sample| sample.per_second);
    chapter.goal("at least 1.4 × Varnish in requests a second", rps(1).as_ratio(), rps(1).median >= 1.4);
    for (rate, series) in &at_rates {
        let p99 = series[0].ratio(&series[1], |sample| sample.latency_us(99.0));
        chapter.goal(
            format!("p99 no worse than Varnish's at {rate} req/s"),
            p99.as_ratio(),
            p99.median <= 1.0,
        );
    }
    let cpu = |other: usize| closed[other].ratio(&closed[0], |sample| sample.cpu_us.unwrap_or(f64::NAN));
    chapter.text(format!(
        "Counted in processor time, which other programs on the machine disturb less: the origin answers {} as many requests for the same time \
         as Varnish, {} as many as nginx, {} as many as bare axum.",
        cpu(1).as_ratio(),
        cpu(2).as_ratio(),
        cpu(3).as_ratio()
    ));
    chapter.goal("at least 0.85 × bare axum", rps(3).as_ratio(), rps(3).median >= 0.85);
    Ok(())
}
