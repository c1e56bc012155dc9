//! Whether a process lives. What a killed process had under way stops at its next contact with the world.

use std::sync::atomic::{AtomicBool, Ordering};

/// The life of one process.
#[derive(Debug)]
pub(crate) struct Life {
    serial: u64,
    is_over: AtomicBool,
}

impl Life {
    pub(crate) const fn new(serial: u64) -> Self {
        Self { serial, is_over: AtomicBool::new(false) }
    }

    /// A number that no other process has.
    pub(crate) const fn serial(&self) -> u64 {
        self.serial
    }

    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Returns while the process lives, and never after.
    pub(crate) async fn go_on(&self) {
        if self.is_over() {
            std::future::pending::<()>().await;
        }
    }
}
