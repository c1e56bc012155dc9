//! The demo workspaces: deterministic contacts, messages, boards and members.
//!
//! One generator feeds both sources (SQLite and PostgreSQL), so that they hold the same rows to the byte and a
//! conformance test may compare them. It is pure: no clock, no randomness, no I/O. The only argument is an [`Anchor`],
//! the day that "now" stands for; everything else follows from the number of a row.
//!
//! - Workspace `15213`, board `board_123`: 191,663 contacts whose counts are those of the HTTP contract's example.
//! - Workspace `20771`, three boards of 20,000 contacts: every filter, priority, column and search has something to show.
//! - Some 8,000 of the contacts have messages, a few of them more than two hundred.
//!
//! What it must never do: depend on the order in which rows are asked for. Contact `n` of a board is the same whether
//! it is generated alone or in a sweep.

mod anchor;
mod big_board;
mod messages;
mod names;
mod people;
mod places;
mod row;
mod splitmix;
mod varied_boards;

pub use anchor::{Anchor, timestamp_text};
pub use people::{DemoUser, demo_users, members};
pub use places::{boards, columns, workspaces};
pub use row::{
    BoardRow, Channel, ColumnRow, ContactRow, Direction, LifecycleStage, MemberRow, MessageRow, Priority,
    Role, Sentiment, Status, WorkspaceRow,
};

/// The workspace with one very large board, whose counts are those of the HTTP contract's example.
pub const BIG_WORKSPACE_ID: &str = "15213";
/// The one board of [`BIG_WORKSPACE_ID`].
pub const BIG_BOARD_ID: &str = "board_123";
/// How many contacts [`BIG_BOARD_ID`] has.
pub const BIG_BOARD_CONTACTS: u64 = 191_663;

/// The workspace in which every filter has something to show.
pub const VARIED_WORKSPACE_ID: &str = "20771";
/// The boards of [`VARIED_WORKSPACE_ID`].
pub const VARIED_BOARD_IDS: [&str; 3] = ["board_sales", "board_support", "board_onboarding"];
/// How many contacts each of [`VARIED_BOARD_IDS`] has.
pub const VARIED_BOARD_CONTACTS: u64 = 20_000;

/// Changes whenever the generated rows change, so that a cached database of older rows is recognised as such.
pub const GENERATOR_VERSION: u32 = 2;

/// A contact of [`VARIED_WORKSPACE_ID`] with more than two hundred messages.
pub const BUSY_CONTACT_ID: &str = "contact_20771_002000";
/// A contact of [`VARIED_WORKSPACE_ID`] without a message.
pub const SILENT_CONTACT_ID: &str = "contact_20771_000001";

/// Every message of both workspaces, contact by contact. Nobody has made cache settings, so there are no rows of them.
pub fn messages(anchor: Anchor) -> impl Iterator<Item = MessageRow> {
    messages::messages(anchor)
}

/// Every contact of both workspaces, board by board, in the order of their ids.
pub fn contacts(anchor: Anchor) -> impl Iterator<Item = ContactRow> {
    big_board::contacts(anchor).chain(varied_boards::contacts(anchor))
}

/// The contacts of one workspace, or none if it is not a demo workspace.
#[must_use]
pub fn contacts_of_workspace(anchor: Anchor, workspace_id: &str) -> Box<dyn Iterator<Item = ContactRow>> {
    match workspace_id {
        BIG_WORKSPACE_ID => Box::new(big_board::contacts(anchor)),
        VARIED_WORKSPACE_ID => Box::new(varied_boards::contacts(anchor)),
        _ => Box::new(std::iter::empty()),
    }
}
