//! What a workspace's settings say of a key: cached or not, and for how long.

use std::sync::Arc;

use cache_key::CacheKey;
use coherence::{Generation, LifetimeClass, Stamp, Tag};
use dto::settings::CacheSettings;
use ids::WorkspaceId;

use super::page::CachedPage;
use crate::bounded::{Bounded, bounded};

/// Of how many workspaces the settings are kept.
const MAX_READ: usize = 10_000;

/// What may be done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// It is cached.
    On {
        /// The time to live, in seconds.
        ttl_secs: u32,
        /// The workspace's generation under which the settings say so.
        as_of: Generation,
    },
    /// It is not cached: the source is read each time.
    Off,
    /// The settings cannot be read, or change too fast. What is cached may be served (what was turned off is unservable anyhow), and nothing
    /// new is kept.
    Unknown,
}

impl Policy {
    /// What these settings say of a key.
    pub(super) fn of(read: &Read, key: &CacheKey) -> Self {
        let (settings, class) = (&read.settings, key.resource().lifetime_class());
        if !settings.caches(class) {
            return Self::Off;
        }
        let as_of = read.page.header().stamp.get(&Tag::Workspace).unwrap_or(Generation::ZERO);
        Self::On { ttl_secs: settings.ttl_secs(class), as_of }
    }

    /// What holds for the settings themselves, whatever they say.
    pub(super) const fn of_settings() -> Self {
        Self::On {
            ttl_secs: LifetimeClass::WorkspaceConfig.default_ttl_secs(),
            as_of: Generation::new(u64::MAX),
        }
    }

    /// Whether it holds for a page that is to be stamped with `stamp`, or the settings may have changed before that was captured.
    pub(super) fn holds_under(self, stamp: &Stamp) -> bool {
        !matches!(self, Self::On { as_of, .. } if stamp.get(&Tag::Workspace) > Some(as_of))
    }

    /// For how long an entry is fresh, in seconds.
    pub(super) fn ttl_secs(self, key: &CacheKey) -> u32 {
        match self {
            Self::On { ttl_secs, .. } => ttl_secs,
            Self::Off | Self::Unknown => key.resource().lifetime_class().default_ttl_secs(),
        }
    }
}

/// Settings that were read, by workspace: parsed once, and looked up without their key.
pub(super) struct ReadSettings(Bounded<WorkspaceId, Arc<Read>>);

/// What was read, and the page that it was read from. The settings hold for as long as that page may be served.
pub(super) struct Read {
    pub(super) settings: Arc<CacheSettings>,
    pub(super) page: Arc<CachedPage>,
}

impl Default for ReadSettings {
    fn default() -> Self {
        Self(bounded(MAX_READ))
    }
}

impl ReadSettings {
    /// What was read last, whether it holds or not.
    pub(super) fn of(&self, workspace: &WorkspaceId) -> Option<Arc<Read>> {
        self.0.get(workspace)
    }

    /// Reads the settings in a page that was found for a workspace; `None` if they cannot be read.
    pub(super) fn read(&self, workspace: WorkspaceId, page: Arc<CachedPage>) -> Option<Arc<Read>> {
        let settings = Arc::new(CacheSettings::from_stored(&serde_json::from_slice(page.body()).ok()?));
        let read = Arc::new(Read { settings, page });
        self.0.insert(workspace, read.clone());
        Some(read)
    }
}
