//! What is asked of PostgREST: pure, so that it can be read and tested without one.
//!
//! A parameter's name is text of this program. User text comes into a value alone: behind an operator of ours and at the
//! value's end, where PostgREST takes all that follows as the operand, or as an argument that cannot be taken for an
//! operator. Ids cannot hold a character with a meaning.

use cache_key::{Filter, ListQuery, MessagesQuery, SearchTerm, SortField, SortOrder};
use dto::settings::CacheSettings;
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use serde_json::{Value, json};

use super::regex_escape::escape;
use crate::source::time::recent_since;
use crate::source::{MAX_BOARDS, MAX_WORKSPACES};

/// A question: a table or function, parameters in order, and rows from here to there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The table, or the function behind `rpc/`.
    pub(super) table: &'static str,
    /// Arguments, filters and order, `select` apart.
    pub(super) parameters: Vec<(&'static str, String)>,
    /// The columns asked for; empty for a function that returns a number.
    pub(super) select: &'static str,
    /// How many rows to leave out.
    pub(super) offset: u64,
    /// How many rows to return at most; not 0.
    pub(super) limit: u32,
    /// Whether all matches are to be counted.
    pub(super) count: bool,
}

impl Request {
    /// The same question with the first row alone.
    pub(super) fn first_row(self) -> Self {
        Self { offset: 0, limit: 1, ..self }
    }
}

/// A call of a function, its arguments in the body: there nothing is taken for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The function, behind `rpc/`.
    pub(super) function: &'static str,
    /// A JSON object.
    pub(super) arguments: Value,
}

/// A page of contacts; of a search, the total as well.
///
/// A search by a user asks the function `search_contacts`, which applies the membership rule itself: under row-level security
/// PostgreSQL would not use the trigram index. Where a term has no trigram, that index would be read from end to end, over the
/// boards of everybody, and the table with its policy, which keeps to the one board, is the better one. The service is bound by
/// no policy and always asks the table.
pub(super) fn contacts(query: &ListQuery, now_secs: u64, is_service: bool) -> Request {
    let params = query.params();
    let window = Window { offset: query.offset(), limit: params.per_page, order: params.sort_order };
    contacts_within(query, now_secs, is_service, &window)
}

/// The same page counted from the list's other end, its rows in the opposite order. PostgreSQL walks past all rows in front of a page,
/// so the nearer end is the better one to begin at. `total` is how many rows the whole list has; `None` for a page past them.
pub(super) fn contacts_from_the_end(
    query: &ListQuery,
    now_secs: u64,
    is_service: bool,
    total: u64,
) -> Option<Request> {
    let params = query.params();
    let left = total.checked_sub(query.offset()).filter(|left| *left > 0)?;
    let limit = u64::from(params.per_page).min(left) as u32;
    let window = Window { offset: left - u64::from(limit), limit, order: params.sort_order.reversed() };
    Some(contacts_within(query, now_secs, is_service, &window))
}

/// Which rows of a list, in which direction.
struct Window {
    offset: u64,
    limit: u32,
    order: SortOrder,
}

fn contacts_within(query: &ListQuery, now_secs: u64, is_service: bool, window: &Window) -> Request {
    let params = query.params();
    let term = params.search.as_ref().map(SearchTerm::as_str);
    let (workspace, board) = (query.workspace(), query.board());
    let (table, mut parameters) = match term.filter(|term| !is_service && has_trigram(term)) {
        Some(term) => (
            "rpc/search_contacts",
            vec![
                ("of_workspace_id", workspace.to_string()),
                ("of_board_id", board.to_string()),
                ("term", argument(term)),
            ],
        ),
        None => (
            "contacts",
            vec![("workspace_id", format!("eq.{workspace}")), ("board_id", format!("eq.{board}"))],
        ),
    };
    parameters.extend(filter(query, now_secs));
    if let Some(column) = &params.column {
        parameters.push(("board_column_id", format!("eq.{column}")));
    }
    if let (Some(term), "contacts") = (term, table) {
        parameters.push(("search_text", format!("match.{}", escape(term))));
    }
    parameters.push(("order", order(params.sort_by, window.order).to_owned()));
    Request {
        table,
        parameters,
        select: "*",
        offset: window.offset,
        limit: window.limit,
        count: term.is_some(),
    }
}

/// A text as a function's argument. PostgREST takes one that begins like an operator (`like`, `eq.x`, `fts(a)`) for a filter; none begins
/// with a blank, which `search_contacts` leaves out. A term itself begins with none.
fn argument(term: &str) -> String {
    format!(" {term}")
}

