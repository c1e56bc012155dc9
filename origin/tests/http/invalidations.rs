//! Invalidations that begin here, while who has to hear of them is away.

use std::time::Duration;

use axum::http::StatusCode;
use origin::outbox::{OutboxStore, Owed};
use tokio::time::Instant;

use crate::world::{world, world_without_redis};

/// Whoever sends many waits for the ledgers of all of them together: a webhook that was not answered in time would send the same ones again, and never
/// come to the last.
#[tokio::test(start_paused = true)]
async fn those_of_many_workspaces_are_answered_as_soon_as_that_of_one() {
    let world = world();
    let began = Instant::now();
    let changes = r#"{"events":[
        {"workspaceId":"w1","boardId":"b","action":"contact_moved","contactId":"c"},
        {"workspaceId":"w2","boardId":"b","action":"contact_moved","contactId":"c"},
        {"workspaceId":"w3","boardId":"b","action":"contact_moved","contactId":"c"},
        {"workspaceId":"w4","boardId":"b","action":"contact_moved","contactId":"c"},
        {"workspaceId":"w5","boardId":"b","action":"contact_moved","contactId":"c"}]}"#;
    assert_eq!(world.ask_about_many("/api/cache/invalidate", changes).await, StatusCode::OK);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(world.app.outbox.as_ref().unwrap().depth().await.unwrap().0, 15, "three tags of each");
}

/// What Redis has yet to hear of would be forgotten with the process if it were not written down: it is not acknowledged then.
#[tokio::test]
async fn an_invalidation_without_redis_that_cannot_be_written_down_is_refused() {
    let file = std::env::temp_dir().join(format!("boardcache-owed-{}.sqlite", std::process::id()));
    let owed = Owed::beside(&OutboxStore::open(&file).unwrap());
    let world = world_without_redis(owed).await;
    let change = r#"{"boardId":"b","action":"contact_moved","contactId":"c"}"#;
    assert_eq!(world.ask("POST", "/api/cache/invalidate", change).await, StatusCode::OK);
    rusqlite::Connection::open(&file).unwrap().execute_batch("drop table owed_to_redis").unwrap();
    assert_eq!(world.ask("POST", "/api/cache/invalidate", change).await, StatusCode::SERVICE_UNAVAILABLE);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
}
