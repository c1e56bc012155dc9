//! A list query: what is asked, by whom, of which board. One query, one key.

use identity::VerifiedWorkspace;
use ids::{BoardId, UserId, WorkspaceId};

use coherence::{ItemSet, Tag};

use crate::ListParams;
use crate::items;
use crate::key::{CacheKey, Resource};

/// A list request of somebody who may make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    workspace: WorkspaceId,
    board: BoardId,
    params: ListParams,
    user: Option<UserId>,
    /// Whose own the answer is, where members do not share answers.
    owner: Option<UserId>,
}

/// A query cannot be made by this caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// `assigned_to_me` without a "me".
    #[error("filter assigned_to_me needs a user's token")]
    NoUser,
}

impl ListQuery {
    /// The query of a verified caller. The user becomes part of it only where the answer depends on the user.
    pub fn new(
        workspace: &VerifiedWorkspace,
        board: BoardId,
        params: ListParams,
    ) -> Result<Self, QueryError> {
        let user = if params.filter.depends_on_user() {
            Some(workspace.user().ok_or(QueryError::NoUser)?.clone())
        } else {
            None
        };
        let owner = workspace.owner().cloned();
        Ok(Self { workspace: workspace.id().clone(), board, params, user, owner })
    }

    /// The workspace, verified when the query was made.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// The board.
    #[must_use]
    pub const fn board(&self) -> &BoardId {
        &self.board
    }

    /// What is asked.
    #[must_use]
    pub const fn params(&self) -> &ListParams {
        &self.params
    }

    /// The user on whom the answer depends; `None` when it is the same for every member.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// How many contacts come before the page.
    #[must_use]
    pub fn offset(&self) -> u64 {
        u64::from(self.params.page - 1) * u64::from(self.params.per_page)
    }

    /// What a page is read from that shows these contacts, by which it can be told whether a change touched it. `None` where
    /// that cannot be told: what is one's own shows what one's role may see, and who knows which columns that looks at.
    #[must_use]
    pub fn read_set<'a>(&self, contacts: impl Iterator<Item = &'a str>) -> Option<ItemSet> {
        if self.owner.is_some() { None } else { items::read(&self.params, contacts) }
    }

    /// Which resource the answer is: a search has a toggle and a lifetime of its own.
    #[must_use]
    pub const fn resource(&self) -> Resource {
        if self.params.search.is_some() { Resource::Search } else { Resource::ContactList }
    }

    /// The key of the answer.
    #[must_use]
    pub fn key(&self) -> CacheKey {
        let ListParams { page, per_page, filter, search, column, sort_by, sort_order } = &self.params;
        let (workspace, board) = (&self.workspace, &self.board);
        let mut text = String::with_capacity(192);
        // Each part by itself: a hit builds a key, and the formatter would be half of what that takes.
        let mut push = |parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
        push(&[
            if search.is_some() { "search:" } else { "contacts:" },
            workspace.as_str(),
            ":",
            board.as_str(),
        ]);
        if let Some(term) = search {
            push(&[":q=", &term.digest()]);
        }
        push(&[":f=", filter.as_str()]);
        if let Some(column) = column {
            push(&[":c=", column.as_str()]);
        }
        push(&[":s=", sort_by.as_str(), ".", sort_order.as_str()]);
        push(&[":p=", &page.to_string(), ":n=", &per_page.to_string()]);
        let whose = (self.owner.as_ref(), self.user.as_ref());
        CacheKey::of_member(self.resource(), workspace, text, whose, [Tag::Board(board.clone())])
    }
}
