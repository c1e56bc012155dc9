//! The Worker after V8 has optimised it: what holds in an isolate's first seconds must hold in its thousandth hour.
//!
//! V8 is told to optimise early, so that a short test sees what otherwise begins after tens of thousands of requests.

#![allow(clippy::unwrap_used, clippy::panic)]

use anyhow::Result;
use end_to_end::{Answer, BOARD, Shape, WORKSPACE, World};
use futures_util::future::try_join_all;

/// A function is optimised when it has been called so often, in place of some thousand times.
const OPTIMISE_EARLY: &[&str] = &["--invocation-count-for-turbofan=40", "--invocation-count-for-maglev=20"];
const READERS: usize = 16;
const PAGES: usize = 120;

/// A request that waits for another's load is woken from that one's context, and must go on in its own: the runtime refuses to send what was made
/// in another one's (`docs/decisions/0019`).
#[tokio::test]
async fn requests_that_share_a_load_are_answered_in_their_own_contexts() -> Result<()> {
    let shape = Shape { v8_flags: OPTIMISE_EARLY, ..Shape::default() };
    let world = World::start("edge_optimized", shape).await?;
    for page in 1..=PAGES {
        let query = format!("{BOARD}?per_page=5&page={page}");
        let readers = (0..READERS).map(async |_| {
            let request = world.list(&world.edge.url(), "user_member_15213", WORKSPACE, &query)?;
            Answer::read(request.send().await?).await
        });
        for answer in try_join_all(readers).await? {
            assert_eq!(answer.status, 200, "page {page}: {}", answer.text);
        }
    }
    let metrics = world.http.get(format!("{}/metrics?format=prometheus", world.edge.url())).send().await?;
    let metrics = metrics.text().await?;
    let shared = metrics.lines().find(|line| line.contains("shared_loads") && !line.starts_with('#'));
    let shared = shared.and_then(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).unwrap_or_default();
    println!("{} reads, {shared} of them of another's load", PAGES * READERS);
    assert!(shared >= PAGES, "they did not wait for each other: this has shown nothing");
    Ok(())
}
