//! A timer that is set again and again, and hardly ever goes off.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How long somebody is waited for. Set anew for each thing that is waited for; the runtime's timer is set again only where it goes off too early, so that a
/// connection that is busy sets it once in a while and not once a request.
pub(super) struct Patience {
    length: Duration,
    until: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Patience {
    pub(super) fn of(length: Duration) -> Self {
        let until = Instant::now() + length;
        Self { length, until, timer: Box::pin(sleep_until(until)) }
    }

    /// Begins to wait.
    pub(super) fn begin(&mut self) {
        self.until = Instant::now() + self.length;
    }

    /// Whether that has been too long; wakes the task when it has.
    pub(super) fn poll_is_lost(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            if self.until <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.until);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_lasts_from_when_it_began_last() {
        let began = Instant::now();
        let mut patience = Patience::of(Duration::from_secs(10));
        tokio::time::sleep(Duration::from_secs(7)).await;
        patience.begin();
        poll_fn(|context| patience.poll_is_lost(context)).await;
        assert_eq!(began.elapsed().as_secs(), 17);
    }
}
