//! Who asks, and about which workspace: established before anything is looked up.

use axum::http::header::{AUTHORIZATION, AsHeaderName};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue};
use coherence::{Floor, View};
use dto::ApiError;
use identity::{
    InternalProof, RequestHead, SIGNED_HEADERS, SignedRequest, SystemAdmin, TokenError, VerifiedUser,
    VerifiedWorkspace, bearer_token,
};
use ids::{UserId, WorkspaceId};

use super::errors::Failure;
use super::fields::{self, Field};
use crate::app::App;
use crate::cache::request::Reader;
use crate::tokens::{LastShown, UserToken};

/// A caller whose workspace was verified.
#[derive(Clone)]
pub struct Caller {
    /// The workspace.
    pub workspace: VerifiedWorkspace,
    /// On whose behalf the source is asked.
    pub reader: Reader,
}

/// A user whose token was verified, with the token.
pub struct SignedIn {
    /// The user.
    pub user: VerifiedUser,
    /// The user's token.
    pub token: UserToken,
}

/// The value of a header that must not be given twice.
pub fn single<'a>(fields: &'a HeaderMap, field: &Field) -> Result<Option<&'a str>, ApiError> {
    let value = only(fields, field)?;
    let text = value.map(HeaderValue::to_str).transpose();
    text.map_err(|_| ApiError::invalid(field.spelled, "must be ASCII text"))
}

/// The same, whatever it is made of.
fn only<'a>(fields: &'a HeaderMap, field: &Field) -> Result<Option<&'a HeaderValue>, ApiError> {
    let mut values = fields.get_all(&field.name).iter();
    let value = values.next();
    if value.is_some() && values.next().is_some() {
        return Err(ApiError::invalid(field.spelled, "must be given once"));
    }
    Ok(value)
}

/// Verifies the bearer token. Asynchronous, because the key that signed it may have to be fetched.
pub async fn sign_in(app: &App, fields: &HeaderMap) -> Result<SignedIn, Failure> {
    let authorization = only(fields, &fields::AUTHORIZATION).map_err(|_| TokenError::Missing)?;
    let token = UserToken::of(authorization.ok_or(TokenError::Missing)?)?;
    let user = app.tokens.verify(token.as_str(), app.cache.clock().now_secs()).await?;
    Ok(SignedIn { user, token })
}

/// A member whose token and membership are remembered, as those are of nearly everybody who asks. `None` says nothing: whoever is not found so is looked at
/// thoroughly, and told what is wrong.
fn known_member(app: &App, fields: &HeaderMap, shown: &mut LastShown) -> Option<Caller> {
    let value = |field| only(fields, field).ok()?;
    let now_ms = app.cache.clock().now_ms();
    let token = UserToken::of_usual(value(&fields::AUTHORIZATION)?)?;
    let user = app.tokens.known(&token, shown, now_ms / 1000)?;
    let workspace = str::from_utf8(value(&fields::WORKSPACE_ID)?.as_bytes()).ok()?;
    let workspace = app.memberships.known(&user, &token, workspace, now_ms)?;
    let claimed = only(fields, &fields::USER_ID).ok()?;
    let is_user = claimed.is_none_or(|claimed| claimed.as_bytes() == user.id().as_str().as_bytes());
    is_user.then(|| Caller { workspace, reader: Reader::User { id: user.id().clone(), token } })
}

/// A system admin, by a claim of the token that users cannot write. What a handler of `/api/system/*` begins with: 401 without a
/// valid token, 403 for anybody else. The internal key is none: it says which service asks, not who.
pub async fn system_admin(app: &App, fields: &HeaderMap) -> Result<SystemAdmin, Failure> {
    let signed_in = sign_in(app, fields).await?;
    signed_in.user.system_admin().ok_or_else(|| Failure(ApiError::not_a_system_admin()))
}

