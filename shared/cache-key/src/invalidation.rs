//! What a change makes unservable.

use coherence::Tag;
use ids::{BoardId, WorkspaceId};

/// Something that changed in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A contact of a board: created, updated, moved, deleted, assigned, or something not known, which is treated
    /// like any of them.
    Contact {
        /// The board.
        board: BoardId,
    },
    /// Who is a member.
    Members,
    /// The cache settings.
    Settings,
    /// Anything else: everything is invalidated rather than too little.
    Workspace,
}

/// The tags to mint a generation for, and the patterns of the keys that become unservable, of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalidation {
    workspace: WorkspaceId,
    tags: Vec<Tag>,
    patterns: Vec<String>,
}

impl Invalidation {
    /// What these changes of a workspace make unservable.
    ///
    /// The patterns name the readable heads of keys for people and clients that know them; what counts are the tags.
    /// A board's searches carry the board's tag, so they go with it and are not listed apart.
    #[must_use]
    pub fn of(workspace: WorkspaceId, changes: &[Change]) -> Self {
        let mut plan = Self { workspace, tags: Vec::new(), patterns: Vec::new() };
        for change in changes {
            plan.add(change);
        }
        if plan.tags.contains(&Tag::Workspace) {
            plan.tags = vec![Tag::Workspace];
        }
        plan.tags.sort();
        plan
    }

    fn add(&mut self, change: &Change) {
        let workspace = self.workspace.clone();
        match change {
            Change::Contact { board } => {
                self.tag(Tag::Board(board.clone()), format!("contacts:{workspace}:{board}:*"));
                self.tag(Tag::Counts, format!("counts:{workspace}:*"));
            }
            Change::Members => self.tag(Tag::Members, format!("members:{workspace}:*")),
            Change::Settings => self.tag(Tag::Settings, format!("settings:{workspace}")),
            Change::Workspace => {
                self.tag(Tag::Workspace, format!("counts:{workspace}:*"));
                for head in ["contacts", "search"] {
                    self.pattern(format!("{head}:{workspace}:*"));
                }
            }
        }
    }

    fn tag(&mut self, tag: Tag, pattern: String) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
        self.pattern(pattern);
    }

    fn pattern(&mut self, pattern: String) {
        if !self.patterns.contains(&pattern) {
            self.patterns.push(pattern);
        }
    }

    /// The workspace.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// The tags to mint a generation for, sorted, each once. A whole workspace is one tag.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The patterns, in the order of the changes.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> WorkspaceId {
        WorkspaceId::parse("15213").unwrap()
    }

    #[test]
    fn a_contact_takes_its_board_and_the_counts_with_it() {
        let change = Change::Contact { board: BoardId::parse("board_123").unwrap() };
        let plan = Invalidation::of(workspace(), &[change.clone(), change]);
        assert_eq!(plan.patterns(), ["contacts:15213:board_123:*", "counts:15213:*"]);
        let tags: Vec<String> = plan.tags().iter().map(ToString::to_string).collect();
        assert_eq!(tags, ["counts", "board:board_123"]);
    }

    #[test]
    fn a_whole_workspace_is_one_tag() {
        let board = BoardId::parse("board_123").unwrap();
        let plan = Invalidation::of(workspace(), &[Change::Contact { board }, Change::Workspace]);
        assert_eq!(plan.tags(), [Tag::Workspace]);
    }

    #[test]
    fn the_patterns_of_a_workspace_are_its_counts_contacts_and_searches() {
        let plan = Invalidation::of(workspace(), &[Change::Workspace]);
        assert_eq!(plan.patterns(), ["counts:15213:*", "contacts:15213:*", "search:15213:*"]);
    }
}
