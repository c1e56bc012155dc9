//! Readers: with the token of the last acknowledged write, without one, and strangers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::cells::Cells;
use crate::oracle::Oracle;

pub async fn read(base: String, cells: Arc<Cells>, reader: usize, oracle: Arc<Oracle>) -> Result<()> {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let mut turn = reader;
    while !oracle.is_stopped() {
        turn += 1;
        let number = turn % cells.len();
        let cell = cells.get(number);
        let stranger = turn.is_multiple_of(37);
        let seen = if turn.is_multiple_of(3) { oracle.last(number) } else { None };
        let token = if stranger { cells.stranger(cell.workspace) } else { cells.member(cell.workspace) };
        let mut request = http
            .get(format!("{base}/api/boards/{}/contacts", cell.board))
            .bearer_auth(token)
            .header("X-Workspace-ID", cell.workspace);
        if let Some(seen) = &seen {
            request = request.header("X-Cache-Generation", &seen.token);
        }
        let asked = Instant::now();
        let Ok(answer) = request.send().await else {
            oracle.was_unavailable();
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let status = answer.status().as_u16();
        let page: Value = answer.json().await.unwrap_or(Value::Null);
        match (stranger, status) {
            (true, 403) => oracle.was_refused(),
            (true, 200) => oracle.saw_foreign(),
            (_, 500..) => {
                oracle.was_unavailable();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (false, 200) => {
                let contact = &page["data"]["contacts"][0];
                if contact["workspace_id"] != cell.workspace || contact["board_id"] != cell.board.as_str() {
                    oracle.saw_foreign();
                    continue;
                }
                let version = contact["name"].as_str().unwrap_or_default().parse()?;
                let hit = page["data"]["_cache"]["status"] == "HIT";
                oracle.judge(number, version, asked, seen.map(|seen| seen.version), hit);
            }
            _ => ensure!(false, "a reader got {status}: {page}"),
        }
    }
    Ok(())
}
