//! Time: virtual, in milliseconds since the run began. The machines' clocks show it with an error of their own.

use std::time::Duration;

use tokio::time::Instant;

/// What the clocks show when a run begins, in milliseconds since the Unix epoch.
pub(crate) const EPOCH_MS: u64 = 1_785_000_000_000;

/// When a run began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }
}

/// One machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SkewedClock {
    pub(crate) stopwatch: Stopwatch,
    /// How far it is ahead, in milliseconds; negative when it is behind.
    pub(crate) ahead_ms: i64,
}

impl origin::clock::Clock for SkewedClock {
    fn now_ms(&self) -> u64 {
        (EPOCH_MS + self.stopwatch.elapsed_ms()).saturating_add_signed(self.ahead_ms)
    }
}

/// Waits in virtual time.
pub(crate) async fn sleep_ms(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
