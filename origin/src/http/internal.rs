//! What the edge asks of the origin, signed with the internal key. Shapes: `dto::internal`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use cache_key::{ListParams, ListQuery};
use coherence::Floor;
use dto::internal::{InvalidationRecorded, LedgerUpdate, MembershipAnswer};
use dto::{ApiError, headers};
use identity::InternalProof;
use ids::{BoardId, WorkspaceId};

use super::errors::Failure;
use super::fields::Field;
use super::path::InPath;
use super::{auth, fields, limits, list, respond};
use crate::app::App;
use crate::cache::answer::CacheError;
use crate::cache::request::ReadRequest;
use crate::tokens::LastShown;

/// The template of the route of [`list()`].
pub const LIST: &str = "/internal/boards/{board_id}/contacts";

/// `GET /internal/boards/{boardId}/contacts`: a page as an encoded entry, for the edge to keep and to splice.
pub async fn list(
    State(app): State<Arc<App>>,
    InPath(board_id): InPath,
    head: Parts,
) -> Result<Response, Failure> {
    // Who asks comes first: whoever is no tier is told of nothing.
    let proof = auth::tier(&app, &head)?;
    entry(&app, &proof, list::board(&board_id)?, &head, &mut LastShown::default()).await
}

/// The same for a board that stands plainly in the path. `shown` is what the connection showed last.
pub async fn plain_list(
    app: &App,
    board: BoardId,
    head: &Parts,
    shown: &mut LastShown,
) -> Result<Response, Failure> {
    let proof = auth::tier(app, head)?;
    entry(app, &proof, board, head, shown).await
}

async fn entry(
    app: &App,
    proof: &InternalProof,
    board: BoardId,
    head: &Parts,
    shown: &mut LastShown,
) -> Result<Response, Failure> {
    let fields = &head.headers;
    // Heard first, so that the membership is judged by no less than the edge knows. Of a workspace that there is not it has heard nothing.
    let view = auth::view(proof, fields)?;
    if let Ok(workspace) = auth::workspace_id(fields) {
        app.cache.hear(&workspace, &view);
    }
    let caller = auth::member(app, fields, shown).await?;
    let params = ListParams::parse(head.uri.query().unwrap_or_default())?;
    let floor = if auth::is_uncached(fields) {
        Floor::above_all()
    } else {
        // The reader, who is told what is wrong with it, sent it by another name.
        let name = fields::READER_GENERATION.name.clone();
        let sent = Field { name, spelled: headers::CACHE_GENERATION };
        auth::floor(app, fields, &sent)?
    };
    let query = ListQuery::new(&caller.workspace, board, params)?;
    let answer = app.read_list(ReadRequest { query, reader: caller.reader, floor }).await?;

    let cache_status = respond::cache_status(&answer, app.cache.clock().now_ms());
    let mut response = answer.page.for_edge().map_err(|_| CacheError::Internal)?.into_response();
    let out = response.headers_mut();
    out.insert(respond::X_CACHE_GENERATION, answer.page.token().clone());
    let mut set = |name: &'static str, value: &str| {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            out.insert(name, value);
        }
    };
    set(headers::CACHE_SOURCE, answer.source.as_str());
    set(headers::CACHE_OUTCOME, answer.status.as_str());
    set(headers::CACHE_STATUS, &cache_status);
    out.insert(CONTENT_TYPE, HeaderValue::from_static(headers::ENTRY_CONTENT_TYPE));
    // Whether the edge may keep it.
    let keep = if answer.shared.may_be_kept() { headers::PAGE_CACHE_CONTROL } else { headers::NO_STORE };
    out.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}

/// `GET /internal/workspaces/{workspaceId}/membership`: the role of the user whose token is passed on.
pub async fn membership(
    State(app): State<Arc<App>>,
    InPath(workspace_id): InPath,
    head: Parts,
) -> Result<Response, Failure> {
    let proof = auth::tier(&app, &head)?;
    let fields = head.headers;
    let workspace = WorkspaceId::parse(&workspace_id).map_err(|_| ApiError::no_route())?;
    let signed_in = auth::sign_in(&app, &fields).await?;
    // Heard first, so that the answer is not behind what the edge knows. A workspace of which the edge has heard exists: of any
    // other it tells zeros, of which nothing is kept.
    app.cache.hear(&workspace, &auth::view(&proof, &fields)?);
    let may_remember = !auth::is_uncached(&fields);
    let (role, stamp) =
        app.memberships.role(&signed_in.user, &signed_in.token, &workspace, may_remember).await?;
    let answer =
        MembershipAnswer { role: role.map(|role| role.as_str().to_owned()), generation: stamp.to_token() };
    Ok(respond::no_store(Json(answer).into_response()))
}

/// `POST /internal/invalidate`: mints and records; the caller has the ledger record it as well before it acknowledges.
pub async fn record_invalidation(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (head, body) = request.into_parts();
    let signed = auth::signed(&app, &head)?;
    let workspace = auth::single(&head.headers, &fields::WORKSPACE_ID)?.map(ToOwned::to_owned);
    let body = limits::body(Request::from_parts(head, body)).await?;
    signed.with_body(&body).ok_or_else(auth::unsigned)?;
    let invalidations = dto::invalidate::parse(&body, workspace.as_deref())?;
    let mut recorded = InvalidationRecorded { invalidated: 0, patterns: Vec::new(), ledgers: Vec::new() };
    for invalidation in invalidations {
        let done = app.record(&invalidation).await?;
        recorded.invalidated += done.entries;
        recorded.patterns.extend_from_slice(invalidation.patterns());
        recorded.ledgers.push(LedgerUpdate {
            workspace: invalidation.workspace().to_string(),
            generation: done.generations.to_token(),
        });
    }
    Ok(respond::no_store(Json(recorded).into_response()))
}
