//! What the cache answered: by resource, by the tier that answered, and how.

use cache_key::Resource;
use dto::cache_status::{CacheStatus, Source};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::cache::answer::{Answer, CacheError};

/// Sums over all resources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerTotals {
    /// Answers from memory or Redis, stale ones included.
    pub hits: u64,
    /// Answers that the source was read for, to be kept.
    pub misses: u64,
    /// Questions that could not be answered.
    pub errors: u64,
}

/// The figures of all resources.
#[derive(Debug)]
pub struct Answers([OfResource; Resource::ALL.len()]);

#[derive(Debug)]
struct OfResource {
    memory: FromTier,
    redis: FromTier,
    database: FromDatabase,
}

/// What a cache answers with.
#[derive(Debug)]
struct FromTier {
    hit: Counter,
    stale: Counter,
}

#[derive(Debug)]
struct FromDatabase {
    miss: Counter,
    bypass: Counter,
    refused: Counter,
    error: Counter,
}

impl Answers {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let family = Family::<[(&str, &str); 3], Counter>::default();
        let answers = Self(Resource::ALL.map(|resource| {
            let counter = |tier, outcome| {
                family.get_or_create_owned(&[
                    ("resource", resource.as_str()),
                    ("tier", tier),
                    ("outcome", outcome),
                ])
            };
            let cache = |tier| FromTier { hit: counter(tier, "hit"), stale: counter(tier, "stale") };
            OfResource {
                memory: cache("memory"),
                redis: cache("redis"),
                database: FromDatabase {
                    miss: counter("database", "miss"),
                    bypass: counter("database", "bypass"),
                    refused: counter("database", "refused"),
                    error: counter("database", "error"),
                },
            }
        }));
        registry.register(
            "answers",
            "What the cache was asked, by the tier that had the last word and how it answered",
            family,
        );
        answers
    }

    /// Hits, misses and errors of all resources, as the cache-settings API tells them.
    #[must_use]
    pub fn totals(&self) -> AnswerTotals {
        let mut totals = AnswerTotals::default();
        for OfResource { memory, redis, database } in &self.0 {
            totals.hits += memory.hit.get() + memory.stale.get() + redis.hit.get() + redis.stale.get();
            totals.misses += database.miss.get();
            totals.errors += database.error.get();
        }
        totals
    }

    /// Counts an answer, or that there was none.
    pub fn count(&self, resource: Resource, outcome: &Result<Answer, CacheError>) {
        let figures = &self.0[resource as usize];
        let counter = match outcome {
            Ok(answer) => match (answer.source, answer.status) {
                (Source::Redis, CacheStatus::Stale) => &figures.redis.stale,
                (Source::Redis, _) => &figures.redis.hit,
                (Source::Database, CacheStatus::Bypass) => &figures.database.bypass,
                (Source::Database, _) => &figures.database.miss,
                (Source::OriginMemory | Source::EdgeMemory | Source::CloudflareKv, CacheStatus::Stale) => {
                    &figures.memory.stale
                }
                (Source::OriginMemory | Source::EdgeMemory | Source::CloudflareKv, _) => &figures.memory.hit,
            },
            Err(CacheError::NoBoard | CacheError::NotFound | CacheError::Refused) => {
                &figures.database.refused
            }
            Err(
                CacheError::SourceUnavailable
                | CacheError::ShareTaken
                | CacheError::PutOff
                | CacheError::SharedTierAway
                | CacheError::Internal,
            ) => &figures.database.error,
        };
        counter.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_own_place() {
        for (index, resource) in Resource::ALL.into_iter().enumerate() {
            assert_eq!(resource as usize, index);
        }
    }
}
