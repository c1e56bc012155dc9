//! Who may see what: the demo users and the members of the demo workspaces.

use crate::{Anchor, BIG_WORKSPACE_ID, MemberRow, Role, VARIED_WORKSPACE_ID};

pub(crate) const BIG_AGENT: &str = "user_agent_15213";
pub(crate) const VARIED_ADMIN: &str = "user_admin_20771";
pub(crate) const VARIED_MEMBER: &str = "user_member_20771";

/// Somebody who can be signed in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoUser {
    /// The `sub` of the user's token.
    pub user_id: &'static str,
    /// The workspace and the role there; absent for a user who is a member of nothing.
    pub membership: Option<(&'static str, Role)>,
}

const USERS: [DemoUser; 6] = [
    DemoUser { user_id: "user_admin_15213", membership: Some((BIG_WORKSPACE_ID, Role::Admin)) },
    DemoUser { user_id: "user_member_15213", membership: Some((BIG_WORKSPACE_ID, Role::Member)) },
    DemoUser { user_id: BIG_AGENT, membership: Some((BIG_WORKSPACE_ID, Role::Member)) },
    DemoUser { user_id: VARIED_ADMIN, membership: Some((VARIED_WORKSPACE_ID, Role::Admin)) },
    DemoUser { user_id: VARIED_MEMBER, membership: Some((VARIED_WORKSPACE_ID, Role::Member)) },
    DemoUser { user_id: "user_outsider", membership: None },
];

/// Every demo user, with `user_outsider`, who is a member of nothing, last.
///
/// In workspace `15213` only `user_agent_15213` has contacts; the others have none, as in the contract's example.
#[must_use]
pub fn demo_users() -> &'static [DemoUser] {
    &USERS
}

/// The rows of `workspace_members`.
pub fn members(anchor: Anchor) -> impl Iterator<Item = MemberRow> {
    USERS.iter().filter_map(move |user| {
        let (workspace_id, role) = user.membership?;
        Some(MemberRow { workspace_id, user_id: user.user_id, role, created_at: anchor.minus_days(800) })
    })
}
