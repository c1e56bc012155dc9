//! What `/api/cache-settings/*` answers. Field order and spelling are the contract's.

use serde::{Deserialize, Serialize, Serializer};

use crate::ApiError;

/// The largest accepted body of these routes, in bytes.
pub const MAX_BODY_LEN: usize = 8 * 1024;

/// What this process has answered since it started.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Answers from memory or Redis, stale ones included.
    pub hits: u64,
    /// Answers that the source was read for.
    pub misses: u64,
    /// Entries that were stored.
    pub sets: u64,
    /// Entries that invalidations made unreachable.
    pub deletes: u64,
    /// Questions that the source failed to answer.
    pub errors: u64,
    /// Hits among hits and misses: `75.00%`.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\d{1,3}\.\d{2}%$"))]
    pub hit_rate: String,
    /// Hits and misses.
    pub total: u64,
}

impl CacheStats {
    /// The figures, with what follows from them.
    #[must_use]
    pub fn new(hits: u64, misses: u64, sets: u64, deletes: u64, errors: u64) -> Self {
        let total = hits + misses;
        Self { hits, misses, sets, deletes, errors, hit_rate: hit_rate(hits, total), total }
    }
}

fn hit_rate(hits: u64, total: u64) -> String {
    let share = if total == 0 { 0.0 } else { hits as f64 / total as f64 };
    format!("{:.2}%", share * 100.0)
}

/// `GET /api/cache-settings/health`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CacheHealth {
    /// Whether every tier that is configured answers. Without one, reads go on.
    pub healthy: bool,
    /// The figures.
    pub stats: CacheStats,
    /// When this was.
    pub timestamp: String,
}

/// `GET /api/cache-settings/status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheServiceStatus {
    /// The figures.
    pub cache_stats: CacheStats,
    /// The same as of `/health`.
    pub health_check: CacheHealth,
    /// Whether Redis is configured.
    pub redis_enabled: bool,
    /// When this was.
    pub timestamp: String,
}

/// A time in milliseconds, to the hundredth; without a fraction where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(minimum = 0))]
pub struct Millis(pub f64);

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hundredths = (self.0.max(0.0) * 100.0).round();
        if hundredths % 100.0 == 0.0 {
            serializer.serialize_u64((hundredths / 100.0) as u64)
        } else {
            serializer.serialize_f64(hundredths / 100.0)
        }
    }
}

/// What follows the counts in their answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountsOrigin<'a> {
    /// Whether a cache answered.
    #[serde(rename = "_cached")]
    pub cached: bool,
    /// `memory_cache`, `redis_cache` or `database`.
    #[serde(rename = "_source")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^(memory_cache|redis_cache|database)$"))]
    pub source: &'a str,
    /// When the counts were read from the source.
    #[serde(rename = "_timestamp")]
    pub timestamp: String,
    /// When they were taken from a cache.
    #[serde(rename = "_retrievedAt", skip_serializing_if = "Option::is_none")]
    pub retrieved_at: Option<String>,
    /// How long answering took.
    #[serde(rename = "_responseTimeMs")]
    pub response_time_ms: Millis,
    /// Whether the workspace's settings have counts cached.
    #[serde(rename = "_cacheEnabled")]
    pub cache_enabled: bool,
}

/// How long one way of reading took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// How long it took.
    pub time_ms: Millis,
    /// Which way it was.
    #[serde(rename = "type")]
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^(database|redis_miss|redis_hit|memory_miss|memory_hit)$")
    )]
    pub kind: &'static str,
    /// How much less than without a cache, in percent; unset for the way without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub improvement_percent: Option<i64>,
}

impl Timing {
    /// The time of the way without a cache.
    #[must_use]
    pub const fn standard(time_ms: f64) -> Self {
        Self { time_ms: Millis(time_ms), kind: "database", improvement_percent: None }
    }

    /// The time of another way, compared.
    #[must_use]
    pub fn compared(time_ms: f64, kind: &'static str, standard_ms: f64) -> Self {
        let share = if standard_ms > 0.0 { (standard_ms - time_ms) / standard_ms } else { 0.0 };
        let improvement_percent = Some((share * 100.0).round() as i64);
        Self { time_ms: Millis(time_ms), kind, improvement_percent }
    }
}

/// Three ways of reading the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Performance {
    /// From the source.
    pub standard: Timing,
    /// Through an empty cache.
    pub redis_cold: Timing,
    /// Through a filled one.
    pub redis_warm: Timing,
}

