//! What a list is read from, and what a change of one contact has written, by names that the two share: see
//! [`coherence::ItemSet`].
//!
//! A list shows contacts, and the columns that it filters, searches and sorts by decide which, in which order, and how
//! many there are. So a change that writes neither one of these contacts nor one of these columns leaves it as it is.
//! A column of the board is told from the others: a contact that is moved from one to another is in no third one's list.

use coherence::ItemSet;
use ids::{ColumnId, ContactId};

use crate::{Filter, ListParams};

/// The columns of a contact that a list can filter, search or sort by.
pub const LIST_COLUMNS: [&str; 16] = [
    BOARD_COLUMN,
    "assigned_to",
    "created_at",
    "email",
    "follow_up_at",
    "is_archived",
    "is_favorite",
    "last_activity_at",
    "lifecycle_stage",
    "name",
    "needs_response",
    "phone",
    "priority",
    "sentiment",
    "status",
    "updated_at",
];

/// The column that says in which of its board's columns a contact is.
const BOARD_COLUMN: &str = "board_column_id";

/// The columns that decide where a contact is: one that changes them leaves lists and enters others.
const PLACE_COLUMNS: [&str; 3] = ["id", "workspace_id", "board_id"];

fn shown(contact: &str) -> u32 {
    ItemSet::item(&["contact", contact])
}

fn column(name: &str) -> u32 {
    ItemSet::item(&["column", name])
}

fn board_column(id: &str) -> u32 {
    ItemSet::item(&["board_column", id])
}

/// What a list is read from that shows these contacts.
pub(crate) fn read<'a>(params: &ListParams, contacts: impl Iterator<Item = &'a str>) -> Option<ItemSet> {
    let mut items: Vec<u32> = contacts.map(shown).collect();
    items.push(column(params.sort_by.as_str()));
    items.extend(filtered_by(params.filter).map(column));
    if params.search.is_some() {
        items.extend(["name", "email", "phone"].map(column));
    }
    if let Some(id) = &params.column {
        items.extend([board_column(id.as_str()), column(BOARD_COLUMN)]);
    }
    ItemSet::new(items)
}

/// What a change of these columns of a contact has written. `moved` says between which of its board's columns it was moved,
/// where that is known. `None` where lists may have lost or gained the contact in ways that columns do not tell.
#[must_use]
pub fn written<'a>(
    contact: &ContactId,
    columns: impl IntoIterator<Item = &'a str>,
    moved: Option<[Option<&ColumnId>; 2]>,
) -> Option<ItemSet> {
    let mut items = vec![shown(contact.as_str())];
    for name in columns {
        match (name, moved) {
            (name, _) if PLACE_COLUMNS.contains(&name) => return None,
            (BOARD_COLUMN, Some(moved)) => {
                items.extend(moved.into_iter().flatten().map(|id| board_column(id.as_str())));
            }
            (name, _) => items.push(column(name)),
        }
    }
    ItemSet::new(items)
}

/// The column that a filter looks at.
fn filtered_by(filter: Filter) -> Option<&'static str> {
    Some(match filter {
        Filter::All => return None,
        Filter::Open | Filter::Closed => "status",
        Filter::Unassigned | Filter::AssignedToMe => "assigned_to",
        Filter::HighPriority | Filter::MediumPriority | Filter::LowPriority => "priority",
        Filter::NeedsResponse => "needs_response",
        Filter::FollowUp => "follow_up_at",
        Filter::Favorites => "is_favorite",
        Filter::Archived => "is_archived",
        Filter::UnhappyCustomers => "sentiment",
        Filter::NewCustomers => "lifecycle_stage",
        Filter::RecentActivity => "last_activity_at",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SearchTerm, SortField, SortOrder};

    const SHOWN: [&str; 2] = ["c1", "c2"];

    fn id(text: &str) -> ContactId {
        ContactId::parse(text).unwrap()
    }

    fn in_column(text: &str) -> ColumnId {
        ColumnId::parse(text).unwrap()
    }

    /// Whether a change of these columns of a contact that is not shown touches the list.
    fn is_touched(params: &ListParams, columns: &[&str]) -> bool {
        let written = written(&id("other"), columns.iter().copied(), None).unwrap();
        read(params, SHOWN.into_iter()).unwrap().meets(&written)
    }

    #[test]
    fn a_list_is_touched_by_any_change_of_what_it_shows() {
        let read = read(&ListParams::default(), SHOWN.into_iter()).unwrap();
        for columns in [&[][..], &["notes"], &["priority", "name"]] {
            assert!(read.meets(&written(&id("c1"), columns.iter().copied(), None).unwrap()));
            assert!(!read.meets(&written(&id("c3"), columns.iter().copied(), None).unwrap()));
        }
    }

    #[test]
    fn a_list_is_touched_by_each_column_that_it_filters_searches_or_sorts_by() {
        let touching = |params: &ListParams| -> Vec<&str> {
            LIST_COLUMNS.into_iter().filter(|column| is_touched(params, &[column])).collect()
        };
        assert_eq!(touching(&ListParams::default()), ["created_at"]);
        let mut params = ListParams { sort_by: SortField::Name, ..ListParams::default() };
        assert_eq!(touching(&params), ["name"]);
        params.filter = Filter::Closed;
        assert_eq!(touching(&params), ["name", "status"]);
        params.search = SearchTerm::parse("ann").unwrap();
        assert_eq!(touching(&params), ["email", "name", "phone", "status"]);
        params.column = Some(in_column("col_1"));
        assert_eq!(touching(&params), ["board_column_id", "email", "name", "phone", "status"]);
        for filter in Filter::ALL {
            let params = ListParams { filter: *filter, sort_order: SortOrder::Asc, ..ListParams::default() };
            let others = touching(&params).into_iter().filter(|column| *column != "created_at").count();
            assert_eq!(others, usize::from(*filter != Filter::All), "{}", filter.as_str());
        }
        for sort_by in SortField::ALL {
            assert!(is_touched(
                &ListParams { sort_by: *sort_by, ..ListParams::default() },
                &[sort_by.as_str()]
            ));
        }
    }

    #[test]
    fn a_move_between_columns_touches_the_lists_of_both() {
        let (from, to) = (in_column("from"), in_column("to"));
        let moved = written(&id("other"), [BOARD_COLUMN], Some([Some(&from), Some(&to)])).unwrap();
        let somewhere = written(&id("other"), [BOARD_COLUMN], None).unwrap();
        for (column, is_touched) in
            [(Some(from), true), (Some(to), true), (Some(in_column("third")), false), (None, false)]
        {
            let is_of_a_column = column.is_some();
            let read = read(&ListParams { column, ..ListParams::default() }, SHOWN.into_iter()).unwrap();
            assert_eq!((read.meets(&moved), read.meets(&somewhere)), (is_touched, is_of_a_column));
        }
    }

    #[test]
    fn a_contact_that_leaves_its_board_may_touch_any_list() {
        for column in PLACE_COLUMNS {
            assert_eq!(written(&id("c"), ["name", column], None), None);
        }
    }
}
