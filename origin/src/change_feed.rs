//! The database as the source of invalidations: delivers what its triggers recorded, at least once.
//!
//! `supabase/migrations/*_change_feed.sql` writes a row in the transaction of each change. Here rows are taken under a lock,
//! invalidated like any other request but without waiting for the edge (the outbox has them), and deleted when that was acknowledged; if this process dies in between, the lock goes with its
//! connection and another delivers them. Several origins may run it. Off unless `CHANGE_FEED_DATABASE_URL` is set; on Supabase the
//! database itself delivers, through `pg_net`.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use crate::app::App;

/// How often the feed is looked at when nothing was notified.
const POLL: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long anything that is asked of the database may take, and a batch with it: a connection may be gone without anybody's having said so.
const PATIENCE: Duration = Duration::from_secs(30);
/// Rows that were taken are the others' again when nothing has been heard for so long of who took them, a process whose machine is gone. A batch's
/// invalidations take less.
const IDLE_IN_TRANSACTION: &str = "15s";
/// How many changes are taken at once: as many as one invalidation request may hold.
const BATCH: i64 = dto::invalidate::MAX_EVENTS.cast_signed() as i64;

/// Why the feed was interrupted. It is taken up again after a pause.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error("the database: {0}")]
    Database(#[from] tokio_postgres::Error),
    #[error("an invalidation: {0}")]
    Invalidation(dto::ApiError),
    #[error("the connection was closed")]
    Closed,
    #[error("the database does not answer")]
    Silent,
}

/// Delivers until the process ends.
pub async fn run(app: Arc<App>, database_url: String) {
    let mut pause = Duration::from_millis(250);
    loop {
        match follow(&app, &database_url, &mut pause).await {
            Ok(()) | Err(FeedError::Closed) => {}
            Err(error) => {
                tracing::warn!(%error, retry_ms = pause.as_millis() as u64, "the change feed is interrupted");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn follow(app: &App, database_url: &str, pause: &mut Duration) -> Result<(), FeedError> {
    let (mut client, mut connection) = in_time(tokio_postgres::connect(database_url, NoTls)).await??;
    let (notify, mut notified) = tokio::sync::mpsc::channel(1);
    let driver = tokio::spawn(async move {
        let mut messages = futures_util::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(_) = message {
                // Full means that somebody will look anyway.
                let _ = notify.try_send(());
            }
        }
    });
    let _end = AbortOnDrop(driver);
    let prepare = format!(
        "set idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}'; listen boardcache_changes"
    );
    in_time(client.batch_execute(&prepare)).await??;
    loop {
        while in_time(deliver(app, &mut client)).await?? > 0 {}
        *pause = Duration::from_millis(250);
        if let Ok(None) = tokio::time::timeout(POLL, notified.recv()).await {
            return Err(FeedError::Closed);
        }
    }
}

/// Waits for the database, and not for ever.
async fn in_time<T>(asked: impl Future<Output = T>) -> Result<T, FeedError> {
    tokio::time::timeout(PATIENCE, asked).await.map_err(|_| FeedError::Silent)
}

/// Takes a batch, invalidates, deletes. Returns how many rows it took.
async fn deliver(app: &App, client: &mut Client) -> Result<usize, FeedError> {
    let transaction = client.transaction().await?;
    let rows = transaction
        .query(
            "select id, event::text from private.changes order by id limit $1 for update skip locked",
            &[&BATCH],
        )
        .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let events: Vec<&str> = rows.iter().map(|row| row.get(1)).collect();
    let body = format!("{{\"events\":[{}]}}", events.join(","));
    match dto::invalidate::parse(body.as_bytes(), None) {
        Ok(invalidations) => {
            for invalidation in invalidations {
                app.invalidate(&invalidation, Duration::ZERO).await.map_err(FeedError::Invalidation)?;
            }
        }
        // Only a row that nobody of ours wrote can be malformed. It must not hold up the others for ever.
        Err(error) if ids.len() == 1 => {
            tracing::error!(%error, id = ids[0], "a change makes no sense and is dropped");
            app.metrics.deliveries.change_dropped();
        }
        Err(_) => {
            drop(transaction);
            return deliver_singly(app, client, &ids).await;
        }
    }
    transaction.execute("delete from private.changes where id = any ($1)", &[&ids]).await?;
    transaction.commit().await?;
    app.metrics.deliveries.changes_delivered(ids.len());
    Ok(ids.len())
}

/// One row at a time, so that a malformed one is dropped alone.
async fn deliver_singly(app: &App, client: &mut Client, ids: &[i64]) -> Result<usize, FeedError> {
    for id in ids {
        let transaction = client.transaction().await?;
        let row = transaction
            .query_opt("select event::text from private.changes where id = $1 for update skip locked", &[id])
            .await?;
        let Some(row) = row else { continue };
        let event: &str = row.get(0);
        match dto::invalidate::parse(event.as_bytes(), None) {
            Ok(invalidations) => {
                for invalidation in invalidations {
                    app.invalidate(&invalidation, Duration::ZERO).await.map_err(FeedError::Invalidation)?;
                }
            }
            Err(error) => {
                tracing::error!(%error, id, "a change makes no sense and is dropped");
                app.metrics.deliveries.change_dropped();
            }
        }
        transaction.execute("delete from private.changes where id = $1", &[id]).await?;
        transaction.commit().await?;
        app.metrics.deliveries.changes_delivered(1);
    }
    Ok(ids.len())
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
