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
pub const BOARD_COLUMN: &str = "board_column_id";

/// With more items than this a change is not put on record: each of them is read with every page that is held against it.
const MAX_WRITTEN: usize = 32;

/// What is left of an id that however a source may print it: without case, punctuation and leading zeros. A UUID or a number is the same in any of its forms;
/// that other ids fall together makes pages look touched, and no more.
fn plain(id: &str) -> String {
    let plain =
        id.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| char::from(byte.to_ascii_lowercase()));
    plain.skip_while(|digit| *digit == '0').collect()
}

fn shown(contact: &str) -> u32 {
    ItemSet::item(&["contact", &plain(contact)])
}

fn column(name: &str) -> u32 {
    ItemSet::item(&["column", name])
}

fn board_column(id: &str) -> u32 {
    ItemSet::item(&["board_column", &plain(id)])
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
/// where that is known.
///
/// `None` where one of the columns is none of [`LIST_COLUMNS`]: the contact may have left its board, the name may be misspelt, or the
/// source may look at a column of its own to decide what a list shows.
#[must_use]
pub fn written<'a>(
    contact: &ContactId,
    columns: impl IntoIterator<Item = &'a str>,
    moved: Option<&[Option<ColumnId>; 2]>,
) -> Option<ItemSet> {
    let mut items = vec![shown(contact.as_str())];
    for name in columns {
        match (name, moved) {
            (name, _) if !LIST_COLUMNS.contains(&name) => return None,
            (BOARD_COLUMN, Some(moved)) => {
                items.extend(moved.iter().flatten().map(|id| board_column(id.as_str())));
            }
            (name, _) => items.push(column(name)),
        }
    }
    ItemSet::new(items).filter(is_short)
}

/// What two changes have written; `None` where that is too much to be put on record.
pub(crate) fn union(one: &ItemSet, other: &ItemSet) -> Option<ItemSet> {
    one.union(other).filter(is_short)
}

fn is_short(written: &ItemSet) -> bool {
    written.as_slice().len() <= MAX_WRITTEN
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
        for columns in [&[][..], &["sentiment"], &["priority", "name"]] {
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
        let moved =
            written(&id("other"), [BOARD_COLUMN], Some(&[Some(from.clone()), Some(to.clone())])).unwrap();
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
    fn a_column_of_which_nothing_is_known_may_touch_any_list() {
        for column in
            ["id", "workspace_id", "board_id", "deleted_at", "assignedTo", "Status", "contact.status", ""]
        {
            assert_eq!(written(&id("c"), ["name", column], None), None, "{column}");
        }
        assert!(written(&id("c"), LIST_COLUMNS, None).is_some());
    }

    #[test]
    fn an_id_is_the_same_however_it_is_printed() {
        let (upper, plain) = ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11");
        for (told, printed) in [(upper, plain), (plain, upper), ("007", "7"), ("7", "7")] {
            let read = read(&ListParams::default(), [printed].into_iter()).unwrap();
            assert!(read.meets(&written(&id(told), [], None).unwrap()), "{told}");
            let of_column = ListParams { column: Some(in_column(printed)), ..ListParams::default() };
            let moved = written(&id("other"), [BOARD_COLUMN], Some(&[Some(in_column(told)), None])).unwrap();
            assert!(super::read(&of_column, SHOWN.into_iter()).unwrap().meets(&moved), "{told}");
        }
    }
}
