//! Workspace `15213`: one board of 191,663 contacts whose counts are exactly those of the HTTP contract's example.
//!
//! Almost every contact is alike (pending, medium, unassigned), which is what makes the board a hard case: an index on
//! one of those columns alone tells nothing apart. The few that differ are scattered over the board by a permutation of the
//! row numbers, one for each column, so that a filter's rows do not lie side by side.

use crate::{
    Anchor, BIG_BOARD_CONTACTS, BIG_BOARD_ID, BIG_WORKSPACE_ID, ContactRow, LifecycleStage, Priority,
    Sentiment, Status, names,
    people::BIG_AGENT,
    places::{COLUMNS, column_id},
    splitmix::SplitMix64,
};

/// Tells this board's numbers from the other boards'.
const SALT: u64 = 15_213;

const OPEN: u64 = 14;
const CLOSED: u64 = 588;
const ASSIGNED: u64 = 40;
const HIGH: u64 = 2;
const LOW: u64 = 4;
const NEEDS_RESPONSE: u64 = 5;
const FAVORITES: u64 = 3;
const ARCHIVED: u64 = 4;

/// Nothing happened in the last days, so that `recent_activity` stays empty however the clock stands.
const QUIET_DAYS: i64 = 9;

/// The contacts in the order of their ids, which is not that of their creation.
pub(crate) fn contacts(anchor: Anchor) -> impl Iterator<Item = ContactRow> {
    (0..BIG_BOARD_CONTACTS).map(move |index| contact(anchor, index))
}

/// Where row `index` comes in a shuffle of the board. A multiplier that shares no factor with the number of
/// contacts makes it a permutation: each rank is taken exactly once, so `rank < n` holds for exactly `n` rows.
fn rank(index: u64, multiplier: u64) -> u64 {
    (index * multiplier + multiplier / 7) % BIG_BOARD_CONTACTS
}

fn contact(anchor: Anchor, index: u64) -> ContactRow {
    let mut stream = SplitMix64::for_row(SALT, index);
    let number = index + 1;
    let name = names::person(&mut stream);
    let email = (!stream.percent(8)).then(|| names::email(&name, number));
    let phone = (!stream.percent(12)).then(|| names::phone(&mut stream));
    let status = match rank(index, 1_000_003) {
        0..OPEN => Status::Open,
        rank if rank < OPEN + CLOSED => Status::Closed,
        _ if stream.percent(10) => Status::Snoozed,
        _ => Status::Pending,
    };
    let priority = match rank(index, 1_000_033) {
        0..HIGH => Priority::High,
        rank if rank < HIGH + LOW => Priority::Low,
        _ => Priority::Medium,
    };
    let quiet_since = anchor.minus_days(QUIET_DAYS);
    let created_at = stream.minute_between(anchor.minus_days(760), quiet_since);
    let updated_at = stream.minute_between(created_at, quiet_since);
    let sentiment = match stream.below(4) {
        0 => Some(Sentiment::Happy),
        1 => Some(Sentiment::Neutral),
        _ => None,
    };
    let lifecycle_stage = if stream.percent(30) { LifecycleStage::Customer } else { LifecycleStage::Lead };
    let board_column_id = (!stream.percent(5)).then(|| column_id(BIG_BOARD_ID, stream.pick(&COLUMNS).0));
    let last_activity_at = (!stream.percent(10)).then(|| stream.minute_between(created_at, quiet_since));
    ContactRow {
        id: format!("contact_{BIG_WORKSPACE_ID}_{number:06}"),
        name,
        email,
        phone,
        status,
        board_column_id,
        workspace_id: BIG_WORKSPACE_ID,
        board_id: BIG_BOARD_ID,
        priority,
        assigned_to: (rank(index, 1_000_037) < ASSIGNED).then_some(BIG_AGENT),
        needs_response: rank(index, 1_000_039) < NEEDS_RESPONSE,
        follow_up_at: None,
        is_favorite: rank(index, 1_000_081) < FAVORITES,
        is_archived: rank(index, 1_000_099) < ARCHIVED,
        sentiment,
        lifecycle_stage,
        last_activity_at,
        created_at,
        updated_at,
    }
}
