//! Writers: a membership comes or goes in the database, and is reported as a database webhook does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::tally::Tally;
use crate::users::{USERS, WORKSPACES, name};
use crate::{Random, Run};

pub async fn write_on(run: Arc<Run>, seed: u64) -> Result<()> {
    let mut random = Random(seed);
    while Instant::now() < run.ends_at {
        tokio::time::sleep(Duration::from_millis(100 + random.next() % 300)).await;
        let (user, place) = (random.below(USERS), random.below(2));
        let Some(is_member) = run.memberships.begin(user, place) else { continue };
        let (workspace, user_id) = (WORKSPACES[place].0, name(user));
        let (statement, kind) = if is_member {
            (
                format!(
                    "insert into workspace_members (workspace_id, user_id, role) values ('{workspace}', '{user_id}', 'member')"
                ),
                "INSERT",
            )
        } else {
            (
                format!(
                    "delete from workspace_members where workspace_id = '{workspace}' and user_id = '{user_id}'"
                ),
                "DELETE",
            )
        };
        run.world.supabase.sql(&statement).await?;
        let row = json!({"workspace_id": workspace, "user_id": user_id, "role": "member"});
        let (record, old) = if is_member { (row, json!(null)) } else { (json!(null), row) };
        let body = json!({"type": kind, "table": "workspace_members", "schema": "public", "record": record, "old_record": old});
        report(&run, &body).await?;
        run.memberships.end(user, place, is_member);
        let tally = &run.tally;
        Tally::add(if is_member { &tally.admissions } else { &tally.removals }, 1);
    }
    Ok(())
}

/// Until it is acknowledged, as a webhook that is retried.
async fn report(run: &Run, body: &serde_json::Value) -> Result<()> {
    let url = format!("{}/api/cache/invalidate", run.world.edge.url());
    for _ in 0..20 {
        let request = run.world.http.post(&url).bearer_auth(&run.world.secrets.internal_auth_key).json(body);
        let status = request.send().await?.status().as_u16();
        if status == 200 {
            return Ok(());
        }
        ensure!(status == 503, "the report is answered {status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the report is not acknowledged")
}
