//! From a list query to SQL: which rows match, how they are counted, and by which index a page of them is found.
//!
//! The index is named in the statement (`INDEXED BY`) instead of being left to SQLite's planner: boards differ too much
//! for its statistics (a board of 191,663 has 14 open contacts, another of 20,000 has 5,000), and the total, which is
//! counted first, tells exactly what a planner would have to guess.

use cache_key::{Filter, ListQuery, SortField, SortOrder};

use super::contact_columns::SELECT_LIST;
use super::statement::Statement;
use crate::source::time::recent_since;

/// Up to so many matches are gathered and sorted (in about the time of 50 look-ups that miss the cache); of more, the
/// sort order is walked until the page is full.
const MOST_GATHERED: u64 = 2_000;

/// How a page is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccessPath {
    /// Walk the board in the order of the list and leave out what does not match.
    WalkInOrder,
    /// Find what matches by the filter's index, then sort it.
    GatherAndSort,
}

/// The path that touches fewer rows, given how many match.
pub(super) fn access_path(query: &ListQuery, total: u64) -> AccessPath {
    let params = query.params();
    let everything = params.filter == Filter::All && params.column.is_none() && params.search.is_none();
    if !everything && total <= MOST_GATHERED { AccessPath::GatherAndSort } else { AccessPath::WalkInOrder }
}

/// `SELECT count(*)` over what matches: in the filter's index alone, unless there is a search.
pub(super) fn count(query: &ListQuery, now_secs: u64) -> Statement {
    let mut statement = Statement::default();
    statement.push("SELECT count(*) FROM contacts INDEXED BY ").push(filter_index(query));
    matching(&mut statement, query, now_secs);
    statement
}

/// From which end of a list a page is read: SQLite walks past all rows in front of it, so from the nearer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    offset: u64,
    limit: u64,
    /// From the end: the rows come in the opposite order.
    pub(super) is_reversed: bool,
}

/// Where the rows of a page are, of a list of `total` rows.
pub(super) fn window(query: &ListQuery, total: u64) -> Window {
    let (offset, limit) = (query.offset(), u64::from(query.params().per_page));
    let left = total.saturating_sub(offset);
    let from_the_end = left.saturating_sub(limit);
    if left > 0 && from_the_end < offset {
        Window { offset: from_the_end, limit: limit.min(left), is_reversed: true }
    } else {
        Window { offset, limit, is_reversed: false }
    }
}

/// One page of what matches, in order, or in the opposite one.
pub(super) fn page(query: &ListQuery, now_secs: u64, path: AccessPath, window: Window) -> Statement {
    let params = query.params();
    let index = match path {
        AccessPath::WalkInOrder => sort_index(params.sort_by),
        AccessPath::GatherAndSort => filter_index(query),
    };
    let mut statement = Statement::default();
    statement.push("SELECT ").push(SELECT_LIST).push(" FROM contacts INDEXED BY ").push(index);
    matching(&mut statement, query, now_secs);
    // NULL is the smallest value in SQLite, as the order of lists demands.
    statement.push(" ORDER BY ").push(sort_key(params.sort_by));
    let order = if window.is_reversed { params.sort_order.reversed() } else { params.sort_order };
    match order {
        SortOrder::Asc => statement.push(" ASC, id ASC"),
        SortOrder::Desc => statement.push(" DESC, id DESC"),
    };
    statement.push(" LIMIT ").bind(i64::try_from(window.limit).unwrap_or(i64::MAX));
    statement.push(" OFFSET ").bind(i64::try_from(window.offset).unwrap_or(i64::MAX));
    statement
}

