//! Entries of two workspaces under each other's keys in Workers KV: the edge misses them, raises an alarm for each, and serves to each reader what is its
//! own.

use anyhow::{Result, ensure};
use end_to_end::{Shape, World};
use hostile::case::{Case, Expect, Tier};
use hostile::leak::{Detector, Sees};
use hostile::leaky_origin::edge_with_files;
use hostile::mixed_kv::KvFiles;
use hostile::run::attack;
use hostile::target::{BIG, Party, SIDES, Target, VARIED, list};

/// Under what the first page of so many contacts lies.
fn key(party: Party, per_page: u32) -> String {
    format!("contacts:{}:{}:f=all:s=created_at.desc:p=1:n={per_page}", party.workspace, party.board)
}

#[tokio::test]
async fn what_lies_under_anothers_key_in_kv_is_a_miss_and_an_alarm() -> Result<()> {
    let world = World::start("hostile_kv", Shape::default()).await?;
    let files = world.dirs.cache.join("run").join(format!("hostile-kv-{}", std::process::id()));
    let mut edge = edge_with_files(&world, &world.balancer.url(), &files).await?;
    let target = Target::new(&world)?.with_edge(&edge.url());
    let sizes = [11_u32, 12, 13];
    let cases: Vec<Case> = SIDES
        .into_iter()
        .flat_map(|(party, _)| sizes.map(|size| (party, size)))
        .map(|(party, size)| Case {
            name: format!("{size} contacts of {}", party.workspace),
            tier: Tier::Edge,
            request: target.as_member(party, &format!("{}?per_page={size}", list(party))),
            sees: Sees::Only(party.workspace),
            expect: Expect::Success,
        })
        .collect();
    let detector = Detector::new();
    let filled = attack(&target, &detector, &cases).await?;
    assert!(filled.is_clean(), "{}", filled.report());

    let store = KvFiles::of(&files);
    for size in sizes {
        store.wait_for(&[&key(BIG, size), &key(VARIED, size)]).await?;
    }
    edge.stop().await?;
    for size in sizes {
        store.swap(&key(BIG, size), &key(VARIED, size))?;
    }
    edge.restart().await?;
    let mixed_up = attack(&target, &detector, &cases).await?;
    println!("{}", mixed_up.line());
    assert!(mixed_up.is_clean(), "{}", mixed_up.report());

    let alarms = edge.figure("boardcache_edge_seal_alarms_total").await?;
    ensure!(alarms == cases.len() as f64, "{alarms} alarms for {} entries", cases.len());
    ensure!(edge.log().contains("seal alarm in KV"), "{}", edge.log());
    edge.stop().await?;
    std::fs::remove_dir_all(&files)?;
    Ok(())
}
