//! Whether the source answers, asked at most once a second however often somebody wants to know: `/ready` is open to anybody.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::source::ContactSource;

/// For how long an answer is good.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The last answer. Whoever comes while the source is being asked waits for that.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// Whether `source` answers, or did a moment ago.
    pub async fn check(&self, source: &dyn ContactSource) -> bool {
        let mut last = self.0.lock().await;
        if let Some((asked, is_ready)) = *last
            && asked.elapsed() < GOOD_FOR
        {
            return is_ready;
        }
        let outcome = source.ready().await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, "not ready");
        }
        *last = Some((Instant::now(), outcome.is_ok()));
        outcome.is_ok()
    }
}
