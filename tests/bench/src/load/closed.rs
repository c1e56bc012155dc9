//! Closed loop: a fixed number of connections, each asking again as soon as it is answered.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::{Record, Target, Turn, on_own_thread};
use crate::sample::Sample;

/// Asks for `duration` over `connections`. What is asked in the first `warm_up` is not counted.
pub async fn run(
    target: Target,
    connections: usize,
    warm_up: Duration,
    duration: Duration,
) -> Result<Sample> {
    on_own_thread(move || async move {
        let begin = Instant::now() + warm_up;
        let end = begin + duration;
        let (mut asking, turn) = (JoinSet::new(), Turn::default());
        for _ in 0..connections {
            asking.spawn_local(ask(target.clone(), turn.clone(), begin, end));
        }
        let mut records = Vec::with_capacity(connections);
        while let Some(record) = asking.join_next().await {
            records.push(record??);
        }
        Record::sum(records, duration)
    })
    .await
}

async fn ask(target: Target, turn: Turn, begin: Instant, end: Instant) -> Result<Record> {
    let mut record = Record::new()?;
    let mut connection = Connection::open(&target).await?;
    loop {
        let request = turn.next(&target);
        let sent = Instant::now();
        if sent >= end {
            return Ok(record);
        }
        record.ask(&mut connection, &target, request, sent, begin).await?;
    }
}
