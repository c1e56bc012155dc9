//! `GET /api/boards/{boardId}/contacts`: who asks, what for, may they, and which tier has it, in this order. Nothing
//! is looked up before identity and membership are verified.

mod answer;
mod list_request;
mod load;
mod tiers;

use std::rc::Rc;

use cache_key::ListQuery;
use dto::ApiError;
use identity::{VerifiedWorkspace, bearer_token};
use ids::BoardId;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::http::request::Inbound;
use crate::http::response::Response;
use crate::membership::Asker;
use crate::metrics::Counter;
use crate::origin::PageQuestion;
use crate::platform::Platform;

pub(crate) use self::load::Loaded;

use self::answer::Stages;
use self::list_request::ListRequest;
use self::tiers::Reader;

/// Answers a list request and counts it.
pub(crate) async fn list<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
    board: BoardId,
    query: &str,
) -> Response {
    let began_ms = platform.now_ms();
    let response = match answered(edge, platform, request, board, query, began_ms).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    };
    edge.recorder.count(Counter::Requests);
    edge.recorder.record_latency(platform.now_ms().saturating_sub(began_ms));
    if response.status >= 500 {
        edge.recorder.count(Counter::Errors);
    }
    response
}

async fn answered<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
    board: BoardId,
    query: &str,
    began_ms: u64,
) -> Result<Response, Failure> {
    let mut stages = Stages::new(began_ms);

    let authorization = request.header("Authorization").unwrap_or_default();
    let user = edge.tokens.verify(bearer_token(Some(&authorization))?, began_ms / 1000)?;
    let listed = ListRequest::read(request, query, began_ms)?;
    listed.check_user(&user)?;

    let asker = Asker { user, workspace: listed.workspace.clone(), authorization, began_ms };
    edge.generations.ensure(platform, &asker.workspace, began_ms).await;
    stages.end("ledger", platform.now_ms());
    let membership = edge.members.of(platform, &edge.origin, &asker).await?;
    let workspace =
        VerifiedWorkspace::of_member(&asker.user, &membership).ok_or_else(ApiError::not_a_member)?;
    stages.end("membership", platform.now_ms());

    let query = ListQuery::new(&workspace, board, listed.params)?;
    let question = PageQuestion {
        key: query.key(),
        query,
        authorization: asker.authorization.clone(),
        reader_floor: listed.floor_text,
        is_uncached: false,
    };
    let reader = Reader { edge, platform, asker: &asker, question, floor: listed.floor };
    let answer = reader.read(&mut stages).await?;
    answer::count(&edge.recorder, &answer);
    Ok(answer::render(
        &answer,
        &stages,
        platform.now_ms(),
        platform.location(),
        listed.if_none_match.as_deref(),
    ))
}
