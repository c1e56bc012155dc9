//! Whether Redis is told how much memory it may use, and what to throw away when that is full.
//!
//! Entries have a time to live; generations have none. So the eviction policies `volatile-*` throw away entries alone. With
//! `allkeys-*` a workspace's generations may go: what was stamped under them becomes unservable, which is safe (see
//! `docs/coherence.md`) and costs a load of each. With `noeviction` a full Redis refuses writes.
//!
//! All of it is asked with `INFO memory`, since managed services commonly forbid `CONFIG GET`. A wrong setting is said and never
//! changed: it is the operator's.

use std::sync::Weak;
use std::time::Duration;

use super::RedisTier;
use crate::metrics::RedisMemory;
use crate::shared_tier::TierError;

/// How often Redis is asked.
const PERIOD: Duration = Duration::from_secs(15);

/// What Redis says of its memory. A field is unset where the server, or a proxy before it, does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryReport {
    /// What it uses, in bytes.
    pub used_bytes: Option<u64>,
    /// What it may use, in bytes; 0 without a bound.
    pub max_bytes: Option<u64>,
    /// What it does when that is full.
    pub policy: Option<String>,
}

impl MemoryReport {
    /// Reads the answer to `INFO memory`.
    #[must_use]
    pub fn read(info: &str) -> Self {
        let field = |name: &str| {
            info.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(str::trim)
                .filter(|value| !value.is_empty())
        };
        let bytes = |name| field(name).and_then(|value| value.parse().ok());
        Self {
            used_bytes: bytes("used_memory"),
            max_bytes: bytes("maxmemory"),
            policy: field("maxmemory_policy").map(ToOwned::to_owned),
        }
    }

    /// What is wrong with it, in one line; `None` when nothing is, or when it is not known.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let bound = (self.max_bytes == Some(0))
            .then_some("maxmemory is not set, so Redis grows until the machine has no memory left");
        let policy = match self.policy.as_deref() {
            None | Some("volatile-lru" | "volatile-lfu" | "volatile-ttl") => None,
            Some("noeviction") => {
                Some("maxmemory-policy is noeviction, so writes fail once Redis is full".to_owned())
            }
            Some(policy) if policy.starts_with("allkeys-") => Some(format!(
                "maxmemory-policy is {policy}, so generations may be evicted, and with them all that a workspace has cached"
            )),
            Some(policy) => Some(format!("maxmemory-policy is {policy}, which is not made for a cache")),
        };
        let wrong: Vec<&str> = bound.into_iter().chain(policy.as_deref()).collect();
        (!wrong.is_empty()).then(|| format!("{}; volatile-lru with a maxmemory is right", wrong.join("; ")))
    }

    fn is_known(&self) -> bool {
        self.max_bytes.is_some() && self.policy.is_some()
    }
}

impl RedisTier {
    /// Asks Redis about its memory.
    pub async fn memory(&self) -> Result<MemoryReport, TierError> {
        let info: String = self
            .link
            .call(|mut connection| async move {
                redis::cmd("INFO").arg("memory").query_async(&mut connection).await
            })
            .await?;
        Ok(MemoryReport::read(&info))
    }

    /// Keeps `gauges` up to date for as long as the tier lives. What is wrong is said once, and again when it changes.
    pub async fn watch_memory(tier: Weak<Self>, gauges: RedisMemory) {
        let mut said = None;
        loop {
            let Some(tier) = tier.upgrade() else { return };
            if let Ok(report) = tier.memory().await {
                gauges.used_bytes.set(report.used_bytes.unwrap_or(0).cast_signed());
                gauges.max_bytes.set(report.max_bytes.unwrap_or(0).cast_signed());
                let finding = (report.complaint(), report.is_known());
                if said.as_ref() != Some(&finding) {
                    match &finding {
                        (Some(complaint), _) => tracing::warn!("Redis: {complaint}"),
                        (None, true) => {
                            tracing::info!(
                                max_bytes = report.max_bytes,
                                policy = report.policy,
                                "Redis has a bound"
                            );
                        }
                        (None, false) => tracing::info!("Redis does not say how its memory is bounded"),
                    }
                    said = Some(finding);
                }
            }
            drop(tier);
            tokio::time::sleep(PERIOD).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(max_bytes: u64, policy: &str) -> Option<String> {
        let info =
            format!("# Memory\r\nused_memory:7\r\nmaxmemory:{max_bytes}\r\nmaxmemory_policy:{policy}\r\n");
        let report = MemoryReport::read(&info);
        assert_eq!(report.used_bytes, Some(7));
        report.complaint()
    }

    #[test]
    fn what_is_right_is_not_complained_of() {
        for policy in ["volatile-lru", "volatile-lfu", "volatile-ttl"] {
            assert_eq!(complaint(1 << 30, policy), None);
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        assert!(complaint(0, "volatile-lru").unwrap().contains("maxmemory is not set"));
        assert!(complaint(1, "noeviction").unwrap().contains("writes fail"));
        assert!(complaint(1, "allkeys-lru").unwrap().contains("generations may be evicted"));
        assert!(complaint(1, "volatile-random").unwrap().contains("volatile-random"));
        let both = complaint(0, "noeviction").unwrap();
        assert!(
            both.contains("maxmemory is not set")
                && both.contains("writes fail")
                && both.lines().count() == 1
        );
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        let report = MemoryReport::read("# Memory\r\nused_memory_human:1K\r\n");
        assert_eq!(report, MemoryReport::default());
        assert!(report.complaint().is_none() && !report.is_known());
    }
}
