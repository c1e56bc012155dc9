//! What is told of one window, as it is sent. Field names are the contract's.

use dto::cache_admin::Millis;
use serde::Serialize;
use utoipa::ToSchema;

/// How the cache of this process did in one window, for one workspace or for all.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiveFigures {
    /// When the window ended.
    #[schema(format = DateTime)]
    pub at: String,
    /// How long it was.
    pub window_secs: u64,
    /// What was asked of the cache.
    pub requests: u64,
    /// How many of that memory or Redis answered, stale answers included.
    pub hits: u64,
    /// Hits among all that was answered and may be cached; null where there was none.
    #[schema(minimum = 0, maximum = 1)]
    pub hit_rate: Option<f64>,
    /// Answers by the tier that gave them.
    pub by_tier: ByTier,
    /// Hits that had expired, and that no invalidation had overtaken.
    pub stale: u64,
    /// Answers of the database because caching is off.
    pub bypass: u64,
    /// Questions without an answer.
    pub errors: u64,
    /// Invalidations that were recorded by this process.
    pub invalidations: u64,
    /// The median of how long answering took; null where nothing was asked.
    pub p50_ms: Option<Millis>,
    /// The 99th percentile of it.
    pub p99_ms: Option<Millis>,
    /// Whether Redis answers; null where none is configured.
    pub redis_up: Option<bool>,
}

/// Answers by the tier that gave them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByTier {
    /// The memory of this process.
    pub memory: u64,
    /// Redis.
    pub redis: u64,
    /// The database.
    pub database: u64,
}

/// The same for all workspaces together, and how the process does.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemFigures {
    /// The figures of all workspaces.
    #[serde(flatten)]
    pub all: LiveFigures,
    /// The memory tier.
    pub memory: MemoryFigures,
    /// Redis; null where none is configured.
    pub redis: Option<RedisFigures>,
    /// What the edge was not told yet; null where no edge is configured.
    pub outbox: Option<OutboxFigures>,
    /// How many live streams are open.
    pub open_streams: u64,
    /// The workspaces that asked for most in this window, most first.
    #[schema(max_items = 50)]
    pub workspaces: Vec<BusyWorkspace>,
}

/// The memory tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryFigures {
    /// What its entries weigh, roughly.
    pub used_bytes: u64,
    /// What they may weigh.
    pub max_bytes: u64,
    /// How many there are, roughly.
    pub entries: u64,
}

/// Redis, as it says itself; it is asked every 15 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedisFigures {
    /// Whether it answers.
    pub up: bool,
    /// What it uses.
    pub used_bytes: u64,
    /// What it may use; 0 where that is not bounded.
    pub max_bytes: u64,
}

/// Invalidations on their way to the edge's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutboxFigures {
    /// Tags that wait.
    pub depth: u64,
    /// For how long the oldest has waited.
    #[schema(minimum = 0)]
    pub oldest_age_secs: f64,
}

/// What one workspace asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusyWorkspace {
    /// The workspace.
    pub workspace_id: String,
    /// What it asked for.
    pub requests: u64,
    /// How many of that memory or Redis answered.
    pub hits: u64,
}
