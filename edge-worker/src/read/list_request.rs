//! What a list request says: parameters and headers, checked. Whose request it is was verified before.

use cache_key::ListParams;
use coherence::Floor;
use dto::{ApiError, headers};
use identity::VerifiedUser;
use ids::{UserId, WorkspaceId};

use crate::http::request::{Inbound, bounded_header};

/// A list request that is well-formed.
pub(super) struct ListRequest {
    pub(super) params: ListParams,
    pub(super) workspace: WorkspaceId,
    user: Option<UserId>,
    pub(super) floor: Floor,
    /// The floor as received.
    pub(super) floor_text: Option<String>,
    pub(super) if_none_match: Option<String>,
}

impl ListRequest {
    pub(super) fn read(request: &impl Inbound, query: &str, now_ms: u64) -> Result<Self, ApiError> {
        let params = ListParams::parse(query)?;
        let workspace = request
            .header(headers::WORKSPACE_ID)
            .ok_or_else(|| ApiError::invalid(headers::WORKSPACE_ID, "is required"))?;
        let workspace = WorkspaceId::parse(&workspace)
            .map_err(|error| ApiError::invalid(headers::WORKSPACE_ID, &error.to_string()))?;
        let user = request
            .header(headers::USER_ID)
            .map(|user| UserId::parse(&user))
            .transpose()
            .map_err(|error| ApiError::invalid(headers::USER_ID, &error.to_string()))?;
        let floor_text = bounded_header(request, headers::CACHE_GENERATION)?;
        let floor = Floor::parse(floor_text.as_deref().unwrap_or_default(), now_ms)
            .map_err(|error| ApiError::invalid(headers::CACHE_GENERATION, &error.to_string()))?;
        let if_none_match = bounded_header(request, "If-None-Match")?;
        Ok(Self { params, workspace, user, floor, floor_text, if_none_match })
    }

    /// A request may name its user, and then must name the token's.
    pub(super) fn check_user(&self, user: &VerifiedUser) -> Result<(), ApiError> {
        match &self.user {
            Some(named) if named != user.id() => Err(ApiError::other_user(headers::USER_ID)),
            _ => Ok(()),
        }
    }
}
