//! `GET /api/boards/{boardId}/contacts`: the same list as at the edge, for clients that are not behind it.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use cache_key::{ListParams, ListQuery};
use dto::ApiError;
use ids::BoardId;

#[cfg(not(measured_without_identity))]
use super::auth::member_or_service;
use super::errors::Failure;
use super::fields::{self, Fields};
use super::path::InPath;
#[cfg(measured_without_identity)]
use super::without_identity::member_or_service;
use super::{auth, respond};
use crate::app::App;
use crate::cache::request::ReadRequest;
use crate::tokens::LastShown;

/// The template of the route.
pub const TEMPLATE: &str = "/api/boards/{board_id}/contacts";

/// The board in a path of a list's route below `root`, where it stands there as it is: a path that is not plainly one may still be, once it is decoded,
/// and is left to the router.
pub fn board_in(root: &str, path: &str) -> Option<BoardId> {
    let board = path.strip_prefix(root)?.strip_prefix("/boards/")?.strip_suffix("/contacts")?;
    // No id holds a slash, nor anything that would be decoded.
    BoardId::parse(board).ok()
}

pub async fn public(
    State(app): State<Arc<App>>,
    InPath(board_id): InPath,
    RawQuery(query): RawQuery,
    Fields(fields): Fields,
) -> Result<Response, Failure> {
    answer(&app, board(&board_id)?, query.as_deref(), &fields, &mut LastShown::default()).await
}

/// Answers a caller who asks for a page of a board: of which workspace, and as whom, the headers say. `shown` is what the connection showed last.
pub async fn answer(
    app: &App,
    board: BoardId,
    query: Option<&str>,
    fields: &HeaderMap,
    shown: &mut LastShown,
) -> Result<Response, Failure> {
    let began = Instant::now();
    let caller = member_or_service(app, fields, shown).await?;
    let params = ListParams::parse(query.unwrap_or_default())?;
    let floor = auth::floor(app, fields, &fields::CACHE_GENERATION)?;
    let query = ListQuery::new(&caller.workspace, board, params)?;
    let answer = app.read_list(ReadRequest { query, reader: caller.reader, floor }).await?;
    Ok(respond::page(&answer, fields, app.cache.clock().now_ms(), began))
}

/// A path that is no board id is no path of ours.
pub fn board(text: &str) -> Result<BoardId, ApiError> {
    BoardId::parse(text).map_err(|_| ApiError::no_route())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_plainly_of_the_route_or_is_left_to_the_router() {
        assert!(super::super::TEMPLATES.contains(&TEMPLATE));
        assert_eq!(board_in("/api", "/api/boards/board_123/contacts").unwrap().as_str(), "board_123");
        for path in [
            "/api/boards//contacts",
            "/api/boards/contacts",
            "/api/boards/b/contacts/",
            "/api/boards/b/c/contacts",
            "/api/boards/b%5F1/contacts",
            "/api/boards/../contacts",
            "//api/boards/b/contacts",
            "/API/boards/b/contacts",
            "/internal/boards/b/contacts",
        ] {
            assert_eq!(board_in("/api", path), None, "{path}");
        }
    }
}