/// The total of a list that is no search, from the counters that the database keeps: exact, and in a fraction of the time that
/// counting takes. It is asked beside the page. A search has to be counted.
pub(super) fn total(query: &ListQuery, now_secs: u64) -> Option<Request> {
    let params = query.params();
    if params.search.is_some() {
        return None;
    }
    let mut parameters = vec![
        ("workspace_id", query.workspace().to_string()),
        ("board_id", query.board().to_string()),
        ("filter", params.filter.as_str().to_owned()),
        ("recent_since", recent_since(now_secs)),
    ];
    parameters.extend(params.column.as_ref().map(|column| ("column_id", column.to_string())));
    parameters.extend(query.user().map(|user| ("user_id", user.to_string())));
    Some(Request { table: "rpc/contact_total", parameters, select: "", offset: 0, limit: 1, count: false })
}

/// Whether three letters or digits stand side by side. What PostgreSQL takes for a letter beyond ASCII depends on its locale.
fn has_trigram(term: &str) -> bool {
    term.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_alphanumeric))
}

/// Whether there is such a board in the workspace.
pub(super) fn board(workspace: &WorkspaceId, board: &BoardId) -> Request {
    one("boards", "id", vec![("id", format!("eq.{board}")), ("workspace_id", format!("eq.{workspace}"))])
}

/// The boards of a workspace, by id.
pub(super) fn boards(workspace: &WorkspaceId) -> Request {
    Request {
        table: "boards",
        parameters: vec![("workspace_id", format!("eq.{workspace}")), ("order", "id.asc".to_owned())],
        select: "id",
        offset: 0,
        limit: MAX_BOARDS,
        count: false,
    }
}

/// The workspaces that the asker may see, by id, each with its boards and its cache settings.
pub(super) fn workspaces() -> Request {
    Request {
        table: "workspaces",
        parameters: vec![("order", "id.asc".to_owned()), ("boards.limit", MAX_BOARDS.to_string())],
        select: "id,name,boards(id),workspace_settings(cache:settings->cache)",
        offset: 0,
        limit: MAX_WORKSPACES,
        count: false,
    }
}

/// One contact, every column of it.
pub(super) fn contact(workspace: &WorkspaceId, contact: &ContactId) -> Request {
    one("contacts", "*", contact_of(workspace, contact))
}

/// Whether there is such a contact in the workspace.
pub(super) fn contact_exists(workspace: &WorkspaceId, contact: &ContactId) -> Request {
    one("contacts", "id", contact_of(workspace, contact))
}

fn contact_of(workspace: &WorkspaceId, contact: &ContactId) -> Vec<(&'static str, String)> {
    vec![("id", format!("eq.{contact}")), ("workspace_id", format!("eq.{workspace}"))]
}

/// A page of a contact's messages, and how many there are.
pub(super) fn messages(query: &MessagesQuery) -> Request {
    Request {
        table: "messages",
        parameters: vec![
            ("workspace_id", format!("eq.{}", query.workspace())),
            ("contact_id", format!("eq.{}", query.contact())),
            ("order", "created_at.desc,id.desc".to_owned()),
        ],
        select: "id,contact_id,direction,channel,body,created_at",
        offset: query.params().offset(),
        limit: query.params().per_page,
        count: true,
    }
}

/// The counts of a workspace's contacts.
pub(super) fn counts(workspace: &WorkspaceId, user: Option<&UserId>, now_secs: u64) -> Call {
    let arguments = json!({
        "workspace_id": workspace.as_str(),
        "user_id": user.map(UserId::as_str),
        "recent_since": recent_since(now_secs),
    });
    Call { function: "rpc/contact_counts", arguments }
}

/// The cache settings of a workspace.
pub(super) fn settings(workspace: &WorkspaceId) -> Request {
    let parameters = vec![("workspace_id", format!("eq.{workspace}"))];
    one("workspace_settings", "cache:settings->cache,updated_at", parameters)
}

/// Replaces the cache settings of a workspace.
pub(super) fn set_settings(workspace: &WorkspaceId, settings: &CacheSettings) -> Call {
    let arguments = json!({"workspace_id": workspace.as_str(), "cache": settings.stored()});
    Call { function: "rpc/set_cache_settings", arguments }
}

/// The role of a user in a workspace.
pub(super) fn member(workspace: &WorkspaceId, user: &UserId) -> Request {
    let parameters = vec![("workspace_id", format!("eq.{workspace}")), ("user_id", format!("eq.{user}"))];
    one("workspace_members", "role", parameters)
}

/// The cheapest question that goes through to the database.
pub(super) fn probe() -> Request {
    one("workspaces", "id", Vec::new())
}

