//! What makes the console a demo, in development alone: users to sign in as with one click, and, where the embedded database is the source,
//! the little of PostgREST that the console needs to move a contact.
//!
//! Whoever can reach this can act as any of the users. So it is refused unless the origin listens on a loopback address
//! (`config`), and answers only what was asked of a loopback name, by a client of this machine: a page of another site that has its own name lead here
//! gets nothing, nor does whoever comes through a proxy or a tunnel that runs on this machine, and whose connection therefore is a loopback one.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use cache_key::{Change, Invalidation};
use demo_data::Anchor;
use dto::{ApiError, headers};
use ids::{ContactId, WorkspaceId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::http::errors::Failure;
use crate::http::path::InPath;
use crate::http::{auth, fields, limits, respond};
use crate::outbox::PATIENCE;
use crate::source::sqlite::SqliteSource;

/// A demo.
pub struct Demo {
    users: Bytes,
    /// Where contacts are moved, if the source is the embedded one.
    embedded: Option<SqliteSource>,
}

impl Demo {
    /// Reads the file of users.
    pub fn load(users: &Path, embedded: Option<SqliteSource>) -> anyhow::Result<Self> {
        let text = fs::read(users)
            .with_context(|| format!("CONSOLE_DEMO_USERS {} cannot be read", users.display()))?;
        serde_json::from_slice::<Value>(&text).context("CONSOLE_DEMO_USERS is not JSON")?;
        Ok(Self { users: text.into(), embedded })
    }

    /// Whether it stands in for PostgREST.
    pub(super) const fn writes(&self) -> bool {
        self.embedded.is_some()
    }
}

/// What proxies and tunnels add beside `X-Forwarded-*`: a request that has one was not made by a client of this machine.
const ADDED_BY_PROXIES: [&str; 7] =
    ["forwarded", "via", "x-real-ip", "x-client-ip", "x-original-host", "cf-connecting-ip", "true-client-ip"];

fn came_through_a_proxy(fields: &HeaderMap) -> bool {
    let mut names = fields.keys().map(HeaderName::as_str);
    names.any(|name| name.starts_with("x-forwarded") || ADDED_BY_PROXIES.contains(&name))
}

/// The demo, for a request that was made of a loopback name by a client of this machine.
fn demo<'a>(app: &'a App, fields: &HeaderMap) -> Result<&'a Demo, ApiError> {
    let host = auth::single(fields, &fields::HOST)?.unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    let is_loopback = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    app.console
        .demo
        .as_ref()
        .filter(|_| is_loopback && !came_through_a_proxy(fields))
        .ok_or_else(ApiError::no_route)
}

/// `GET /console/demo-users.json`.
pub async fn users(State(app): State<Arc<App>>, fields: HeaderMap) -> Result<Response, Failure> {
    let mut response = demo(&app, &fields)?.users.clone().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(headers::JSON_CONTENT_TYPE));
    Ok(respond::no_store(response))
}

/// The filters of a PostgREST query that the console sends: `workspace_id=eq.15213`.
fn equals<'a>(query: &'a str, column: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(column)?.strip_prefix("=eq."))
}

fn workspace(query: &str) -> Result<WorkspaceId, ApiError> {
    equals(query, "workspace_id")
        .and_then(|text| WorkspaceId::parse(text).ok())
        .ok_or_else(|| ApiError::invalid("workspace_id", "must be eq. and an id"))
}

/// `GET /console/demo/rest/{table}`: `boards` and `board_columns` of a workspace, for its members.
pub async fn names(
    State(app): State<Arc<App>>,
    InPath(table): InPath,
    RawQuery(query): RawQuery,
    fields: HeaderMap,
) -> Result<Response, Failure> {
    demo(&app, &fields)?.embedded.as_ref().ok_or_else(ApiError::no_route)?;
    let workspace = workspace(query.as_deref().unwrap_or_default())?;
    auth::caller_of(&app, &fields, workspace.clone()).await?;
    let rows: Vec<Value> = match table.as_str() {
        "boards" => demo_data::boards(Anchor::of_day_containing(0))
            .filter(|row| row.workspace_id == workspace.as_str())
            .map(|row| json!({"id": row.id, "name": row.name}))
            .collect(),
        "board_columns" => demo_data::columns()
            .filter(|row| row.workspace_id == workspace.as_str())
            .map(|row| json!({"id": row.id, "name": row.name, "board_id": row.board_id}))
            .collect(),
        _ => return Err(Failure(ApiError::no_route())),
    };
    Ok(respond::no_store(Json(rows).into_response()))
}

/// What of a contact is changed.
#[derive(Deserialize)]
struct Moved {
    board_column_id: String,
}

/// `PATCH /console/demo/rest/contacts`: moves one contact, and invalidates as the product's backend would.
pub async fn write(
    State(app): State<Arc<App>>,
    InPath(table): InPath,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Failure> {
    let embedded = demo(&app, request.headers())?.embedded.as_ref().ok_or_else(ApiError::no_route)?;
    if table != "contacts" {
        return Err(Failure(ApiError::no_route()));
    }
    let query = query.as_deref().unwrap_or_default();
    let workspace = workspace(query)?;
    let contact = equals(query, "id")
        .and_then(|text| ContactId::parse(text).ok())
        .ok_or_else(|| ApiError::invalid("id", "must be eq. and an id"))?;
    auth::caller_of(&app, request.headers(), workspace.clone()).await?;
    let Moved { board_column_id } = serde_json::from_slice(&limits::small_body(request).await?)
        .map_err(|_| ApiError::body("must be {\"board_column_id\": \"…\"}"))?;
    let Some(board) = embedded.move_contact(&workspace, &contact, board_column_id.clone()).await? else {
        // As PostgREST answers where no row is the caller's.
        return Ok(respond::no_store(Json(json!([])).into_response()));
    };
    let change = Change::Contact { board, contact: Some(contact.clone()) };
    let (done, _) = app.invalidate(&Invalidation::of(workspace, &[change]), PATIENCE).await?;
    let row = json!([{"id": contact.as_str(), "board_column_id": board_column_id}]);
    let mut response = respond::no_store(Json(row).into_response());
    let generation = done.generations.to_token();
    respond::insert(response.headers_mut(), HeaderName::from_static("x-cache-generation"), &generation);
    Ok(response)
}
