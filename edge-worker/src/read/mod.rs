//! `GET /api/boards/{boardId}/contacts`: who asks, what for, may they, and which tier has it, in this order. Nothing
//! is looked up before identity and membership are verified.

mod answer;
mod list_request;
mod load;
mod tiers;

use std::rc::Rc;

use cache_key::ListQuery;
use dto::cache_status::{CacheStatus, Source};
use dto::{ApiError, ErrorCode};
use identity::{VerifiedWorkspace, bearer_token};
use ids::BoardId;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::http::request::{Inbound, bounded_header};
use crate::http::response::Response;
use crate::membership::Asker;
use crate::metrics::{Counter, DataPoint};
use crate::origin::PageQuestion;
use crate::platform::{Allowance, Platform};

pub(crate) use self::load::Loaded;

use self::answer::Stages;
use self::list_request::ListRequest;
use self::tiers::Reader;

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

    let authorization = bounded_header(request, "Authorization")?.unwrap_or_default();
    let user = edge.tokens.verify(platform, bearer_token(Some(&authorization))?, began_ms / 1000).await?;
    let listed = ListRequest::read(request, query, began_ms)?;
    listed.check_user(&user)?;
    admit(edge, platform, Allowance::User, user.id().as_str()).await?;

    let asker = Asker { user, workspace: listed.workspace.clone(), authorization, began_ms };
    edge.generations.ensure(platform, &asker.workspace, began_ms).await;
    stages.end("ledger", platform.now_ms());
    let membership = edge.members.of(platform, &edge.origin, &asker).await?;
    let workspace = VerifiedWorkspace::of_member(&asker.user, &membership)
        .ok_or_else(ApiError::not_a_member)?
        .in_scope(edge.config.tokens.cache_scope);
    // Counted for members alone: others must not use up what is theirs.
    admit(edge, platform, Allowance::Workspace, workspace.id().as_str()).await?;
    stages.end("membership", platform.now_ms());

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

/// Refuses a request for which its user or its workspace has no allowance left.
async fn admit<P: Platform>(
    edge: &Edge,
    platform: &Rc<P>,
    allowance: Allowance,
    whose: &str,
) -> Result<(), ApiError> {
    if platform.admits(allowance, whose).await {
        return Ok(());
    }
    edge.recorder.count(Counter::Limited);
    Err(ApiError::new(ErrorCode::RateLimited, "too many requests; try again in a few seconds"))
}
