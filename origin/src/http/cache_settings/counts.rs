//! `GET /api/cache-settings/workspace/{workspaceId}/counts?useCache=`.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use cache_key::{CountsQuery, SettingsQuery};
use coherence::LifetimeClass;
use dto::cache_admin::{CountsOrigin, Millis};
use dto::cache_status::Source;
use dto::{ApiError, headers};

use super::{agree, workspace_in_path};
use crate::app::App;
use crate::cache::answer::Answer;
use crate::cache::request::ReadRequest;
use crate::http::errors::Failure;
use crate::http::path::InPath;
use crate::http::{auth, fields, respond};

/// The counts of a workspace's contacts, from a cache unless the caller says otherwise.
pub async fn read(
    State(app): State<Arc<App>>,
    InPath(workspace_id): InPath,
    RawQuery(query): RawQuery,
    fields: HeaderMap,
) -> Result<Response, Failure> {
    let began = Instant::now();
    let workspace = workspace_in_path(&workspace_id)?;
    agree(&fields, &workspace)?;
    let caller = auth::caller_of(&app, &fields, workspace).await?;
    let use_cache = use_cache(query.as_deref().unwrap_or_default())?;
    let floor = auth::floor(&app, &fields, &fields::CACHE_GENERATION)?;
    let settings = app.cache.settings(SettingsQuery::new(&caller.workspace)).await.ok();
    let cache_enabled = settings.is_some_and(|settings| settings.caches(LifetimeClass::ContactCounts));
    let request = ReadRequest { query: CountsQuery::new(&caller.workspace), reader: caller.reader, floor };
    let answer = if use_cache { app.read(&request).await? } else { app.read_uncached(request).await? };
    Ok(render(&answer, cache_enabled, app.cache.clock().now_ms(), began))
}

fn use_cache(query: &str) -> Result<bool, ApiError> {
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix("useCache="));
    match (values.next(), values.next()) {
        (None, _) | (Some("true"), None) => Ok(true),
        (Some("false"), None) => Ok(false),
        (Some(_), None) => Err(ApiError::invalid("useCache", "must be true or false")),
        (Some(_), Some(_)) => Err(ApiError::invalid("useCache", "must be given once")),
    }
}

fn render(answer: &Answer, cache_enabled: bool, now_ms: u64, began: Instant) -> Response {
    let (cached, source) = match answer.source {
        Source::Redis => (true, "redis_cache"),
        Source::Database => (false, "database"),
        Source::OriginMemory | Source::EdgeMemory | Source::CloudflareKv => (true, "memory_cache"),
    };
    let origin = CountsOrigin {
        cached,
        source,
        timestamp: dto::iso8601_ms(answer.page.header().stored_at_ms),
        retrieved_at: cached.then(|| dto::iso8601_ms(now_ms)),
        response_time_ms: Millis(began.elapsed().as_secs_f64() * 1000.0),
        cache_enabled,
    };
    let mut body = Vec::with_capacity(512);
    body.extend_from_slice(br#"{"success":true,"data":{"#);
    body.extend_from_slice(answer.page.body());
    body.push(b',');
    let origin = serde_json::to_vec(&origin).unwrap_or_default();
    body.extend_from_slice(origin.strip_prefix(b"{").unwrap_or(&origin));
    body.push(b'}');
    let mut response = respond::no_store(Body::from(body).into_response());
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(headers::JSON_CONTENT_TYPE));
    fields.insert(respond::X_CACHE_GENERATION, answer.page.token().clone());
    response
}