/// Judges the signature of a request of another tier. Its body is to be held against it, also where there is none.
pub fn signed(app: &App, head: &Parts) -> Result<SignedRequest, Failure> {
    let header = |name| joined(&head.headers, name, name).ok().flatten();
    // One that cannot be read would be signed like one that is not there, and be seen all the same by whoever only asks for its name.
    let is_unread = |name: &&'static str| head.headers.contains_key(*name) && header(name).is_none();
    if SIGNED_HEADERS.iter().any(is_unread) {
        return Err(unsigned());
    }
    let target = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let request = RequestHead { method: head.method.as_str(), target, header: &header };
    let now_ms = app.cache.clock().now_ms();
    single(&head.headers, &fields::INTERNAL_SIGNATURE)
        .ok()
        .flatten()
        .and_then(|signature| app.internal_keys.check_signature(&request, signature, now_ms))
        .ok_or_else(unsigned)
}

/// The proof that another tier made this request, which has no body.
pub fn tier(app: &App, head: &Parts) -> Result<InternalProof, Failure> {
    signed(app, head)?.with_body(b"").ok_or_else(unsigned)
}

/// The refusal of a request that no tier has signed.
pub fn unsigned() -> Failure {
    Failure(ApiError::unsigned())
}

/// Checks the internal key, as `Authorization: Bearer` or as `X-Internal-Auth`; a user's token is none.
pub fn internal(app: &App, fields: &HeaderMap) -> Result<InternalProof, Failure> {
    let bearer = single(fields, &fields::AUTHORIZATION).ok().and_then(|value| bearer_token(value).ok());
    let header = single(fields, &fields::INTERNAL_AUTH).ok().flatten();
    let proof = [bearer, header].into_iter().flatten().find_map(|key| app.internal_keys.check(key));
    let was_offered = header.is_some() || fields.contains_key(AUTHORIZATION);
    proof.ok_or_else(|| Failure(ApiError::no_internal_key(was_offered)))
}

/// The workspace that the request names.
pub fn workspace_id(fields: &HeaderMap) -> Result<WorkspaceId, ApiError> {
    let Field { spelled, .. } = &fields::WORKSPACE_ID;
    let text =
        single(fields, &fields::WORKSPACE_ID)?.ok_or_else(|| ApiError::invalid(spelled, "is required"))?;
    WorkspaceId::parse(text).map_err(|error| ApiError::invalid(spelled, &error.to_string()))
}

/// A member with a token of its own, of the workspace that `X-Workspace-ID` names. `shown` is what the connection showed last.
pub async fn member(app: &App, fields: &HeaderMap, shown: &mut LastShown) -> Result<Caller, Failure> {
    match known_member(app, fields, shown) {
        Some(caller) => Ok(caller),
        None => Box::pin(any_member(app, fields)).await,
    }
}

async fn any_member(app: &App, fields: &HeaderMap) -> Result<Caller, Failure> {
    let signed_in = sign_in(app, fields).await?;
    member_of(app, fields, signed_in, workspace_id(fields)?).await
}

/// A member of `workspace`, with a token of its own.
async fn member_of(
    app: &App,
    fields: &HeaderMap,
    signed_in: SignedIn,
    workspace: WorkspaceId,
) -> Result<Caller, Failure> {
    if let Some(claimed) = single(fields, &fields::USER_ID)? {
        is_user(claimed, fields::USER_ID.spelled, signed_in.user.id())?;
    }
    let verified = app.memberships.verify(&signed_in.user, &signed_in.token, &workspace).await?;
    let workspace = verified.ok_or_else(ApiError::not_a_member)?;
    let reader = Reader::User { id: signed_in.user.id().clone(), token: signed_in.token };
    Ok(Caller { workspace, reader })
}

/// Refuses a `field` of the request that names another user than the token's.
pub fn is_user(claimed: &str, field: &'static str, user: &UserId) -> Result<(), ApiError> {
    let claimed = UserId::parse(claimed).map_err(|error| ApiError::invalid(field, &error.to_string()))?;
    if claimed == *user { Ok(()) } else { Err(ApiError::other_user(field)) }
}

/// The proof of an internal key, in either header; `None` for a caller who does not claim to have one.
fn service(app: &App, fields: &HeaderMap) -> Result<Option<InternalProof>, Failure> {
    match internal(app, fields) {
        Err(_) if !fields.contains_key(&fields::INTERNAL_AUTH.name) => Ok(None),
        proof => proof.map(Some),
    }
}

