//! Changes at the source, and the bodies that invalidate them.

use crate::places::{BOARDS, PAGES, USERS, WORKSPACES};
use crate::source::{BoardChange, BoardPlace, MemberPlace};
use crate::world::{World, event};

/// A committed change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// The boards that changed.
    pub(crate) boards: Vec<BoardChange>,
    /// The memberships that changed, and their versions.
    pub(crate) members: Vec<(MemberPlace, u64)>,
    /// The body of the invalidation.
    pub(crate) body: String,
}

impl Change {
    /// The boards whose pages are old now.
    pub(crate) fn places(&self) -> Vec<BoardPlace> {
        self.boards.iter().map(|change| change.board).collect()
    }
}

impl World {
    /// Commits some change.
    pub(crate) fn commit_something(&self) -> Change {
        let workspace = self.below(WORKSPACES);
        let change = match self.below(20) {
            0..=6 => self.commit_board((workspace, self.below(BOARDS))),
            7..=13 => self.commit_contact((workspace, self.below(BOARDS))),
            14 | 15 => self.commit_move(workspace),
            16 => self.commit_workspace(workspace),
            17 => self.commit_two_workspaces(workspace),
            _ => self.commit_member(workspace),
        };
        event!(self, "commit: {:?} {:?}", change.boards, change.members);
        change
    }

    /// Some contact of one board changes, nobody says which.
    pub(crate) fn commit_board(&self, board: BoardPlace) -> Change {
        let change = self.source.lock().commit(board, None);
        let body = format!(
            r#"{{"workspaceId":"w{}","boardId":"b{}","action":"contact_updated"}}"#,
            board.0, board.1
        );
        Change { boards: vec![change], body, ..Change::default() }
    }

    /// One contact of a board changes, and it is said which, and what of it.
    fn commit_contact(&self, board: BoardPlace) -> Change {
        let page = self.below(PAGES as usize + 1) as u64;
        let change = self.source.lock().commit(board, Some(page));
        let body = format!(
            r#"{{"workspaceId":"w{}","boardId":"b{}","contactId":"c{page}","action":"contact_updated","changedColumns":["sentiment"]}}"#,
            board.0, board.1
        );
        Change { boards: vec![change], body, ..Change::default() }
    }

    /// A contact moves from one board to another: a webhook names both.
    fn commit_move(&self, workspace: usize) -> Change {
        let row = |board| format!(r#"{{"id":"c1","workspace_id":"w{workspace}","board_id":"b{board}"}}"#);
        let body =
            format!(r#"{{"type":"UPDATE","table":"contacts","record":{},"old_record":{}}}"#, row(0), row(1));
        Change { boards: self.commit_all(workspace), body, ..Change::default() }
    }

    /// Everything may have changed.
    fn commit_workspace(&self, workspace: usize) -> Change {
        let body = format!(r#"{{"workspaceId":"w{workspace}","action":"contacts_bulk_updated"}}"#);
        Change { boards: self.commit_all(workspace), body, ..Change::default() }
    }

    fn commit_two_workspaces(&self, workspace: usize) -> Change {
        let other = (workspace + 1) % WORKSPACES;
        let mut source = self.source.lock();
        let boards = [(workspace, 0), (other, 0)].map(|board| source.commit(board, None));
        let event = |workspace| {
            format!(r#"{{"workspaceId":"w{workspace}","boardId":"b0","action":"contact_updated"}}"#)
        };
        let body = format!(r#"{{"events":[{},{}]}}"#, event(workspace), event(other));
        Change { boards: boards.to_vec(), body, ..Change::default() }
    }

    /// A user who has no board of their own comes or goes.
    fn commit_member(&self, workspace: usize) -> Change {
        let user = if self.chance(500) { USERS - 1 } else { 2 * workspace + 1 };
        let version = self.source.lock().toggle_member((workspace, user));
        let body = format!(
            r#"{{"type":"UPDATE","table":"workspace_members","record":{{"workspace_id":"w{workspace}","user_id":"u{user}"}}}}"#
        );
        Change { members: vec![((workspace, user), version)], body, ..Change::default() }
    }

    fn commit_all(&self, workspace: usize) -> Vec<BoardChange> {
        let mut source = self.source.lock();
        (0..BOARDS).map(|board| source.commit((workspace, board), None)).collect()
    }
}
