//! Writers: the next number into the row, then the news of it to the edge, until that is acknowledged.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::cells::Cells;
use crate::oracle::Oracle;

const BURST: u64 = 10;
const REST: Duration = Duration::from_millis(300);

pub async fn write(
    database: Client,
    edge_url: String,
    cells: Arc<Cells>,
    number: usize,
    oracle: Arc<Oracle>,
) -> Result<()> {
    let cell = cells.get(number);
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let body = json!({"boardId": cell.board, "contactId": cell.contact, "action": "contact_updated"});
    let mut version = 0_u64;
    while !oracle.is_stopped() {
        version += 1;
        if version.is_multiple_of(BURST) {
            // Long enough for pages to be cached, and short enough that most of them are old when they are asked for next.
            tokio::time::sleep(REST).await;
        }
        database
            .execute("update contacts set name = $1 where id = $2", &[&version.to_string(), &cell.contact])
            .await?;
        loop {
            let sent = http
                .post(format!("{edge_url}/api/cache/invalidate"))
                .bearer_auth(&cells.internal_auth_key)
                .header("X-Workspace-ID", cell.workspace)
                .json(&body)
                .send()
                .await;
            if let Ok(answer) = sent
                && answer.status() == 200
                && let Ok(answer) = answer.json::<Value>().await
            {
                let token = answer["data"]["generation"].as_str().unwrap_or_default().to_owned();
                oracle.acknowledge(number, version, token);
                break;
            }
            oracle.tried_again();
            if oracle.is_stopped() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}
