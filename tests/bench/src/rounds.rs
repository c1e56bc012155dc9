//! Measures several contenders in turn, round after round.
//!
//! Others use this machine as well, and processors change their pace. So nobody is measured for long at a time, each round has
//! everybody, and each begins with another one: what disturbs a round disturbs all, and the ratio within a round stands.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cpu;
use crate::load::{Target, closed, open};
use crate::peers::redis_benchmark::RedisBenchmark;
use crate::sample::{Sample, Series};

/// Somebody who is measured.
#[derive(Clone)]
pub struct Contender {
    /// The name in tables.
    pub name: String,
    /// How.
    pub how: How,
    /// The process whose processor time is counted, with all that it started.
    pub process: Option<u32>,
}

/// How somebody is measured.
#[derive(Clone)]
pub enum How {
    /// By our own load.
    Http(Target),
    /// By Redis's own tool. Closed loop only.
    RedisBenchmark(RedisBenchmark),
}

impl Contender {
    /// One that is measured by our own load.
    pub fn http(name: &str, target: Target, process: Option<u32>) -> Self {
        Self { name: name.to_owned(), how: How::Http(target), process }
    }

    /// What our own load asks of it, if it is measured so.
    pub fn target(&self) -> Option<Target> {
        match &self.how {
            How::Http(target) => Some(target.clone()),
            How::RedisBenchmark(_) => None,
        }
    }
}

/// How long and how much.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often everybody is measured.
    pub rounds: usize,
    /// How long one is asked before it counts.
    pub warm_up: Duration,
    /// How long one is measured at a time.
    pub duration: Duration,
    /// Over how many connections.
    pub connections: usize,
}

/// Everybody's ceiling: closed loop.
pub async fn closed_loop(contenders: &[Contender], plan: Plan) -> Result<Vec<Series>> {
    in_turn(contenders, plan.rounds, async |contender: &Contender| match &contender.how {
        How::Http(target) => closed::run(target.clone(), plan.connections, plan.warm_up, plan.duration).await,
        How::RedisBenchmark(tool) => tool.run(plan.connections, plan.duration).await,
    })
    .await
}

/// Everybody's tails at one rate: open loop.
pub async fn open_loop(contenders: &[Contender], plan: Plan, per_second: u32) -> Result<Vec<Series>> {
    in_turn(contenders, plan.rounds, async |contender: &Contender| match &contender.how {
        How::Http(target) => {
            open::run(target.clone(), plan.connections, per_second, plan.warm_up, plan.duration).await
        }
        How::RedisBenchmark(_) => anyhow::bail!("redis-benchmark has no open loop"),
    })
    .await
}

async fn in_turn(
    contenders: &[Contender],
    rounds: usize,
    measure: impl AsyncFn(&Contender) -> Result<Sample>,
) -> Result<Vec<Series>> {
    let mut series: Vec<Series> = contenders
        .iter()
        .map(|contender| Series { name: contender.name.clone(), samples: Vec::with_capacity(rounds) })
        .collect();
    for round in 0..rounds {
        for turn in 0..contenders.len() {
            let index = (round + turn) % contenders.len();
            let contender = &contenders[index];
            let before = contender.process.map(cpu::used_by);
            let mut sample = measure(contender).await.with_context(|| contender.name.clone())?;
            if let (Some(process), Some(before)) = (contender.process, before) {
                let used = cpu::used_by(process).saturating_sub(before);
                sample.cpu_us =
                    Some(used.as_secs_f64() * 1e6 / (sample.requests + sample.warm_up_requests) as f64);
            }
            println!(
                "  round {}: {:<44} {:>9.0}/s  p50 {:>8.0} µs  p99 {:>8.0} µs  cpu {:>6.1} µs",
                round + 1,
                contender.name,
                sample.per_second,
                sample.latency_us(50.0),
                sample.latency_us(99.0),
                sample.cpu_us.unwrap_or(f64::NAN)
            );
            series[index].samples.push(sample);
        }
    }
    Ok(series)
}
