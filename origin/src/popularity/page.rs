//! A page as it is kept: the board and the canonical query, `board_123?page=1&per_page=50&…`.
//!
//! What is read back may have been written by anybody who can write to Redis: it is parsed as strictly as a request.

use cache_key::{ListParams, ListQuery};
use ids::BoardId;

/// Whether it may be kept that these were asked for: no search, and nothing that depends on who asks.
pub(super) const fn may_be_kept(params: &ListParams) -> bool {
    params.search.is_none() && !params.filter.depends_on_user()
}

/// The text that stands for a page.
pub(super) fn text(query: &ListQuery) -> String {
    format!("{}?{}", query.board(), query.params().to_query())
}

/// The page that a text stands for; `None` where it stands for none that may be kept.
pub(super) fn parse(text: &str) -> Option<(BoardId, ListParams)> {
    let (board, query) = text.split_once('?')?;
    let params = ListParams::parse(query).ok().filter(may_be_kept)?;
    Some((BoardId::parse(board).ok()?, params))
}