/// The figures beside a performance test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PerformanceStats {
    /// Hits of this process.
    pub hits: u64,
    /// Misses of this process.
    pub misses: u64,
    /// Hits among them.
    pub hit_rate: String,
}

/// `POST /api/cache-settings/test-performance`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PerformanceReport {
    /// What was measured.
    pub performance: Performance,
    /// The process's figures.
    pub cache_stats: PerformanceStats,
}

/// `POST /api/cache-settings/invalidate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceInvalidated {
    /// How many cached entries became unreachable.
    pub deleted_entries: u64,
    /// The patterns of their keys.
    pub patterns: Vec<String>,
    /// The generations that were minted.
    pub generation: String,
}

/// `POST /api/cache-settings/warm-cache`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Warmed {
    /// How long it took, in milliseconds.
    pub warmup_time_ms: u64,
    /// How many entries were read.
    pub entries_warmed: u64,
    /// Of which boards.
    pub boards: Vec<String>,
    /// Whether the counts are warm.
    pub counts: bool,
}

/// The body of the routes that name their workspace in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceBody {
    /// The workspace; may stand in `X-Workspace-ID` instead.
    #[serde(default)]
    pub workspace_id: Option<serde_json::Value>,
    /// The user; if given, the token's.
    #[serde(default)]
    pub user_id: Option<String>,
}

impl WorkspaceBody {
    /// Reads a body. An empty one says nothing. What it says besides is ignored.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self { workspace_id: None, user_id: None });
        }
        let shape = || ApiError::body("the body must be {\"workspaceId\": …, \"userId\": …}, both texts");
        match serde_json::from_slice(body).map_err(|_| shape())? {
            // A list would be read as well, member by member.
            object @ serde_json::Value::Object(_) => serde_json::from_value(object).map_err(|_| shape()),
            _ => Err(shape()),
        }
    }

    /// The workspace as text; ids may be numbers in an application.
    pub fn workspace(&self) -> Result<Option<String>, ApiError> {
        match &self.workspace_id {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
            Some(serde_json::Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
            Some(_) => Err(ApiError::invalid("workspaceId", "must be a text")),
        }
    }
}

/// A workspace, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SystemWorkspace {
    /// The workspace.
    pub workspace_id: String,
    /// What people call it.
    pub name: String,
    /// Whether anything of it is cached.
    pub cache_enabled: bool,
    /// How many boards it has, up to a hundred.
    pub boards: u64,
}

/// `GET /api/system/workspaces`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemWorkspaces {
    /// The workspaces by id, a thousand at most.
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub workspaces: Vec<SystemWorkspace>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_contract_are_written_as_they_stand() {
        let stats = CacheStats::new(3, 1, 3, 2, 0);
        assert_eq!(
            serde_json::to_string(&stats).unwrap(),
            r#"{"hits":3,"misses":1,"sets":3,"deletes":2,"errors":0,"hitRate":"75.00%","total":4}"#
        );
        let report = PerformanceReport {
            performance: Performance {
                standard: Timing::standard(920.0),
                redis_cold: Timing::compared(450.0, "redis_miss", 920.0),
                redis_warm: Timing::compared(93.0, "redis_hit", 920.0),
            },
            cache_stats: PerformanceStats { hits: 5, misses: 2, hit_rate: hit_rate(5, 7) },
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            concat!(
                r#"{"performance":{"standard":{"timeMs":920,"type":"database"},"#,
                r#""redisCold":{"timeMs":450,"type":"redis_miss","improvementPercent":51},"#,
                r#""redisWarm":{"timeMs":93,"type":"redis_hit","improvementPercent":90}},"#,
                r#""cacheStats":{"hits":5,"misses":2,"hitRate":"71.43%"}}"#,
            )
        );
    }

    #[test]
    fn milliseconds_have_at_most_two_decimals() {
        let written = |ms| serde_json::to_string(&Millis(ms)).unwrap();
        assert_eq!([written(93.784), written(93.0), written(0.004)], ["93.78", "93", "0"]);
    }

    #[test]
    fn a_workspace_may_be_a_number() {
        let workspace = |body: &str| WorkspaceBody::parse(body.as_bytes()).unwrap().workspace();
        assert_eq!(workspace(r#"{"workspaceId":15213}"#), Ok(Some("15213".to_owned())));
        assert_eq!(workspace(r#"{"workspaceId":"a"}"#), Ok(Some("a".to_owned())));
        assert_eq!(workspace(""), Ok(None));
        assert!(workspace(r#"{"workspaceId":[1]}"#).is_err());
        assert!(WorkspaceBody::parse(b"[]").is_err());
    }
}
