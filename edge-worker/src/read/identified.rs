//! Whose request it is, and for which workspace: established before anything is looked up.

use std::rc::Rc;

use dto::{ApiError, ErrorCode};
use identity::{VerifiedWorkspace, bearer_token};

use super::answer::Stages;
use super::list_request::ListRequest;
use crate::edge::Edge;
use crate::failure::Failure;
use crate::http::request::{Inbound, bounded_header};
use crate::membership::Asker;
use crate::metrics::Counter;
use crate::platform::{Allowance, Platform};

/// A list request whose reader is a member of the workspace that it names.
pub(super) struct Identified {
    pub(super) listed: ListRequest,
    pub(super) asker: Asker,
    pub(super) workspace: VerifiedWorkspace,
}

/// Verifies the token, reads what is asked for, and verifies the membership, in this order.
pub(super) async fn identify<P: Platform>(
    edge: &Rc<Edge>,
    platform: &Rc<P>,
    request: &impl Inbound,
    query: &str,
    stages: &mut Stages,
) -> Result<Identified, Failure> {
    let began_ms = stages.began_ms();
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
    Ok(Identified { listed, asker, workspace })
}

/// Refuses a request for which its user or its workspace has no allowance left.
pub(super) async fn admit<P: Platform>(
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
