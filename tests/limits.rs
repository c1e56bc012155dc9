//! What one caller may take of the real stack: how deep a page may reach, and how often a user and a workspace may ask.
//!
//! `cargo test -p end-to-end --test limits -- --nocapture` prints what the first and the last page of the largest board take.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use anyhow::Result;
use end_to_end::{Answer, BOARD, Shape, WORKSPACE, World};

const USER_LIMIT: u32 = 6;
const WORKSPACE_LIMIT: u32 = 9;

#[tokio::test]
async fn the_last_page_of_the_largest_board_is_reached_and_nothing_beyond_a_million_rows() -> Result<()> {
    let world = World::start("limits", Shape::default()).await?;
    let ask = async |page: u32| -> Result<Answer> {
        let request =
            world.list(&world.edge.url(), "user_member_15213", WORKSPACE, &format!("{BOARD}?page={page}"))?;
        Answer::read(request.send().await?).await
    };
    for (page, contacts) in [(1, 50), (3833, 50), (3834, 13), (3835, 0), (20_000, 0)] {
        let began = Instant::now();
        let answer = ask(page).await?;
        println!("page {page}: {contacts} contacts, {:.1} ms", began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!((answer.status, answer.contacts()?.len()), (200, contacts), "page {page}");
        let pagination = &answer.json["data"]["pagination"];
        assert_eq!(
            (pagination["total"].as_u64(), pagination["total_pages"].as_u64()),
            (Some(191_663), Some(3834))
        );
    }
    let answer = ask(20_001).await?;
    assert_eq!((answer.status, answer.failure()?), (400, ("invalid_parameter", Some("page"))));
    Ok(())
}

#[tokio::test]
async fn workerd_counts_the_requests_of_a_user_and_of_a_workspace() -> Result<()> {
    let limits = &[("USER_RATE_LIMIT", USER_LIMIT), ("WORKSPACE_RATE_LIMIT", WORKSPACE_LIMIT)];
    let world = World::start("limits", Shape { rate_limits: limits, ..Shape::default() }).await?;
    let ask = async |user: &str| -> Result<Answer> {
        let page = format!("{BOARD}?per_page=2");
        Answer::read(world.list(&world.edge.url(), user, WORKSPACE, &page)?.send().await?).await
    };
    ask("user_admin_15213").await?;
    // The periods begin together, by the clock: all of it has to lie within one.
    wait_for_a_period().await;
    let mut statuses = Vec::new();
    for _ in 0..=USER_LIMIT {
        statuses.push(ask("user_member_15213").await?);
    }
    let last = statuses.pop().unwrap();
    assert!(statuses.iter().all(|answer| answer.status == 200));
    assert_eq!(
        (last.status, last.failure()?, last.header("retry-after")),
        (429, ("rate_limited", None), "10")
    );
    // A colleague has requests left, and the workspace soon has none.
    let mut of_another = Vec::new();
    for _ in USER_LIMIT..=WORKSPACE_LIMIT {
        of_another.push(ask("user_agent_15213").await?.status);
    }
    assert_eq!(of_another, [200, 200, 200, 429]);
    Ok(())
}

/// Waits until the next period of ten seconds has just begun: what was asked before is not counted in it.
async fn wait_for_a_period() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let into_ms = now.as_millis() as u64 % 10_000;
    tokio::time::sleep(std::time::Duration::from_millis(10_050 - into_ms)).await;
}
