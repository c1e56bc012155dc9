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
    /// How many rows to return at most, not 0; `None` where there is no more than one. PostgREST answers that in a tenth of a millisecond less.
    pub(super) limit: Option<u32>,
    /// Whether all matches are to be counted.
    pub(super) count: bool,
}

impl Request {
    /// The same question with the first row alone.
    pub(super) fn first_row(self) -> Self {
        Self { offset: 0, limit: Some(1), ..self }
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

/// A page of a list that is no search, and its total: one question, answered by the function `contact_page` from one snapshot.
pub(super) fn page(query: &ListQuery, now_secs: u64) -> Request {
    let params = query.params();
    let mut parameters = vec![
        ("workspace_id", query.workspace().to_string()),
        ("board_id", query.board().to_string()),
        ("filter", params.filter.as_str().to_owned()),
        ("recent_since", recent_since(now_secs)),
        ("sort_by", params.sort_by.as_str().to_owned()),
        ("sort_order", params.sort_order.as_str().to_owned()),
        ("row_limit", params.per_page.to_string()),
        ("row_offset", query.offset().to_string()),
    ];
    parameters.extend(params.column.as_ref().map(|column| ("column_id", column.to_string())));
    parameters.extend(query.user().map(|user| ("user_id", user.to_string())));
    Request { table: "rpc/contact_page", parameters, select: "", offset: 0, limit: None, count: false }
}

/// A page of what `term` finds, and how many there are.
///
/// A search by a user asks the function `search_contacts`, which applies the membership rule itself: under row-level security
/// PostgreSQL would not use the trigram index. Where a term has no trigram, that index would be read from end to end, over the
/// boards of everybody, and the table with its policy, which keeps to the one board, is the better one. The service is bound by
/// no policy and always asks the table.
pub(super) fn search(query: &ListQuery, term: &SearchTerm, now_secs: u64, is_service: bool) -> Request {
    let (params, term) = (query.params(), term.as_str());
    let (workspace, board) = (query.workspace(), query.board());
    let (table, mut parameters) = if !is_service && has_trigram(term) {
        let parameters = vec![
            ("of_workspace_id", workspace.to_string()),
            ("of_board_id", board.to_string()),
            ("term", argument(term)),
        ];
        ("rpc/search_contacts", parameters)
    } else {
        let parameters = vec![
            ("workspace_id", format!("eq.{workspace}")),
            ("board_id", format!("eq.{board}")),
            ("search_text", format!("match.{}", escape(term))),
        ];
        ("contacts", parameters)
    };
    parameters.extend(filter(query, now_secs));
    if let Some(column) = &params.column {
        parameters.push(("board_column_id", format!("eq.{column}")));
    }
    parameters.push(("order", order(params.sort_by, params.sort_order).to_owned()));
    Request {
        table,
        parameters,
        select: "*",
        offset: query.offset(),
        limit: Some(params.per_page),
        count: true,
    }
}

/// A text as a function's argument. PostgREST takes one that begins like an operator (`like`, `eq.x`, `fts(a)`) for a filter; none begins
/// with a blank, which `search_contacts` leaves out. A term itself begins with none.
fn argument(term: &str) -> String {
    format!(" {term}")
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
        limit: Some(MAX_BOARDS),
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
        limit: Some(MAX_WORKSPACES),
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
        limit: Some(query.params().per_page),
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
    Request { table, parameters, select, offset: 0, limit: Some(1), count: false }
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

    /// A search by the service, and what is asked for beside the board and the term.
    fn searched(params: ListParams) -> Vec<(&'static str, String)> {
        let term = SearchTerm::parse("joan").unwrap().unwrap();
        let query = query(ListParams { search: Some(term.clone()), ..params });
        search(&query, &term, 1_767_225_600 + 7 * 86_400, true).parameters.split_off(3)
    }

    #[test]
    fn a_list_is_one_question() {
        let params = ListParams {
            filter: Filter::Open,
            column: ids::ColumnId::parse("col_1").ok(),
            page: 4,
            per_page: 20,
            ..ListParams::default()
        };
        let asked = page(&query(params), 1_767_225_600 + 7 * 86_400);
        assert_eq!((asked.table, asked.select), ("rpc/contact_page", ""));
        assert_eq!((asked.offset, asked.limit, asked.count), (0, None, false));
        let expected = [
            ("workspace_id", "15213"),
            ("board_id", "board_123"),
            ("filter", "open"),
            ("recent_since", "2026-01-01T00:00:00+00:00"),
            ("sort_by", "created_at"),
            ("sort_order", "desc"),
            ("row_limit", "20"),
            ("row_offset", "60"),
            ("column_id", "col_1"),
        ];
        assert_eq!(asked.parameters, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn every_filter_adds_one_parameter_of_its_own_to_a_search() {
        let mut seen = std::collections::HashSet::new();
        for &filter in Filter::ALL {
            if filter.depends_on_user() {
                continue;
            }
            let parameters = searched(ListParams { filter, ..ListParams::default() });
            assert_eq!(parameters.len(), if filter == Filter::All { 1 } else { 2 }, "{filter:?}");
            assert!(seen.insert(parameters[0].clone()), "{filter:?}");
        }
        let recent = searched(ListParams { filter: Filter::RecentActivity, ..ListParams::default() });
        assert_eq!(recent[0], ("last_activity_at", "gte.2026-01-01T00:00:00+00:00".to_owned()));
    }

    #[test]
    fn every_order_breaks_ties_by_id_in_its_own_direction() {
        for &sort_by in SortField::ALL {
            for &sort_order in SortOrder::ALL {
                let parameters = searched(ListParams { sort_by, sort_order, ..ListParams::default() });
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

    /// A search as it is asked for the service, or for a user.
    fn search_for(text: &str, params: ListParams, is_service: bool) -> Request {
        let term = SearchTerm::parse(text).unwrap().unwrap();
        search(&query(ListParams { search: Some(term.clone()), ..params }), &term, 0, is_service)
    }

    #[test]
    fn a_search_is_one_value_whatever_it_says() {
        for text in AWKWARD {
            let asked = search_for(text, ListParams::default(), true).parameters;
            let names: Vec<_> = asked.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["workspace_id", "board_id", "search_text", "order"], "{text}");
            assert_eq!(asked[2].1, format!("match.{}", escape(text)));

            let asked = search_for(text, ListParams::default(), false);
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
        let params = ListParams {
            filter: Filter::Open,
            column: ids::ColumnId::parse("col_1").ok(),
            page: 3,
            ..ListParams::default()
        };
        let asked = search_for("joan", params, false);
        let names: Vec<_> = asked.parameters.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["of_workspace_id", "of_board_id", "term", "status", "board_column_id", "order"]);
        assert_eq!((asked.offset, asked.limit, asked.count, asked.select), (100, Some(50), true, "*"));
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
            assert_eq!(search_for(text, ListParams::default(), false).table, table, "{text}");
            assert_eq!(search_for(text, ListParams::default(), true).table, "contacts", "{text}");
        }
    }
}
