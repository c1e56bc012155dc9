//! What edge and origin say to each other, with the internal key.
//!
//! - `GET  /internal/boards/{boardId}/contacts?…` at the origin, with the reader's own bearer token: an encoded entry.
//! - `GET  /internal/workspaces/{workspaceId}/membership` at the origin, with the reader's own bearer token:
//!   [`MembershipAnswer`].
//! - `POST /internal/invalidate` at the origin, with the body of an invalidation: [`InvalidationRecorded`].
//! - `POST /internal/generations` at the edge: [`LedgerUpdate`], answered with 200 when the ledger has it, and with the
//!   [`LedgerUpdate`] that came of it: the ledger raises what it held, so a generation may be later than the one sent.

use serde::{Deserialize, Serialize};

/// The role of the asking user in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipAnswer {
    /// `member`, `admin`, or null for somebody who is not a member.
    pub role: Option<String>,
    /// The generations of the workspace's `members` tag when the question was put to the source, as a token.
    pub generation: String,
}

/// An invalidation that the origin has minted and recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidationRecorded {
    /// How many cached entries became unreachable.
    pub invalidated: u64,
    /// The patterns of their keys.
    pub patterns: Vec<String>,
    /// What the ledger of each workspace has to record.
    pub ledgers: Vec<LedgerUpdate>,
}

/// Generations for one workspace's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerUpdate {
    /// The workspace.
    pub workspace: String,
    /// The generations, as a token.
    pub generation: String,
}
