//! The counts of a workspace's contacts.
//!
//! Counted, not kept: in indexes alone, and each contact of the workspace at most once for what most contacts are. A
//! board's contacts are counted one by one for the total; of the figures that most contacts are likely to be in, "unassigned" is what
//! is left of the total by those that are assigned, and "medium" by high and low, since every contact has a priority and there is no
//! fourth. So a workspace of 191,663 contacts takes some 17 ms on two busy cores (see the tests), too little for counters to be kept by triggers, which every
//! write would pay for.

use dto::ContactCounts;
use ids::{UserId, WorkspaceId};
use rusqlite::Transaction;

use super::errors;
use crate::source::SourceError;
use crate::source::time::recent_since;

/// One row of figures: `?1` is the workspace, `?2` the user, `?3` since when activity is recent. Assigned is whatever is
/// not NULL: every text is at least the empty one.
pub(super) const COUNTS: &str = include_str!("counts.sql");

/// Counts in one statement, and so in one snapshot.
pub(super) fn read(
    snapshot: &Transaction<'_>,
    workspace: &WorkspaceId,
    user: Option<&UserId>,
    now_secs: u64,
) -> Result<ContactCounts, SourceError> {
    let mut prepared = snapshot.prepare_cached(COUNTS).map_err(errors::of_sqlite)?;
    prepared
        .query_row((workspace.as_str(), user.map(UserId::as_str), recent_since(now_secs)), |row| {
            let total: u64 = row.get("total")?;
            let assigned: u64 = row.get("assigned")?;
            let (high_priority, low_priority): (u64, u64) = (row.get("high")?, row.get("low")?);
            Ok(ContactCounts {
                unassigned: total.saturating_sub(assigned),
                assigned_to_me: row.get("mine")?,
                open: row.get("open")?,
                closed: row.get("closed")?,
                total,
                high_priority,
                medium_priority: total.saturating_sub(high_priority + low_priority),
                low_priority,
                needs_response: row.get("needs_response")?,
                follow_up: row.get("follow_up")?,
                favorites: row.get("favorites")?,
                archived: row.get("archived")?,
                unhappy_customers: row.get("unhappy")?,
                new_customers: row.get("new_customers")?,
                recent_activity: row.get("recent")?,
            })
        })
        .map_err(errors::of_sqlite)
}
