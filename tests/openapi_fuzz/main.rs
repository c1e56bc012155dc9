//! Thousands of requests made from `/openapi.json`, well-formed and not: none ends in a 5xx, and every answer is one that the document
//! has, with its status, its headers, its type and its schema.
//!
//! The requests are made by schemathesis from a fixed seed and go to an origin on this machine, before Supabase and Redis as they are:
//! as an admin, as a member, as a service and as nobody. That the answers mean what they should is for other tests.

#![allow(clippy::unwrap_used, clippy::panic)]

mod caller;
mod run;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use end_to_end::{Shape, World};

use caller::Caller;

/// Answers with a status of the 2xx, by route.
async fn answered_well(world: &World) -> Result<BTreeMap<String, f64>> {
    let url = format!("{}/metrics", world.origins[0].url());
    let figures = world.http.get(url).send().await?.text().await?;
    let mut by_route = BTreeMap::new();
    for line in figures.lines().filter(|line| line.starts_with("boardcache_origin_http_requests_total{")) {
        let Some((route, rest)) = line.split_once("route=\"").and_then(|(_, rest)| rest.split_once('"'))
        else {
            continue;
        };
        let answers: &mut f64 = by_route.entry(route.to_owned()).or_default();
        if rest.contains("status=\"2xx\"") {
            *answers += rest.rsplit(' ').next().unwrap().parse::<f64>()?;
        }
    }
    Ok(by_route)
}

#[tokio::test]
async fn what_the_document_says_is_what_is_answered_whatever_is_sent() -> Result<()> {
    let program = stack::python_tool::SCHEMATHESIS.installed().await?;
    let world = World::start("openapi_fuzz", Shape::default()).await?;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for caller in Caller::ALL {
        let began = Instant::now();
        let outcome = run::run(&program, &world, caller).await?;
        println!("{} cases as {}, {:.1} s", outcome.cases, caller.name(), began.elapsed().as_secs_f64());
        asked += outcome.cases;
        wrong.extend(outcome.wrong.map(|said| format!("as {}: {said}", caller.name())));
    }
    println!("{asked} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 2000, "{asked} cases are too few to mean much");

    // Refusals alone would prove little.
    let refused: Vec<String> = answered_well(&world)
        .await?
        .into_iter()
        .filter(|(route, answers)| {
            route != "none"
                && !route.starts_with("/internal/")
                && !route.starts_with("/docs")
                && !route.starts_with("/console")
                && !route.ends_with("/live")
                && *answers == 0.0
        })
        .map(|(route, _)| route)
        .collect();
    assert!(refused.is_empty(), "never answered but with a refusal: {refused:?}");
    Ok(())
}
