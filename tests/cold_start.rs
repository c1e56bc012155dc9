//! A thousand readers of one page that nobody has: one query at the source.

#![allow(clippy::unwrap_used, clippy::panic)]

use anyhow::Result;
use end_to_end::{Answer, BOARD, Shape, WORKSPACE, World};
use tokio_postgres::Client;

/// How often PostgREST read a page of contacts, as PostgreSQL counted it.
async fn queries(client: &Client) -> Result<i64> {
    let row = client
        .query_one(
            "select coalesce(sum(calls), 0)::bigint from pg_stat_statements
             where query like '%pgrst_source%' and query like '%\"public\".\"contact_page\"%'",
            &[],
        )
        .await?;
    Ok(row.get(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_cold_requests_over_two_origins_make_one_query() -> Result<()> {
    let world = World::start("cold_start", Shape { origins: 2, ..Shape::default() }).await?;
    let client = world.supabase.client().await?;
    client.batch_execute("create extension if not exists pg_stat_statements").await?;
    // Each origin knows the member already, as it would in service.
    for origin in &world.origins {
        let warm = world.list(&origin.url(), "user_member_15213", WORKSPACE, "board_123?per_page=1")?;
        assert_eq!(warm.send().await?.status(), 200);
    }
    client.batch_execute("select pg_stat_statements_reset()").await?;

    let mut reads = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let url = world.origins[number % 2].url();
        let request =
            world.list(&url, "user_member_15213", WORKSPACE, &format!("{BOARD}?filter=high_priority"))?;
        reads.spawn(async move { Answer::read(request.send().await?).await });
    }
    let mut bodies = std::collections::HashSet::new();
    while let Some(read) = reads.join_next().await {
        let answer = read??;
        assert_eq!(answer.status, 200, "{}", answer.text);
        bodies.insert(answer.header("etag").to_owned());
    }
    let queries = queries(&client).await?;
    println!("1,000 requests, {queries} query at the source, {} different answers", bodies.len());
    assert_eq!((queries, bodies.len()), (1, 1));
    Ok(())
}
