//! What was asked and changed, and when: for a design that is only modelled to be asked the same.

use crate::workload::Read;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A read.
    Read(Read),
    /// A contact of this workspace's board was moved.
    Move {
        /// The workspace.
        workspace: usize,
        /// The board.
        board: usize,
    },
}

/// All that happened, in order, with milliseconds since the beginning.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// All of it.
    pub events: Vec<(u64, Event)>,
    /// Since when it counts.
    pub measured_from_ms: u64,
}