fn one(table: &'static str, select: &'static str, parameters: Vec<(&'static str, String)>) -> Request {
    Request { table, parameters, select, offset: 0, limit: 1, count: false }
}

fn filter(query: &ListQuery, now_secs: u64) -> Option<(&'static str, String)> {
    let fixed = |name, value: &str| Some((name, value.to_owned()));
    match query.params().filter {
        Filter::All => None,
        Filter::Open => fixed("status", "eq.open"),
        Filter::Closed => fixed("status", "eq.closed"),
        Filter::Unassigned => fixed("assigned_to", "is.null"),
        // A list query with this filter always has a user; no contact is assigned to the empty name.
        Filter::AssignedToMe => {
            Some(("assigned_to", format!("eq.{}", query.user().map_or("", |user| user.as_str()))))
        }
        Filter::HighPriority => fixed("priority", "eq.high"),
        Filter::MediumPriority => fixed("priority", "eq.medium"),
        Filter::LowPriority => fixed("priority", "eq.low"),
        Filter::NeedsResponse => fixed("needs_response", "eq.true"),
        Filter::FollowUp => fixed("follow_up_at", "not.is.null"),
        Filter::Favorites => fixed("is_favorite", "eq.true"),
        Filter::Archived => fixed("is_archived", "eq.true"),
        Filter::UnhappyCustomers => fixed("sentiment", "eq.unhappy"),
        Filter::NewCustomers => fixed("lifecycle_stage", "eq.new_customer"),
        Filter::RecentActivity => Some(("last_activity_at", format!("gte.{}", recent_since(now_secs)))),
    }
}

/// The order, with ties broken by id in the same direction. Only `last_activity_at` can be NULL, which is the smallest value;
/// for the others nothing is said, so that an index in PostgreSQL's default order serves.
const fn order(field: SortField, order: SortOrder) -> &'static str {
    match (field, order) {
        (SortField::CreatedAt, SortOrder::Asc) => "created_at.asc,id.asc",
        (SortField::CreatedAt, SortOrder::Desc) => "created_at.desc,id.desc",
        (SortField::UpdatedAt, SortOrder::Asc) => "updated_at.asc,id.asc",
        (SortField::UpdatedAt, SortOrder::Desc) => "updated_at.desc,id.desc",
        (SortField::Name, SortOrder::Asc) => "name_sort_key.asc,id.asc",
        (SortField::Name, SortOrder::Desc) => "name_sort_key.desc,id.desc",
        (SortField::LastActivityAt, SortOrder::Asc) => "last_activity_at.asc.nullsfirst,id.asc",
        (SortField::LastActivityAt, SortOrder::Desc) => "last_activity_at.desc.nullslast,id.desc",
        (SortField::Priority, SortOrder::Asc) => "priority_rank.asc,id.asc",
        (SortField::Priority, SortOrder::Desc) => "priority_rank.desc,id.desc",
    }
}

#[cfg(test)]
mod tests {
    use cache_key::ListParams;
    use identity::{InternalKeys, VerifiedWorkspace};

    use super::*;

