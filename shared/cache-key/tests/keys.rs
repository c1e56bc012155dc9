//! Two queries share a key exactly when they mean the same.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cache_key::{
    CacheKey, Change, ContactQuery, CountsQuery, Filter, Invalidation, ListParams, ListQuery, MessagesQuery,
    PageParams, QueryError, Resource, SearchTerm, SettingsQuery, SortField, SortOrder,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use identity::{CacheScope, InternalKeys, Membership, Role, TokenVerifier, VerifiedWorkspace};
use ids::{BoardId, ColumnId, ContactId, WorkspaceId};
use proptest::prelude::*;
use sha2::Sha256;

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
    fn a_key_fits_workers_kv_and_holds_no_search_text(term in "[^\\p{Cc}\u{fffd}]{1,200}") {
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

fn contact(id: &str) -> ContactId {
    ContactId::parse(id).unwrap()
}

/// The keys of every query that is no list, in workspace `w` or another.
fn other_keys(workspace_id: &str) -> Vec<CacheKey> {
    let workspace = workspace(workspace_id);
    let page = PageParams { page: 2, per_page: 7 };
    vec![
        CountsQuery::new(&workspace).key(),
        ContactQuery::new(&workspace, contact("contact_123")).key(),
        MessagesQuery::new(&workspace, contact("contact_123"), page).key(),
        SettingsQuery::new(&workspace).key(),
    ]
}

#[test]
fn keys_of_other_resources_read_as_documented() {
    let texts: Vec<String> = other_keys("15213").iter().map(|key| key.as_str().to_owned()).collect();
    let expected =
        ["counts:15213", "contact:15213:contact_123", "messages:15213:contact_123:p=2:n=7", "settings:15213"];
    assert_eq!(texts, expected);
}

#[test]
fn every_resource_has_a_name_and_a_key_of_its_own() {
    let names: HashSet<&str> = Resource::ALL.iter().map(|resource| resource.as_str()).collect();
    assert_eq!(names.len(), Resource::ALL.len());
    let mut keys: Vec<CacheKey> = other_keys("1");
    keys.extend(other_keys("2"));
    keys.push(query("1", "contact_123", ListParams::default()).key());
    assert_eq!(keys.iter().map(CacheKey::as_str).collect::<HashSet<_>>().len(), keys.len());
    assert!(keys.iter().all(|key| key.tags().contains(&coherence::Tag::Workspace)));
}

#[test]
fn counts_are_of_a_user_and_of_nobody_for_the_service() {
    let counts = CountsQuery::new(&member("w", "user_1"));
    assert_eq!(counts.key().as_str(), "counts:w:user_1");
    assert_eq!(counts.user().unwrap().as_str(), "user_1");
    assert_eq!(CountsQuery::new(&workspace("w")).user(), None);
}

#[test]
fn what_changes_a_contact_reaches_what_is_about_it() {
    let reached = |change: &Change| {
        let plan = Invalidation::of(WorkspaceId::parse("1").unwrap(), std::slice::from_ref(change));
        other_keys("1")
            .iter()
            .map(|key| key.tags().iter().any(|tag| plan.tags().contains(tag)))
            .collect::<Vec<_>>()
    };
    let board = BoardId::parse("b").unwrap();
    let this = Some(contact("contact_123"));
    let another = Some(contact("contact_456"));
    for (change, expected) in [
        (Change::Contact { board: board.clone(), contact: this.clone() }, [true, true, true, false]),
        (Change::Contact { board: board.clone(), contact: another.clone() }, [true, false, false, false]),
        (Change::Contact { board, contact: None }, [true, true, true, false]),
        (Change::Messages { contact: this }, [false, true, true, false]),
        (Change::Messages { contact: another }, [false, false, false, false]),
        (Change::Messages { contact: None }, [false, true, true, false]),
        (Change::Settings, [false, false, false, true]),
        (Change::Members, [false, false, false, false]),
        (Change::Workspace, [true, true, true, true]),
    ] {
        assert_eq!(reached(&change), expected, "{change:?}");
    }
}

/// A member of a workspace, with a token that says so.
fn member(workspace: &str, user: &str) -> VerifiedWorkspace {
    const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"sub":"{user}","aud":"authenticated","exp":4102444800}}"#);
    let signed = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    let user = TokenVerifier::hs256(SECRET).unwrap().verify(&token, 1).unwrap();
    let membership =
        Membership::answered(WorkspaceId::parse(workspace).unwrap(), user.id().clone(), Some(Role::Member));
    VerifiedWorkspace::of_member(&user, &membership).unwrap()
}

#[test]
fn where_members_do_not_share_answers_every_key_has_the_user() {
    let user = |id: &str| member("w", id).in_scope(CacheScope::User);
    let keys = |of: &VerifiedWorkspace| {
        let contact = || ContactId::parse("c").unwrap();
        let list = |filter| {
            let params = ListParams { filter, ..ListParams::default() };
            ListQuery::new(of, BoardId::parse("b").unwrap(), params).unwrap().key()
        };
        let search = ListParams { search: SearchTerm::parse("x").unwrap(), ..ListParams::default() };
        [
            list(Filter::All),
            list(Filter::AssignedToMe),
            ListQuery::new(of, BoardId::parse("b").unwrap(), search).unwrap().key(),
            CountsQuery::new(of).key(),
            ContactQuery::new(of, contact()).key(),
            MessagesQuery::new(of, contact(), PageParams::default()).key(),
        ]
    };
    let (one, two, shared) = (keys(&user("user_1")), keys(&user("user_2")), keys(&member("w", "user_1")));
    for ((one, two), shared) in one.iter().zip(&two).zip(&shared) {
        assert!(one.as_str().ends_with("user_1") && two.as_str().ends_with("user_2"), "{one:?}");
        assert_ne!(one, two);
        assert_ne!(one, shared, "its tags are others");
        // What is one's own is that of one's role.
        let but_members: Vec<_> = one.tags().iter().filter(|tag| **tag != coherence::Tag::Members).collect();
        assert_eq!(but_members, shared.tags().iter().collect::<Vec<_>>());
        assert!(
            one.tags().contains(&coherence::Tag::Members)
                && !shared.tags().contains(&coherence::Tag::Members)
        );
        assert_eq!(one.narrowest_tag(), shared.narrowest_tag());
    }
    // Settings are the workspace's, whoever asks.
    assert_eq!(SettingsQuery::new(&user("user_1")).key(), SettingsQuery::new(&user("user_2")).key());
}
