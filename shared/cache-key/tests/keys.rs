//! Two queries share a key exactly when they mean the same.

#![allow(clippy::unwrap_used)]

use cache_key::{Filter, ListParams, ListQuery, QueryError, SearchTerm, SortField, SortOrder};
use identity::{InternalKeys, VerifiedWorkspace};
use ids::{BoardId, ColumnId, WorkspaceId};
use proptest::prelude::*;

fn workspace(id: &str) -> VerifiedWorkspace {
    let proof =
        InternalKeys::parse("an-internal-key-for-tests").unwrap().check("an-internal-key-for-tests").unwrap();
    VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse(id).unwrap())
}

fn pick<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

prop_compose! {
    fn params()(
        page in 1..5u32, per_page in 1..4u32, filter in pick(Filter::ALL), sort_by in pick(SortField::ALL),
        sort_order in pick(SortOrder::ALL), search in prop::option::of("[a-c:=]{1,3}"), column in prop::option::of("[a-b]{1,2}"),
    ) -> ListParams {
        ListParams {
            page, per_page, sort_by, sort_order,
            filter: if filter.depends_on_user() { Filter::All } else { filter },
            search: search.and_then(|term| SearchTerm::parse(&term).unwrap()),
            column: column.map(|id| ColumnId::parse(&id).unwrap()),
        }
    }
}

fn query(workspace_id: &str, board: &str, params: ListParams) -> ListQuery {
    ListQuery::new(&workspace(workspace_id), BoardId::parse(board).unwrap(), params).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn queries_share_a_key_exactly_when_they_are_equal(
        (w1, w2) in ("[12]{1,2}", "[12]{1,2}"), (b1, b2) in ("[12]{1,2}", "[12]{1,2}"), p1 in params(), p2 in params(),
    ) {
        let (a, b) = (query(&w1, &b1, p1), query(&w2, &b2, p2));
        prop_assert_eq!(a == b, a.key() == b.key());
        prop_assert_eq!(a == b, a.key().digest() == b.key().digest());
    }

    #[test]
    fn a_key_fits_workers_kv_and_holds_no_search_text(term in "[^\\p{Cc}]{1,200}") {
        let id = "i".repeat(64);
        let params = ListParams {
            search: SearchTerm::parse(&term).unwrap(), column: Some(ColumnId::parse(&id).unwrap()),
            page: cache_key::MAX_PAGE, per_page: 100, filter: Filter::UnhappyCustomers,
            sort_by: SortField::LastActivityAt, ..ListParams::default()
        };
        let key = query(&id, &id, params).key();
        prop_assert!(key.as_str().len() <= 512);
        prop_assert!(key.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b":=._-".contains(&b)));
    }
}

#[test]
fn a_key_reads_as_documented() {
    let key = query("15213", "board_123", ListParams::default()).key();
    assert_eq!(key.as_str(), "contacts:15213:board_123:f=all:s=created_at.desc:p=1:n=50");
}

#[test]
fn terms_that_differ_in_ascii_case_alone_share_a_key() {
    let key = |search: &str| query("1", "2", ListParams::parse(&format!("search={search}")).unwrap()).key();
    assert_eq!(key("John"), key("%20jOHN%20"));
    assert_ne!(key("John"), key("Johna"));
}

#[test]
fn assigned_to_me_needs_a_user() {
    let params = ListParams { filter: Filter::AssignedToMe, ..ListParams::default() };
    let outcome = ListQuery::new(&workspace("1"), BoardId::parse("2").unwrap(), params);
    assert_eq!(outcome, Err(QueryError::NoUser));
}