    fn query(params: ListParams) -> ListQuery {
        let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
        let proof = keys.check("an-internal-key-for-tests").unwrap();
        let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse("15213").unwrap());
        ListQuery::new(&workspace, BoardId::parse("board_123").unwrap(), params).unwrap()
    }

    fn parameters(params: ListParams) -> Vec<(&'static str, String)> {
        contacts(&query(params), 1_767_225_600 + 7 * 86_400, false).parameters
    }

    #[test]
    fn the_first_page_asks_for_fifty_of_the_board_newest_first() {
        let request = contacts(&query(ListParams::default()), 0, false);
        let expected = [
            ("workspace_id", "eq.15213"),
            ("board_id", "eq.board_123"),
            ("order", "created_at.desc,id.desc"),
        ];
        assert_eq!(request.parameters, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!((request.table, request.select), ("contacts", "*"));
        assert_eq!((request.offset, request.limit, request.count), (0, 50, false));
    }

    #[test]
    fn a_total_is_kept_for_lists_and_counted_for_searches() {
        let params = ListParams {
            filter: Filter::Open,
            column: ids::ColumnId::parse("col_1").ok(),
            ..ListParams::default()
        };
        let asked = total(&query(params), 1_767_225_600 + 7 * 86_400).unwrap();
        assert_eq!((asked.table, asked.select), ("rpc/contact_total", ""));
        let names: Vec<_> = asked.parameters.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["workspace_id", "board_id", "filter", "recent_since", "column_id"]);
        let search = ListParams { search: SearchTerm::parse("joan").unwrap(), ..ListParams::default() };
        assert!(total(&query(search.clone()), 0).is_none());
        assert!(contacts(&query(search), 0, false).count);
    }

    #[test]
    fn a_page_is_an_offset() {
        let request =
            contacts(&query(ListParams { page: 4, per_page: 20, ..ListParams::default() }), 0, false);
        assert_eq!((request.offset, request.limit), (60, 20));
        let first = request.first_row();
        assert_eq!((first.offset, first.limit), (0, 1));
    }

    #[test]
    fn a_page_near_the_end_is_as_near_to_the_other_end() {
        let page = |page| query(ListParams { page, per_page: 20, ..ListParams::default() });
        let from_the_end = |query: &ListQuery, total| contacts_from_the_end(query, 0, false, total);
        let window = |request: Request| (request.offset, request.limit);
        // 45 rows: 20, 20, 5.
        assert_eq!(from_the_end(&page(1), 45).map(window), Some((25, 20)));
        assert_eq!(from_the_end(&page(3), 45).map(window), Some((0, 5)));
        assert_eq!(from_the_end(&page(4), 60), None);
        let order = from_the_end(&page(2), 45).unwrap().parameters.pop().unwrap();
        assert_eq!(order, ("order", "created_at.asc,id.asc".to_owned()));
    }

    #[test]
    fn every_filter_adds_one_parameter_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for &filter in Filter::ALL {
            if filter.depends_on_user() {
                continue;
            }
            let parameters = parameters(ListParams { filter, ..ListParams::default() });
            assert_eq!(parameters.len(), if filter == Filter::All { 3 } else { 4 }, "{filter:?}");
            assert!(seen.insert(parameters[2].clone()), "{filter:?}");
        }
        let recent = parameters(ListParams { filter: Filter::RecentActivity, ..ListParams::default() });
        assert_eq!(recent[2], ("last_activity_at", "gte.2026-01-01T00:00:00+00:00".to_owned()));
    }

    #[test]
    fn every_order_breaks_ties_by_id_in_its_own_direction() {
        for &sort_by in SortField::ALL {
            for &sort_order in SortOrder::ALL {
                let parameters = parameters(ListParams { sort_by, sort_order, ..ListParams::default() });
                let (name, value) = parameters.last().unwrap();
                assert_eq!(*name, "order");
                assert!(value.ends_with(&format!(",id.{}", sort_order.as_str())), "{value}");
                assert!(value.contains(&format!(".{}", sort_order.as_str())), "{value}");
            }
        }
    }

    const AWKWARD: [&str; 10] = [
        "a,b",
        "x)or(id.eq.1",
        "*",
        "%",
        "or=(id.eq.1)",
        "&select=id",
        "(any).{a}",
        "not.eq.x",
        "like",
        "fts(english).joan",
    ];

    #[test]
    fn a_search_is_one_value_whatever_it_says() {
        for text in AWKWARD {
            let query =
                query(ListParams { search: SearchTerm::parse(text).unwrap(), ..ListParams::default() });
            let asked = contacts(&query, 0, true).parameters;
            let names: Vec<_> = asked.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["workspace_id", "board_id", "search_text", "order"], "{text}");
            assert_eq!(asked[2].1, format!("match.{}", escape(text)));

            let asked = contacts(&query, 0, false);
            if asked.table == "rpc/search_contacts" {
                let names: Vec<_> = asked.parameters.iter().map(|(name, _)| *name).collect();
                assert_eq!(names, ["of_workspace_id", "of_board_id", "term", "order"], "{text}");
                assert_eq!(asked.parameters[0].1, "15213");
                assert_eq!(asked.parameters[2].1, format!(" {text}"), "no operator begins with a blank");
            }
        }
    }

    #[test]
    fn a_search_through_the_function_keeps_filter_column_order_and_page() {
        let query = query(ListParams {
            search: SearchTerm::parse("joan").unwrap(),
            filter: Filter::Open,
            column: ids::ColumnId::parse("col_1").ok(),
            page: 3,
            ..ListParams::default()
        });
        let asked = contacts(&query, 0, false);
        let names: Vec<_> = asked.parameters.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["of_workspace_id", "of_board_id", "term", "status", "board_column_id", "order"]);
        assert_eq!((asked.offset, asked.limit, asked.count, asked.select), (100, 50, true, "*"));
    }

    #[test]
    fn what_the_trigram_index_can_answer_goes_to_the_function_of_users() {
        for (text, table) in [
            ("john", "rpc/search_contacts"),
            ("a 555 b", "rpc/search_contacts"),
            ("österreich", "rpc/search_contacts"),
            ("jo", "contacts"),
            ("a.b.c", "contacts"),
            ("%", "contacts"),
            ("😀😀😀", "contacts"),
        ] {
            let query =
                query(ListParams { search: SearchTerm::parse(text).unwrap(), ..ListParams::default() });
            assert_eq!(contacts(&query, 0, false).table, table, "{text}");
            assert_eq!(contacts(&query, 0, true).table, "contacts", "{text}");
        }
    }
}
