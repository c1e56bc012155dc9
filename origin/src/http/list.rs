//! `GET /api/boards/{boardId}/contacts`: the same list as at the edge, for clients that are not behind it.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use cache_key::{ListParams, ListQuery};
use dto::{ApiError, headers};
use ids::BoardId;

#[cfg(not(measured_without_identity))]
use super::auth::member_or_service;
use super::errors::Failure;
use super::fields::Fields;
use super::path::InPath;
#[cfg(measured_without_identity)]
use super::without_identity::member_or_service;
use super::{auth, respond};
use crate::app::App;
use crate::cache::request::ReadRequest;

pub async fn public(
    State(app): State<Arc<App>>,
    InPath(board_id): InPath,
    RawQuery(query): RawQuery,
    Fields(fields): Fields,
) -> Result<Response, Failure> {
    let began = Instant::now();
    let board = board(&board_id)?;
    let caller = member_or_service(&app, &fields).await?;
    let params = ListParams::parse(query.as_deref().unwrap_or_default())?;
    let floor = auth::floor(&app, &fields, headers::CACHE_GENERATION)?;
    let query = ListQuery::new(&caller.workspace, board, params)?;
    let answer = app.read_list(ReadRequest { query, reader: caller.reader, floor }).await?;
    Ok(respond::page(&answer, &fields, app.cache.clock().now_ms(), began))
}

/// A path that is no board id is no path of ours.
pub fn board(text: &str) -> Result<BoardId, ApiError> {
    BoardId::parse(text).map_err(|_| ApiError::no_route())
}
