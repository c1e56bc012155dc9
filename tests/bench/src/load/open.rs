//! Open loop: requests are due at fixed times, and each latency counts from when its request was due.
//!
//! A thread that sleeps until the next due time hands requests to connections in turn. If a connection is still busy, its request
//! waits, and the wait counts. The clock that wakes the thread is some 60 µs late, for every contender alike.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::{Record, Target, Turn, on_own_thread};
use crate::sample::Sample;

/// Asks `per_second` times a second for `duration`, over `connections`. The first `warm_up` is not counted.
pub async fn run(
    target: Target,
    connections: usize,
    per_second: u32,
    warm_up: Duration,
    duration: Duration,
) -> Result<Sample> {
    on_own_thread(move || async move {
        let (mut asking, turn) = (JoinSet::new(), Turn::default());
        let mut due_at = Vec::with_capacity(connections);
        let start = Instant::now() + Duration::from_millis(100);
        let begin = start + warm_up;
        for _ in 0..connections {
            let (sender, due) = mpsc::unbounded_channel();
            due_at.push(sender);
            asking.spawn_local(ask(target.clone(), turn.clone(), begin, due));
        }
        let pacer = thread::spawn(move || pace(&due_at, start, per_second, warm_up + duration));
        let mut records = Vec::with_capacity(connections);
        while let Some(record) = asking.join_next().await {
            records.push(record??);
        }
        let _ = pacer.join();
        Record::sum(records, duration)
    })
    .await
}

/// Says when each request is due, when it is.
fn pace(due_at: &[mpsc::UnboundedSender<Instant>], start: Instant, per_second: u32, duration: Duration) {
    let interval = Duration::from_secs(1) / per_second;
    let count = (duration.as_secs_f64() * f64::from(per_second)) as u32;
    for number in 0..count {
        let due = start + interval * number;
        if let Some(pause) = due.checked_duration_since(Instant::now()) {
            thread::sleep(pause);
        }
        // A connection that failed is gone: what is due on it is not asked, and is missing in the count.
        let _ = due_at[number as usize % due_at.len()].send(due);
    }
}

async fn ask(
    target: Target,
    turn: Turn,
    begin: Instant,
    mut due: mpsc::UnboundedReceiver<Instant>,
) -> Result<Record> {
    let mut record = Record::new()?;
    let mut connection = Connection::open(&target).await?;
    while let Some(due) = due.recv().await {
        let request = turn.next(&target);
        record.ask(&mut connection, &target, request, due, begin).await?;
    }
    Ok(record)
}
