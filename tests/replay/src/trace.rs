//! What was asked and changed, and when: for a design that is only modelled to be asked the same.

use std::time::Duration;

use crate::scale::Scale;
use crate::workload::{Move, Read, Workload};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A read.
    Read(Read),
    /// A contact was moved.
    Move(Move),
}

/// All that happened, in order, with milliseconds since the beginning.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// All of it.
    pub events: Vec<(u64, Event)>,
    /// Since when it counts.
    pub measured_from_ms: u64,
}

/// The reads and moves of a seed at the times that they are due, in order, with milliseconds since the beginning: what a replay would send.
pub(crate) fn drawn(scale: Scale, seed: u64) -> impl Iterator<Item = (u64, Event)> {
    draw(scale, seed, scale.warm_up + scale.measured, move |after| scale.rise(after))
}

/// The same of the traffic that has gone before, with milliseconds since that began. There is as much of it all the time.
pub(crate) fn history(scale: Scale, seed: u64) -> impl Iterator<Item = (u64, Event)> {
    draw(scale, seed + 2, scale.history, |_| 1.0)
}

fn draw(
    scale: Scale,
    seed: u64,
    ends: Duration,
    rise: impl Fn(Duration) -> f64,
) -> impl Iterator<Item = (u64, Event)> {
    let (mut reads, mut moves) = (Workload::new(scale, seed), Workload::new(scale, seed + 1));
    let next = move |workload: &mut Workload, after: Duration, per_second: f64| {
        workload.next(after, per_second, &rise)
    };
    let per_second = [scale.reads_per_second, scale.reads_per_second / scale.reads_per_move];
    let mut read_due = next(&mut reads, Duration::ZERO, per_second[0]);
    let mut move_due = next(&mut moves, Duration::ZERO, per_second[1]);
    std::iter::from_fn(move || {
        let due = read_due.min(move_due);
        let event = if due == read_due {
            read_due = next(&mut reads, due, per_second[0]);
            Event::Read(reads.read())
        } else {
            move_due = next(&mut moves, due, per_second[1]);
            Event::Move(moves.moves())
        };
        (due < ends).then_some((due.as_millis() as u64, event))
    })
}
