//! Query strings of lists and of messages.

use cache_key::{ListParams, ListQuery, MAX_DEPTH, MAX_PER_PAGE, MAX_SEARCH_CHARS, PageParams};
use identity::{InternalKeys, VerifiedWorkspace};
use ids::{BoardId, WorkspaceId};

pub const WORDS: &[&str] = &[
    "page=",
    "per_page=",
    "filter=",
    "search=",
    "column_id=",
    "sort_by=",
    "sort_order=",
    "&",
    "=",
    "%",
    "+",
    "%00",
    "%F0%9F%98%80",
    "%c3%28",
    "asc",
    "desc",
    "open",
    "assigned_to_me",
    "last_activity_at",
    "99999",
    "1000000",
    ";",
    "%26",
    "%25",
];

pub fn seeds() -> Vec<Vec<u8>> {
    super::texts(&[
        "",
        "page=3&per_page=20&filter=open&search=J%C3%B6hn+D&column_id=col_1&sort_by=name&sort_order=asc",
        "page=3834&per_page=50&filter=recent_activity&sort_by=last_activity_at&sort_order=desc",
        "search=%F0%9F%98%80%25_%2C(or)&utm_source=x&page=1",
        "page=1&page=2",
        "column_id=&search=%20",
        "filter=assigned_to_me&per_page=100&page=10000",
    ])
}

/// A workspace as the service has it.
fn workspace() -> Option<VerifiedWorkspace> {
    const KEY: &str = "an-internal-key-for-fuzzing";
    let proof = InternalKeys::parse(KEY).ok()?.check(KEY)?;
    Some(VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("15213").ok()?))
}

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(params) = PageParams::parse(text) {
        assert_eq!(PageParams::parse(&params.to_query()), Ok(params));
    }
    let Ok(params) = ListParams::parse(text) else { return };
    assert!((1..=MAX_PER_PAGE).contains(&params.per_page) && params.page >= 1);
    assert!(u64::from(params.page) * u64::from(params.per_page) <= MAX_DEPTH);
    if let Some(search) = &params.search {
        let count = search.as_str().chars().count();
        assert!((1..=MAX_SEARCH_CHARS).contains(&count) && !search.as_str().chars().any(char::is_control));
    }
    let written = params.to_query();
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!(ListParams::parse(&written).as_ref(), Ok(&params));
    let board = BoardId::parse("board_123").ok();
    if let (Some(workspace), Some(board)) = (workspace(), board)
        && let Ok(query) = ListQuery::new(&workspace, board, params)
    {
        let key = query.key();
        assert!(key.as_str().split(':').nth(1) == Some("15213") && key.as_str().len() <= 512);
        assert!(key.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b":=._-".contains(&byte)));
    }
}
