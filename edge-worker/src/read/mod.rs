//! `GET /api/boards/{boardId}/contacts`: who asks, what for, may they, and which tier has it, in this order. Nothing
//! is looked up before identity and membership are verified.

mod answer;
mod identified;
mod list_request;
mod load;
mod tiers;
#[cfg(measured_without_identity)]
mod without_identity;

use std::rc::Rc;

use cache_key::ListQuery;
use dto::cache_status::{CacheStatus, Source};
use ids::BoardId;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::http::request::Inbound;
use crate::http::response::Response;
use crate::metrics::{Counter, DataPoint};
use crate::origin::PageQuestion;
use crate::platform::Platform;

pub(crate) use self::load::Loaded;

use self::answer::Stages;
use self::identified::Identified;
#[cfg(not(measured_without_identity))]
use self::identified::identify;
use self::tiers::Reader;
#[cfg(measured_without_identity)]
use self::without_identity::identify;

/// What a page was served as.
struct Served {
    status: CacheStatus,
    source: Source,
    is_search: bool,
}

/// Answers a list request and counts it.
pub(crate) async fn list<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
    board: BoardId,
    query: &str,
) -> Response {
    let began_ms = platform.now_ms();
    let (response, answer) = match answered(edge, platform, request, board, query, began_ms).await {
        Ok((response, answer)) => (response, Some(answer)),
        Err(failure) => (failure.into_response(), None),
    };
    let duration_ms = platform.now_ms().saturating_sub(began_ms);
    edge.recorder.count(Counter::Requests);
    edge.recorder.record_latency(duration_ms);
    if response.status >= 500 {
        edge.recorder.count(Counter::Errors);
    }
    platform.write_data_point(&DataPoint {
        http_status: response.status,
        answer: answer.as_ref().map(|answer| (answer.status, answer.source)),
        is_search: answer.is_some_and(|answer| answer.is_search),
        duration_ms,
        body_bytes: response.body.len() as u64,
    });
    response
}

async fn answered<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
    board: BoardId,
    query: &str,
    began_ms: u64,
) -> Result<(Response, Served), Failure> {
    let mut stages = Stages::new(began_ms);

    let Identified { listed, asker, workspace } =
        identify(edge, platform, request, query, &mut stages).await?;
    let query = ListQuery::new(&workspace, board, listed.params)?;
    let question = PageQuestion {
        key: query.key(),
        query,
        authorization: asker.authorization.clone(),
        reader_floor: listed.floor_text,
        is_uncached: false,
    };
    let is_search = question.query.params().search.is_some();
    let reader = Reader { edge, platform, asker: &asker, question, floor: listed.floor };
    let answer = reader.read(&mut stages).await?;
    answer::count(&edge.recorder, &answer);
    let response = answer::render(
        &answer,
        &stages,
        platform.now_ms(),
        platform.location(),
        listed.if_none_match.as_deref(),
    );
    Ok((response, Served { status: answer.status, source: answer.source, is_search }))
}
