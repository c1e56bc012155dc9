//! From a verified user to a verified workspace.

use ids::{UserId, WorkspaceId};

use crate::{InternalProof, SystemAdmin, VerifiedUser};

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reads.
    Member,
    /// Reads, and changes the workspace's cache settings.
    Admin,
}

impl Role {
    /// Reads the form stored in the database: `member` or `admin`. Anything else is no role.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "member" => Some(Self::Member),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// The form stored in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

/// What the source of truth said of one user and one workspace. A "no" is an answer as well, and is remembered like a
/// "yes".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    workspace: WorkspaceId,
    user: UserId,
    role: Option<Role>,
}

impl Membership {
    /// Records the answer of the source of truth. Call it with nothing else.
    #[must_use]
    pub const fn answered(workspace: WorkspaceId, user: UserId, role: Option<Role>) -> Self {
        Self { workspace, user, role }
    }

    /// The workspace that was asked about.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// The user who was asked about.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// The user's role; `None` for somebody who is not a member.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        self.role
    }
}

/// How the asker was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// As a member, with this role.
    Member {
        /// The member.
        user: UserId,
        /// What the member may do.
        role: Role,
    },
    /// With an internal key: a service of the operator.
    Internal,
    /// As a system admin, who manages what every workspace caches and sees no contact of any.
    SystemAdmin {
        /// The admin.
        user: UserId,
    },
}

/// Who shares what is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CacheScope {
    /// All members of a workspace, and services: its row-level security hides nothing of it from any of them.
    #[default]
    Workspace,
    /// Nobody: row-level security may differ from user to user, so each has entries of their own.
    User,
}

impl CacheScope {
    /// Reads the value of `CACHE_SCOPE`: `workspace` or `user`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "workspace" => Some(Self::Workspace),
            "user" => Some(Self::User),
            _ => None,
        }
    }
}

/// A workspace that the asker was shown to have access to. There is no other way to build a cache key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedWorkspace {
    workspace: WorkspaceId,
    access: Access,
    scope: CacheScope,
}

impl VerifiedWorkspace {
    /// A member's workspace. `None` when the membership is of another user, or is a "no".
    #[must_use]
    pub fn of_member(user: &VerifiedUser, membership: &Membership) -> Option<Self> {
        if membership.user != *user.id() {
            return None;
        }
        let role = membership.role?;
        Some(Self {
            workspace: membership.workspace.clone(),
            access: Access::Member { user: membership.user.clone(), role },
            scope: CacheScope::Workspace,
        })
    }

    /// The same, where `CACHE_SCOPE` has it so.
    #[must_use]
    pub fn in_scope(self, scope: CacheScope) -> Self {
        Self { scope, ..self }
    }

    /// Any workspace, for the holder of an internal key.
    #[must_use]
    pub const fn of_internal(_proof: &InternalProof, workspace: WorkspaceId) -> Self {
        Self { workspace, access: Access::Internal, scope: CacheScope::Workspace }
    }

    /// Any workspace, for a system admin: to manage what it caches. It must not be made for a route that shows contacts, which are for members.
    #[must_use]
    pub fn of_system_admin(admin: &SystemAdmin, workspace: WorkspaceId) -> Self {
        let access = Access::SystemAdmin { user: admin.user().id().clone() };
        Self { workspace, access, scope: CacheScope::Workspace }
    }

    /// The workspace.
    #[must_use]
    pub const fn id(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// How the asker was let in.
    #[must_use]
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// The member who asks; `None` for a service and for a system admin.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match &self.access {
            Access::Member { user, .. } => Some(user),
            Access::Internal | Access::SystemAdmin { .. } => None,
        }
    }

    /// The member whose own every entry is; `None` where members share them, and for a service, whose entries no member reads in
    /// that scope.
    #[must_use]
    pub const fn owner(&self) -> Option<&UserId> {
        match self.scope {
            CacheScope::User => self.user(),
            CacheScope::Workspace => None,
        }
    }
}
