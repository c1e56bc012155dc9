//! Lifetimes: how long an entry is fresh, may be served stale while it is refreshed, and may stand in for an error.

/// What kind of thing an entry is; each kind has a default lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifetimeClass {
    /// Counts over a workspace's contacts: 300 s.
    ContactCounts,
    /// Pages of a board: 180 s.
    ContactLists,
    /// One contact: 600 s.
    ContactDetails,
    /// Pages of a board for a search term: 120 s.
    SearchResults,
    /// The messages of a contact: 300 s.
    MessageHistory,
    /// Cache settings of a workspace: 3600 s.
    WorkspaceConfig,
    /// Where a workspace's webhooks come from: 1800 s.
    WebhookSources,
    /// The stages of a workspace's leads: 1800 s.
    LeadStatus,
    /// What is known of a signed-in user: 86,400 s.
    UserSession,
}

impl LifetimeClass {
    /// The time to live unless a workspace has set another, in seconds.
    #[must_use]
    pub const fn default_ttl_secs(self) -> u32 {
        match self {
            Self::ContactCounts | Self::MessageHistory => 300,
            Self::ContactLists => 180,
            Self::ContactDetails => 600,
            Self::SearchResults => 120,
            Self::WorkspaceConfig => 3600,
            Self::WebhookSources | Self::LeadStatus => 1800,
            Self::UserSession => 86_400,
        }
    }
}

/// The three windows of an entry's life, one after the other, in milliseconds from when it was loaded (RFC 5861).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// The nominal time to live, in seconds: what a reader is told.
    pub ttl_secs: u32,
    /// Served as it is.
    pub fresh_ms: u64,
    /// After that: served at once, and refreshed in the background by one caller.
    pub stale_while_revalidate_ms: u64,
    /// After that: served only if the tiers below fail.
    pub stale_if_error_ms: u64,
}

impl Lifetime {
    /// Stale-while-revalidate is half the time to live; stale-if-error is an hour.
    ///
    /// `seed` shortens the fresh window by up to a tenth, so that pages filled together do not expire together; the
    /// same seed gives the same window, so all tiers agree.
    #[must_use]
    pub const fn jittered(ttl_secs: u32, seed: u64) -> Self {
        let ttl_ms = ttl_secs as u64 * 1000;
        let fresh_ms = ttl_ms - (ttl_ms / 10) * (seed % 1024) / 1024;
        Self { ttl_secs, fresh_ms, stale_while_revalidate_ms: ttl_ms / 2, stale_if_error_ms: 3_600_000 }
    }

    /// How long a store has reason to keep the entry, in milliseconds from when it was loaded.
    #[must_use]
    pub const fn total_ms(&self) -> u64 {
        self.fresh_ms + self.stale_while_revalidate_ms + self.stale_if_error_ms
    }
}