fn matching(statement: &mut Statement, query: &ListQuery, now_secs: u64) {
    statement.push(" WHERE workspace_id = ").bind(query.workspace().as_str().to_owned());
    statement.push(" AND board_id = ").bind(query.board().as_str().to_owned());
    match query.params().filter {
        Filter::All => {}
        Filter::Open => drop(statement.push(" AND status = 'open'")),
        Filter::Closed => drop(statement.push(" AND status = 'closed'")),
        Filter::Unassigned => drop(statement.push(" AND assigned_to IS NULL")),
        Filter::AssignedToMe => {
            // A list query with this filter always has a user; no contact is assigned to the empty name.
            let me = query.user().map_or("", |user| user.as_str());
            statement.push(" AND assigned_to = ").bind(me.to_owned());
        }
        Filter::HighPriority => drop(statement.push(" AND priority = 'high'")),
        Filter::MediumPriority => drop(statement.push(" AND priority = 'medium'")),
        Filter::LowPriority => drop(statement.push(" AND priority = 'low'")),
        Filter::NeedsResponse => drop(statement.push(" AND needs_response = 1")),
        Filter::FollowUp => drop(statement.push(" AND follow_up_at IS NOT NULL")),
        Filter::Favorites => drop(statement.push(" AND is_favorite = 1")),
        Filter::Archived => drop(statement.push(" AND is_archived = 1")),
        Filter::UnhappyCustomers => drop(statement.push(" AND sentiment = 'unhappy'")),
        Filter::NewCustomers => drop(statement.push(" AND lifecycle_stage = 'new_customer'")),
        Filter::RecentActivity => {
            statement.push(" AND last_activity_at >= ").bind(recent_since(now_secs));
        }
    }
    if let Some(column) = &query.params().column {
        statement.push(" AND board_column_id = ").bind(column.as_str().to_owned());
    }
    if let Some(term) = &query.params().search {
        // `instr` and not LIKE: in a term, `%` and `_` are ordinary characters.
        statement.push(" AND instr(search_text, ").bind(term.as_str().to_owned()).push(") > 0");
    }
}

const fn filter_index(query: &ListQuery) -> &'static str {
    match query.params().filter {
        Filter::All => "contacts_by_column",
        Filter::Open | Filter::Closed => "contacts_by_status",
        Filter::Unassigned | Filter::AssignedToMe => "contacts_by_assignee",
        Filter::HighPriority | Filter::MediumPriority | Filter::LowPriority => "contacts_by_priority",
        Filter::NeedsResponse => "contacts_needing_response",
        Filter::FollowUp => "contacts_with_follow_up",
        Filter::Favorites => "contacts_favorite",
        Filter::Archived => "contacts_archived",
        Filter::UnhappyCustomers => "contacts_unhappy",
        Filter::NewCustomers => "contacts_new_customers",
        Filter::RecentActivity => "contacts_by_last_activity_at",
    }
}

const fn sort_index(field: SortField) -> &'static str {
    match field {
        SortField::CreatedAt => "contacts_by_created_at",
        SortField::UpdatedAt => "contacts_by_updated_at",
        SortField::Name => "contacts_by_name",
        SortField::LastActivityAt => "contacts_by_last_activity_at",
        SortField::Priority => "contacts_by_priority_rank",
    }
}

const fn sort_key(field: SortField) -> &'static str {
    match field {
        SortField::CreatedAt => "created_at",
        SortField::UpdatedAt => "updated_at",
        SortField::Name => "name_sort_key",
        SortField::LastActivityAt => "last_activity_at",
        SortField::Priority => "priority_rank",
    }
}

#[cfg(test)]
mod tests {
    use cache_key::ListParams;
    use identity::{InternalKeys, VerifiedWorkspace};
    use ids::{BoardId, WorkspaceId};

    use super::*;

    #[test]
    fn a_page_is_read_from_the_nearer_end() {
        let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
        let proof = keys.check("an-internal-key-for-tests").unwrap();
        let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("w").unwrap());
        let window = |page, total| {
            let params = ListParams { page, per_page: 20, ..ListParams::default() };
            let query = ListQuery::new(&workspace, BoardId::parse("b").unwrap(), params).unwrap();
            let Window { offset, limit, is_reversed } = window(&query, total);
            (offset, limit, is_reversed)
        };
        // 45 rows: 20, 20, 5.
        assert_eq!([1, 2, 3].map(|page| window(page, 45)), [(0, 20, false), (5, 20, true), (0, 5, true)]);
        assert_eq!(window(4, 60), (60, 20, false), "past the end");
        assert_eq!(window(1, 0), (0, 20, false));
    }
}
