//! `POST /api/cache/invalidate` and `POST /internal/generations`: how invalidations reach the ledger.
//!
//! Order: the origin mints the generations and records them; the ledger of each workspace records them; only then is
//! the invalidation acknowledged. Whatever fails before that is a 503 that is safe to retry. What this isolate hears
//! it merges at once, acknowledged or not: that makes more unservable, never less.
//!
//! The ledger has the last word: it raises what it held even if the origin minted too low, and what it answers is
//! what this isolate and the reader go by.

use std::rc::Rc;

use cache_key::Invalidation;
use coherence::{Floor, View};
use dto::headers::{INTERNAL_AUTH, INTERNAL_SIGNATURE, WORKSPACE_ID};
use dto::internal::LedgerUpdate;
use dto::invalidate::{Invalidated, MAX_BODY_LEN};
use dto::{ApiError, ErrorCode};
use futures_util::future::join_all;
use identity::{InternalProof, RequestHead};
use ids::WorkspaceId;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::http::request::{BodyError, Inbound, bounded_header, target};
use crate::http::response::Response;
use crate::metrics::Counter;
use crate::origin::OriginFailure;
use crate::platform::{Platform, within};

/// How long a ledger may take to record, in milliseconds.
const RECORD_TIMEOUT_MS: u64 = 5000;
/// The largest accepted body of `POST /internal/generations`, in bytes.
const MAX_UPDATE_LEN: usize = 1024 * 1024;

/// Generations for one workspace: minted by the origin, or recorded by the ledger.
struct News {
    workspace: WorkspaceId,
    view: View,
}

/// `POST /api/cache/invalidate`.
pub(crate) async fn invalidate<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
) -> Response {
    let done = async {
        authorize(edge, request)?;
        let body = read_body(request, MAX_BODY_LEN).await?;
        let workspace = request.header(WORKSPACE_ID);
        let plans = dto::invalidate::parse(&body, workspace.as_deref())?;

        let recorded = match edge.origin.invalidate(&**platform, body, workspace).await {
            Ok(recorded) => recorded,
            Err(OriginFailure::Refused(refusal)) if refusal.status == 400 => {
                return Err(Failure::Relayed(refusal));
            }
            Err(_) => return Err(not_durable()),
        };
        let news = read_updates(&recorded.ledgers).ok_or_else(not_durable)?;
        for news in &news {
            edge.generations.merge_view(&news.workspace, &news.view);
        }
        if !plans.iter().all(|plan| covers(&news, plan)) {
            platform.warn("the origin recorded less than the invalidation asks for");
            return Err(not_durable());
        }
        let recorded_news = record(edge, platform, &news).await?;
        edge.recorder.count(Counter::Invalidations);
        let generation = Floor::token_of(recorded_news.iter().map(|news| &news.view));
        let data = Invalidated { invalidated: recorded.invalidated, patterns: recorded.patterns, generation };
        Ok(Response::json(&dto::success(data)))
    };
    done.await.unwrap_or_else(Failure::into_response)
}

/// `POST /internal/generations`: the origin forwards what it minted itself, and is answered what the ledger made of it.
pub(crate) async fn record_generations<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
) -> Response {
    let done = async {
        let body = signed_body(edge, request, platform.now_ms(), MAX_UPDATE_LEN).await?;
        let update: LedgerUpdate = serde_json::from_slice(&body)
            .map_err(|_| ApiError::body("the body must be {\"workspace\": …, \"generation\": …}"))?;
        let news =
            read_update(&update).ok_or_else(|| ApiError::body("workspace or generation is malformed"))?;
        edge.generations.merge_view(&news.workspace, &news.view);
        let recorded = record_one(edge, platform, &news).await.ok_or_else(not_durable)?;
        let generation = recorded.view.to_token();
        Ok(Response::json(&LedgerUpdate { workspace: update.workspace, generation }))
    };
    done.await.unwrap_or_else(Failure::into_response)
}

/// The internal key, as `Authorization: Bearer` or as `X-Internal-Auth`.
fn authorize(edge: &Edge, request: &impl Inbound) -> Result<InternalProof, ApiError> {
    let keys = &edge.config.internal_keys;
    let (bearer, header) =
        (bounded_header(request, "Authorization")?, bounded_header(request, INTERNAL_AUTH)?);
    let proof = identity::bearer_token(bearer.as_deref()).ok().and_then(|key| keys.check(key));
    let was_offered = bearer.is_some() || header.is_some();
    proof
        .or_else(|| header.and_then(|key| keys.check(&key)))
        .ok_or_else(|| ApiError::no_internal_key(was_offered))
}

/// The body of a request that the origin has signed. Nothing is read for anybody else.
async fn signed_body(
    edge: &Edge,
    request: &impl Inbound,
    now_ms: u64,
    limit: usize,
) -> Result<Vec<u8>, ApiError> {
    let signature = request.header(INTERNAL_SIGNATURE).ok_or_else(ApiError::unsigned)?;
    let (method, url) = (request.method(), request.url());
    let target = target(&url);
    let header = |name: &'static str| request.header(name);
    let head = RequestHead { method: &method, target, header: &header };
    let signed = edge
        .config
        .internal_keys
        .check_signature(&head, &signature, now_ms)
        .ok_or_else(ApiError::unsigned)?;
    let body = read_body(request, limit).await?;
    signed.with_body(&body).ok_or_else(ApiError::unsigned)?;
    Ok(body)
}

async fn read_body(request: &impl Inbound, limit: usize) -> Result<Vec<u8>, ApiError> {
    request.body(limit).await.map_err(|error| match error {
        BodyError::TooLarge => ApiError::new(ErrorCode::PayloadTooLarge, "the body is too large"),
        BodyError::Broken => ApiError::body("the body could not be read"),
    })
}

fn read_updates(updates: &[LedgerUpdate]) -> Option<Vec<News>> {
    updates.iter().map(read_update).collect()
}

fn read_update(update: &LedgerUpdate) -> Option<News> {
    let workspace = WorkspaceId::parse(&update.workspace).ok()?;
    Some(News { workspace, view: View::from_token(&update.generation).ok()? })
}

/// Whether a generation was minted for every tag of the plan.
fn covers(news: &[News], plan: &Invalidation) -> bool {
    news.iter()
        .filter(|news| news.workspace == *plan.workspace())
        .any(|news| plan.tags().iter().all(|tag| news.view.heard_of(tag).is_some()))
}

/// Has the ledgers record the news, and says what came of it; an error unless all of them have.
async fn record<P: Platform>(edge: &Edge, platform: &Rc<P>, news: &[News]) -> Result<Vec<News>, Failure> {
    let recorded = join_all(news.iter().map(|news| record_one(edge, platform, news))).await;
    recorded.into_iter().collect::<Option<_>>().ok_or_else(not_durable)
}

async fn record_one<P: Platform>(edge: &Edge, platform: &Rc<P>, news: &News) -> Option<News> {
    let recording = platform.record(&news.workspace, &news.view);
    let recorded = within(&**platform, RECORD_TIMEOUT_MS, recording).await?.ok()?;
    edge.generations.merge_recorded(&news.workspace, &recorded);
    if !recorded.speaks_for(&news.view) {
        platform.warn("a ledger recorded less than it was told");
        return None;
    }
    Some(News { workspace: news.workspace.clone(), view: recorded })
}

fn not_durable() -> Failure {
    ApiError::unavailable("the invalidation could not be made durable; it is safe to retry").into()
}
