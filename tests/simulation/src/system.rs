//! What is simulated: ours, or the plain cache-aside for comparison. The workload sees no difference.

use std::rc::Rc;

use edge_worker::http::response::Response;

use crate::cache_aside::CacheAside;
use crate::edge::fleet::Fleet;
use crate::edge::request::EdgeRequest;
use crate::places::{INTERNAL_KEY, board_name, number, workspace_name};
use crate::source::BoardPlace;

/// A reader's question.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) location: usize,
    pub(crate) board: BoardPlace,
    pub(crate) page: u64,
    pub(crate) user: usize,
    /// Only the contacts assigned to the user: a page of the user's own.
    pub(crate) is_own: bool,
    pub(crate) token: Option<String>,
    pub(crate) if_none_match: Option<String>,
}

/// What a page says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) board: BoardPlace,
    pub(crate) number: u64,
    /// Whose page it is, if it is one user's.
    pub(crate) whose: Option<usize>,
    pub(crate) version: u64,
}

/// What came of a question.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A page, the tier that had it, and its entity tag.
    Page { page: Page, tier: String, etag: Option<String> },
    /// The reader has the page with this entity tag.
    NotModified { etag: String },
    /// Another status.
    Failure(u16),
    /// No answer: the isolate, or the client, went away.
    Gone,
}

/// The system under test.
#[derive(Clone)]
pub(crate) enum System {
    Coherent(Rc<Fleet>),
    CacheAside(Rc<CacheAside>),
}

impl System {
    /// Asks, and goes away after so many milliseconds.
    pub(crate) async fn read(&self, ask: &Ask, authorization: &str, patience_ms: Option<u64>) -> Reply {
        match self {
            Self::Coherent(fleet) => {
                let mut answer = fleet.begin(ask.location, request(ask, authorization));
                let response = match patience_ms {
                    None => answer.await,
                    Some(ms) => {
                        let patience = std::time::Duration::from_millis(ms);
                        let Ok(response) = tokio::time::timeout(patience, &mut answer).await else {
                            answer.abort();
                            return Reply::Gone;
                        };
                        response
                    }
                };
                response.map_or(Reply::Gone, |response| reply(&response))
            }
            Self::CacheAside(system) => system.read(ask).await,
        }
    }

    /// Invalidates. The token, or `None` when it was not acknowledged.
    pub(crate) async fn invalidate(
        &self,
        location: usize,
        boards: &[BoardPlace],
        body: &str,
    ) -> Option<String> {
        match self {
            Self::Coherent(fleet) => {
                let request = EdgeRequest::post("/api/cache/invalidate", INTERNAL_KEY, None, body.to_owned());
                let response = fleet.request(location, request).await?;
                let text = String::from_utf8(response.body).ok()?;
                (response.status == 200).then(|| field(&text, "generation").unwrap_or_default().to_owned())
            }
            Self::CacheAside(system) => system.invalidate(location, boards).await.then(String::new),
        }
    }
}

fn request(ask: &Ask, authorization: &str) -> EdgeRequest {
    let filter = if ask.is_own { "assigned_to_me" } else { "all" };
    let target =
        format!("/api/boards/{}/contacts?page={}&filter={filter}", board_name(ask.board.1), ask.page);
    let mut headers = vec![
        ("Authorization", authorization.to_owned()),
        (dto::headers::WORKSPACE_ID, workspace_name(ask.board.0)),
    ];
    headers.extend(ask.token.clone().map(|token| (dto::headers::CACHE_GENERATION, token)));
    headers.extend(ask.if_none_match.clone().map(|etag| ("If-None-Match", etag)));
    EdgeRequest::get(&target, headers)
}

fn reply(response: &Response) -> Reply {
    let etag = response.header("ETag").map(ToOwned::to_owned);
    match (response.status, etag) {
        (200, etag) => {
            let text = String::from_utf8_lossy(&response.body);
            match Page::read(&text) {
                Some(page) => {
                    Reply::Page { page, tier: field(&text, "source").unwrap_or("?").to_owned(), etag }
                }
                None => Reply::Failure(0),
            }
        }
        (304, Some(etag)) => Reply::NotModified { etag },
        (status, _) => Reply::Failure(status),
    }
}

impl Page {
    /// Reads what the simulated source writes.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let whose = field(text, "u")?;
        Some(Self {
            board: (number(field(text, "w")?), number(field(text, "b")?)),
            number: field(text, "p")?.parse().ok()?,
            whose: (whose != "-").then(|| number(whose)),
            version: field(text, "v")?.parse().ok()?,
        })
    }
}

/// The text of a JSON field whose value has nothing to unescape.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.find(&format!("\"{name}\":\""))? + name.len() + 4;
    text.get(start..)?.split('"').next()
}
