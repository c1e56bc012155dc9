//! Tags: what is invalidated together, within one workspace.

use std::fmt;

use ids::BoardId;

/// A set of entries of one workspace that are invalidated together. Tags never cross a workspace, so a tag does not
/// name it: views, ledgers and Redis hashes are kept per workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// Everything the workspace has cached. Every entry carries it.
    Workspace,
    /// Counts over the workspace's contacts.
    Counts,
    /// Who is a member of the workspace.
    Members,
    /// The workspace's cache settings.
    Settings,
    /// The pages of one board.
    Board(BoardId),
}

/// A text is not a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a tag")]
pub struct TagError;

impl Tag {
    /// Reads the form that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        Ok(match text {
            "workspace" => Self::Workspace,
            "counts" => Self::Counts,
            "members" => Self::Members,
            "settings" => Self::Settings,
            _ => match text.split_once(':') {
                Some(("board", id)) => Self::Board(BoardId::parse(id).map_err(|_| TagError)?),
                _ => return Err(TagError),
            },
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace => f.write_str("workspace"),
            Self::Counts => f.write_str("counts"),
            Self::Members => f.write_str("members"),
            Self::Settings => f.write_str("settings"),
            Self::Board(id) => write!(f, "board:{id}"),
        }
    }
}