/// A member, or a service that shows the internal key, of the workspace that `X-Workspace-ID` names.
pub async fn member_or_service(
    app: &App,
    fields: &HeaderMap,
    shown: &mut LastShown,
) -> Result<Caller, Failure> {
    // A token that is remembered is a user's, and no internal key.
    if !fields.contains_key(&fields::INTERNAL_AUTH.name)
        && let Some(caller) = known_member(app, fields, shown)
    {
        return Ok(caller);
    }
    match service(app, fields)? {
        Some(proof) => Ok(served(&proof, workspace_id(fields)?)),
        None => Box::pin(any_member(app, fields)).await,
    }
}

/// Who may manage what `workspace` caches: a member, a service that shows the internal key, or a system admin, who need not be a
/// member. For routes that show no contact.
pub async fn manager_of(app: &App, fields: &HeaderMap, workspace: WorkspaceId) -> Result<Caller, Failure> {
    if let Some(proof) = service(app, fields)? {
        return Ok(served(&proof, workspace));
    }
    let signed_in = sign_in(app, fields).await?;
    match signed_in.user.system_admin() {
        Some(admin) => {
            if let Some(claimed) = single(fields, &fields::USER_ID)? {
                is_user(claimed, fields::USER_ID.spelled, admin.user().id())?;
            }
            let workspace = VerifiedWorkspace::of_system_admin(&admin, workspace);
            Ok(Caller { workspace, reader: Reader::Service })
        }
        None => member_of(app, fields, signed_in, workspace).await,
    }
}

/// A member of `workspace`, or a service that shows the internal key.
pub async fn caller_of(app: &App, fields: &HeaderMap, workspace: WorkspaceId) -> Result<Caller, Failure> {
    match service(app, fields)? {
        Some(proof) => Ok(served(&proof, workspace)),
        None => member_of(app, fields, sign_in(app, fields).await?, workspace).await,
    }
}

fn served(proof: &InternalProof, workspace: WorkspaceId) -> Caller {
    Caller { workspace: VerifiedWorkspace::of_internal(proof, workspace), reader: Reader::Service }
}

/// Refuses a caller who shows neither a valid token nor the internal key.
pub async fn is_known(app: &App, fields: &HeaderMap) -> Result<(), Failure> {
    match service(app, fields)? {
        Some(_) => Ok(()),
        None => sign_in(app, fields).await.map(drop),
    }
}

/// Whether the caller knows too little of generations for anything cached to do.
pub fn is_uncached(fields: &HeaderMap) -> bool {
    fields.get(&fields::CACHE_BYPASS.name).is_some_and(|value| value == "1")
}

/// The floor that a reader sends: untrusted.
pub fn floor(app: &App, fields: &HeaderMap, field: &Field) -> Result<Floor, ApiError> {
    let Field { name, spelled } = field;
    joined(fields, name, spelled)?.map_or(Ok(Floor::none()), |text| {
        let now_ms = app.cache.clock().now_ms();
        Floor::parse(&text, now_ms).map_err(|error| ApiError::invalid(spelled, &error.to_string()))
    })
}

/// The view that a trusted tier sends.
pub fn view(_proof: &InternalProof, fields: &HeaderMap) -> Result<View, ApiError> {
    let Field { name, spelled } = &fields::CACHE_GENERATION;
    joined(fields, name, spelled)?.map_or(Ok(View::new()), |text| {
        View::from_token(&text).map_err(|error| ApiError::invalid(spelled, &error.to_string()))
    })
}

/// Lines of a list header are one value (RFC 9110, 5.3).
fn joined(
    fields: &HeaderMap,
    name: impl AsHeaderName,
    spelled: &'static str,
) -> Result<Option<String>, ApiError> {
    let mut joined: Option<String> = None;
    for value in fields.get_all(name) {
        let value = value.to_str().map_err(|_| ApiError::invalid(spelled, "must be ASCII text"))?;
        joined = Some(match joined {
            Some(before) => format!("{before},{value}"),
            None => value.to_owned(),
        });
    }
    Ok(joined)
}
