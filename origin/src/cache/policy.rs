//! What a workspace's settings say of a key: cached or not, and for how long.

use std::sync::Arc;

use cache_key::CacheKey;
use coherence::LifetimeClass;
use dto::settings::CacheSettings;
use moka::sync::Cache as MokaCache;

use super::page::CachedPage;

/// How many different settings are kept parsed. Most workspaces have the same.
const MAX_PARSED: u64 = 10_000;

/// What may be done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// It is cached.
    On {
        /// The time to live, in seconds.
        ttl_secs: u32,
    },
    /// It is not cached: the source is read each time.
    Off,
    /// The settings cannot be read. What is cached may be served (what was turned off is unservable anyhow), and nothing
    /// new is kept.
    Unknown,
}

impl Policy {
    /// What these settings say of a key.
    pub(super) fn of(settings: &CacheSettings, key: &CacheKey) -> Self {
        let class = key.resource().lifetime_class();
        if settings.caches(class) { Self::On { ttl_secs: settings.ttl_secs(class) } } else { Self::Off }
    }

    /// What holds for the settings themselves, whatever they say.
    pub(super) const fn of_settings() -> Self {
        Self::On { ttl_secs: LifetimeClass::WorkspaceConfig.default_ttl_secs() }
    }

    /// For how long an entry is fresh, in seconds.
    pub(super) fn ttl_secs(self, key: &CacheKey) -> u32 {
        match self {
            Self::On { ttl_secs } => ttl_secs,
            Self::Off | Self::Unknown => key.resource().lifetime_class().default_ttl_secs(),
        }
    }
}

/// Settings, parsed once for each that are different.
pub(super) struct ParsedSettings(MokaCache<[u8; 16], Arc<CacheSettings>>);

impl Default for ParsedSettings {
    fn default() -> Self {
        Self(MokaCache::new(MAX_PARSED))
    }
}

impl ParsedSettings {
    /// The settings in an entry; `None` if they cannot be read.
    pub(super) fn of(&self, page: &CachedPage) -> Option<Arc<CacheSettings>> {
        let etag = page.header().etag;
        if let Some(known) = self.0.get(&etag) {
            return Some(known);
        }
        let settings = Arc::new(CacheSettings::from_stored(&serde_json::from_slice(page.body()).ok()?));
        self.0.insert(etag, settings.clone());
        Some(settings)
    }
}
