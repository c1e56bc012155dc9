//! The Worker after V8 has optimised it: what holds in an isolate's first seconds must hold in its thousandth hour.
//!
//! V8 is told to optimise early, so that a short test sees what otherwise begins after tens of thousands of requests.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use end_to_end::{Answer, Shape, WORKSPACE, World};
use futures_util::future::try_join_all;
use serde_json::Value;
use stack::StackDirs;
use stack::edge::{Edge, EdgeOptions};

/// A function is optimised when it has been called so often, in place of some thousand times.
const OPTIMISE_EARLY: &[&str] = &["--invocation-count-for-turbofan=40", "--invocation-count-for-maglev=20"];
const ROUNDS: usize = 120;
/// Who reads, of two workspaces and three boards.
const READERS: [(&str, &str, &str); 4] = [
    ("user_member_15213", WORKSPACE, "board_123"),
    ("user_admin_15213", WORKSPACE, "board_123"),
    ("user_member_20771", "20771", "board_sales"),
    ("user_member_20771", "20771", "board_support"),
];
/// How often each of them asks at once.
const AT_ONCE: usize = 4;

/// A request that waits for another's load is woken from that one's context, and must go on in its own: the runtime refuses to send what was made
/// in another one's (`docs/decisions/0019`). And each gets its own page, from the origin, from memory and from KV.
#[tokio::test]
async fn requests_that_share_a_load_are_answered_in_their_own_contexts() -> Result<()> {
    let edge_vars = &[("KV_WRITES", "every-load")];
    let shape = Shape { v8_flags: OPTIMISE_EARLY, edge_vars, ..Shape::default() };
    let mut world = World::start("edge_optimized", shape).await?;
    let mut pages = BTreeMap::new();
    for round in 1..=ROUNDS {
        read_all(&world, round, &mut pages).await?;
    }
    let shared = counted(&world, "shared_loads").await?;
    // All but the first who ask for a page: each isolate has its loads to itself, and there is one.
    let joined = ROUNDS * READERS.len() * (AT_ONCE - 1);
    assert!(shared >= joined / 2, "{shared} of {joined} waited for each other: this has shown nothing");

    // What memory had is gone, and KV has it all.
    world.edge.restart().await?;
    for round in 1..=ROUNDS {
        read_all(&world, round, &mut pages).await?;
    }
    let from_kv = counted(&world, "kv_hits").await?;
    println!("{shared} reads of another's load, {from_kv} from KV");
    assert!(from_kv >= ROUNDS, "{from_kv} from KV");
    Ok(())
}

/// Has everybody ask for a page of theirs at once. Whoever asks for a page that was answered before gets the same contacts.
async fn read_all(
    world: &World,
    page: usize,
    pages: &mut BTreeMap<(&'static str, usize), Vec<Value>>,
) -> Result<()> {
    let asked = READERS.iter().flat_map(|reader| std::iter::repeat_n(*reader, AT_ONCE));
    let answers = asked.map(async |(user, workspace, board)| {
        let query = format!("{board}?per_page=5&page={page}");
        let request = world.list(&world.edge.url(), user, workspace, &query)?;
        Ok::<_, anyhow::Error>((workspace, board, Answer::read(request.send().await?).await?))
    });
    for (workspace, board, answer) in try_join_all(answers).await? {
        ensure!(answer.status == 200, "{board}, page {page}: {}", answer.text);
        let contacts = answer.contacts()?;
        ensure!(contacts.len() == 5, "{board}, page {page}: {}", answer.text);
        for contact in contacts {
            ensure!(contact["workspace_id"] == workspace && contact["board_id"] == board, "{contact}");
        }
        let known = pages.entry((board, page)).or_insert_with(|| contacts.clone());
        ensure!(known == contacts, "{board}, page {page}, is another one: {}", answer.text);
    }
    Ok(())
}

/// One of the Worker's figures, once its isolates have told it.
async fn counted(world: &World, counter: &str) -> Result<usize> {
    tokio::time::sleep(Duration::from_millis(1500)).await;
    Ok(world.edge.figure(&format!("boardcache_edge_{counter}_total")).await? as usize)
}

/// Or the test above would show nothing, and pass.
#[tokio::test]
async fn flags_reach_v8() {
    let dirs = StackDirs::of_this_checkout("edge_optimized");
    let options = EdgeOptions { v8_flags: &["--no-such-flag"], ..EdgeOptions::default() };
    let refused = Edge::start(&dirs, options).await.unwrap_err();
    assert!(format!("{refused:#}").contains("unrecognized V8 flag"), "{refused:#}");
}
