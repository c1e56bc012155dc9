//! Who a verified token is of, and what it says of them.

use std::sync::Arc;

use ids::{UserId, WorkspaceId};

use crate::claimed_memberships::ClaimedMemberships;
use crate::{LEEWAY_SECS, Membership};

/// A user whose token was verified. Only [`crate::TokenVerifier`] makes one. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedUser(Arc<Facts>);

/// What a token says that was found genuine and in time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) id: UserId,
    pub(crate) expires_at_secs: u64,
    pub(crate) issued_at_secs: Option<u64>,
    pub(crate) is_system_admin: bool,
    pub(crate) memberships: Option<ClaimedMemberships>,
}

impl VerifiedUser {
    pub(crate) fn new(facts: Facts) -> Self {
        Self(Arc::new(facts))
    }

    /// The user: the token's `sub`.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.0.id
    }

    /// When the token expires, in seconds since the Unix epoch. What is remembered of it must be forgotten then.
    #[must_use]
    pub fn expires_at_secs(&self) -> u64 {
        self.0.expires_at_secs
    }

    /// The proof that the user is a system admin; `None` for everybody else.
    #[must_use]
    pub fn system_admin(&self) -> Option<SystemAdmin> {
        self.0.is_system_admin.then(|| SystemAdmin(self.clone()))
    }

    /// Whether the token claims anything of workspaces, where the operator has said that a claim decides.
    #[must_use]
    pub fn claims_memberships(&self) -> bool {
        self.0.memberships.is_some()
    }

    /// What the token claims of a workspace, where the operator has said that a claim decides and the token has it.
    ///
    /// It is an answer of when the token was issued, and must be judged like any other answer: a change of the workspace's
    /// members since then overtakes it. A token that does not say when it was issued claims nothing.
    #[must_use]
    pub fn claimed_membership(&self, workspace: &WorkspaceId) -> Option<ClaimedMembership> {
        let Facts { id, issued_at_secs, memberships, .. } = &*self.0;
        let role = memberships.as_ref()?.role(workspace);
        let membership = Membership::answered(workspace.clone(), id.clone(), role);
        let as_of_secs = issued_at_secs.as_ref()?.saturating_sub(LEEWAY_SECS);
        Some(ClaimedMembership { membership, as_of_ms: as_of_secs.saturating_mul(1000) })
    }
}

/// A membership, or that there is none, as a token has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMembership {
    /// What is claimed.
    pub membership: Membership,
    /// When the token was issued at the earliest, however clocks differ within the leeway; in milliseconds since the Unix epoch.
    pub as_of_ms: u64,
}

/// Shows that a verified token makes its user a system admin: somebody who sees how the whole system does and manages
/// what any workspace caches, and sees no contact of a workspace that they are no member of. Only [`VerifiedUser::system_admin`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemAdmin(VerifiedUser);

impl SystemAdmin {
    /// The user.
    #[must_use]
    pub const fn user(&self) -> &VerifiedUser {
        &self.0
    }
}
