//! Workspace `20771`: three boards on which every filter, priority, column and search has something to show.
//!
//! The first contacts of each board bear the awkward names; the rest are ordinary.

use crate::{
    Anchor, ContactRow, LifecycleStage, Priority, Sentiment, Status, VARIED_BOARD_CONTACTS, VARIED_BOARD_IDS,
    VARIED_WORKSPACE_ID, names,
    people::{VARIED_ADMIN, VARIED_MEMBER},
    places::{COLUMNS, column_id},
    splitmix::SplitMix64,
};

/// Tells these boards' numbers from the other board's.
const SALT: u64 = 20_771;

/// "Recent" is the last seven days before now, and now is up to a day after the anchor. Whatever is recent is younger than
/// this and whatever is not is older than [`QUIET_DAYS`], so the same rows are recent all day long.
const RECENT_DAYS: i64 = 5;
const QUIET_DAYS: i64 = 9;

/// The contacts, board by board, in the order of their ids.
pub(crate) fn contacts(anchor: Anchor) -> impl Iterator<Item = ContactRow> {
    (0..).zip(VARIED_BOARD_IDS).flat_map(move |(board, board_id)| {
        (0..VARIED_BOARD_CONTACTS)
            .map(move |index| contact(anchor, board_id, board * VARIED_BOARD_CONTACTS, index))
    })
}

fn name(stream: &mut SplitMix64, index: u64) -> String {
    let ordinary = names::person(stream);
    match names::AWKWARD.get(index as usize) {
        Some(&awkward) => awkward.to_owned(),
        None if index == names::AWKWARD.len() as u64 => names::very_long(),
        None => ordinary,
    }
}

fn contact(anchor: Anchor, board_id: &'static str, before: u64, index: u64) -> ContactRow {
    let number = before + index + 1;
    let mut stream = SplitMix64::for_row(SALT, number);
    let name = name(&mut stream, index);
    let email = (!stream.percent(15)).then(|| names::email(&name, number));
    let phone = (!stream.percent(25)).then(|| names::phone(&mut stream));
    let status = stream.pick(Status::ALL);
    let priority = match stream.below(10) {
        0..2 => Priority::High,
        2..7 => Priority::Medium,
        _ => Priority::Low,
    };
    let board_column_id = (!stream.percent(6)).then(|| column_id(board_id, stream.pick(&COLUMNS).0));
    let assigned_to = match stream.below(10) {
        0..2 => Some(VARIED_ADMIN),
        2..5 => Some(VARIED_MEMBER),
        _ => None,
    };
    let quiet_since = anchor.minus_days(QUIET_DAYS);
    let created_at = stream.minute_between(anchor.minus_days(400), quiet_since);
    let last_activity_at = match stream.below(20) {
        0..3 => None,
        3..7 => Some(stream.minute_between(anchor.minus_days(RECENT_DAYS), anchor.unix_secs() - 60)),
        _ => Some(stream.minute_between(created_at, quiet_since)),
    };
    let updated_at =
        last_activity_at.unwrap_or(created_at).max(stream.minute_between(created_at, quiet_since));
    let follow_up_at =
        stream.percent(12).then(|| anchor.minus_secs(-3_600 * stream.below(24 * 30).cast_signed()));
    let sentiment = match stream.below(10) {
        0..2 => Some(Sentiment::Happy),
        2..4 => Some(Sentiment::Neutral),
        4 => Some(Sentiment::Unhappy),
        _ => None,
    };
    ContactRow {
        id: format!("contact_{VARIED_WORKSPACE_ID}_{number:06}"),
        name,
        email,
        phone,
        status,
        board_column_id,
        workspace_id: VARIED_WORKSPACE_ID,
        board_id,
        priority,
        assigned_to,
        needs_response: stream.percent(18),
        follow_up_at,
        is_favorite: stream.percent(4),
        is_archived: stream.percent(7),
        sentiment,
        lifecycle_stage: stream.pick(LifecycleStage::ALL),
        last_activity_at,
        created_at,
        updated_at,
    }
}
