//! The two contact sources give the same answers: the same contacts, to the byte, in the same order, and the same totals; and the same
//! details, messages, counts and settings.
//!
//! Supabase here is PostgreSQL, PostgREST and a gateway, started by this test; SQLite is the origin's embedded source.
//! Both hold the demo data of the same day. On one board the answers are also checked against the rows themselves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "conformance/oracle.rs"]
mod oracle;
#[path = "conformance/resources.rs"]
mod resources;
#[path = "conformance/world.rs"]
mod world;

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use cache_key::{Filter, ListParams, SearchTerm, SortField, SortOrder};
use demo_data::{BIG_BOARD_ID, BIG_WORKSPACE_ID, VARIED_BOARD_IDS, VARIED_WORKSPACE_ID};
use identity::Role;
use ids::{ColumnId, UserId};
use origin::source::supabase::{SupabaseConfig, SupabaseSource};
use origin::source::{Asker, ContactSource, SourceError};
use stack::tokens;

use crate::world::{Caller, Who, World, asker, config, error_of, query, workspace_id};

const BOARD: &str = oracle::BOARD;

#[tokio::test(flavor = "multi_thread")]
async fn both_sources_give_the_same_answers() {
    let began = Instant::now();
    let world = World::start().await;
    println!("both sources ready in {:.1} s", began.elapsed().as_secs_f32());

    section(&world, "filter × sort × order", every_filter_sort_and_order_on_a_varied_board(&world)).await;
    section(&world, "the big board", the_big_board(&world)).await;
    time_the_first_page(&world).await;
    section(&world, "columns", columns_narrow_every_filter(&world)).await;
    section(&world, "pages", pages_first_middle_last_and_past_the_end(&world)).await;
    section(&world, "walks", a_walk_neither_repeats_nor_drops_a_contact(&world)).await;
    section(&world, "searches", a_search_is_text_whatever_it_holds(&world)).await;
    section(&world, "pieces of names", any_piece_of_an_awkward_name_finds_it(&world)).await;
    section(&world, "searches × filters", a_search_goes_with_every_filter_sort_and_column(&world)).await;
    section(&world, "the service", the_service_sees_what_a_member_sees(&world)).await;
    section(&world, "roles", roles_are_those_of_the_database(&world)).await;
    section(&world, "boards", a_board_that_the_asker_cannot_see_is_none(&world)).await;
    section(&world, "details, messages, counts, settings", what_is_no_list(&world)).await;
    section(&world, "tokens", a_bad_token_is_refused(&world)).await;
    section(&world, "outages", an_outage_is_told_from_a_refusal(&world)).await;

    let (questions, contacts) = world.agreed_so_far();
    println!(
        "conformance: {questions} lists and {contacts} contacts agreed, in {:.1} s",
        began.elapsed().as_secs_f32()
    );
}

async fn section(world: &World, name: &str, claims: impl Future<Output = ()>) {
    let (began, (before, _)) = (Instant::now(), world.agreed_so_far());
    claims.await;
    let lists = world.agreed_so_far().0 - before;
    println!("{name}: {lists} lists agreed in {:.1} s", began.elapsed().as_secs_f32());
}

async fn what_is_no_list(world: &World) {
    let details = resources::details_of_contacts(world).await;
    let messages = resources::messages_of_contacts(world).await;
    let counts = resources::counts_of_workspaces(world).await;
    resources::boards_of_workspaces(world).await;
    resources::workspaces(world).await;
    resources::settings_of_workspaces(world).await;
    println!("{details} contacts, {messages} pages of messages and {counts} times all counts agreed");
}

fn varied_member(world: &World) -> Caller {
    world.sign_in("user_member_20771", VARIED_WORKSPACE_ID)
}

fn search(text: &str) -> Option<SearchTerm> {
    SearchTerm::parse(text).unwrap()
}

async fn every_filter_sort_and_order_on_a_varied_board(world: &World) {
    let (admin, member) = (world.sign_in("user_admin_20771", VARIED_WORKSPACE_ID), varied_member(world));
    for &filter in Filter::ALL {
        for &sort_by in SortField::ALL {
            for &sort_order in SortOrder::ALL {
                let params = ListParams { filter, sort_by, sort_order, ..ListParams::default() };
                let page = world.agree(Who::User(&member), BOARD, params.clone()).await;
                assert_eq!(page.ids.len(), 50, "{filter:?} shows too little to test it");
                if filter.depends_on_user() {
                    let of_admin = world.agree(Who::User(&admin), BOARD, params).await;
                    assert_ne!(of_admin.total, page.total, "two users, two lists");
                }
            }
        }
    }
    for board in VARIED_BOARD_IDS {
        for &filter in Filter::ALL {
            let params = ListParams { filter, ..ListParams::default() };
            assert!(world.agree(Who::User(&admin), board, params).await.total > 0);
        }
    }
}

async fn the_big_board(world: &World) {
    let member = world.sign_in("user_member_15213", BIG_WORKSPACE_ID);
    let agent = world.sign_in("user_agent_15213", BIG_WORKSPACE_ID);
    let ask = |params| world.agree(Who::User(&member), BIG_BOARD_ID, params);
    for (filter, total) in [
        (Filter::All, 191_663),
        (Filter::Open, 14),
        (Filter::Closed, 588),
        (Filter::Unassigned, 191_623),
        (Filter::AssignedToMe, 0),
        (Filter::HighPriority, 2),
        (Filter::MediumPriority, 191_657),
        (Filter::LowPriority, 4),
        (Filter::NeedsResponse, 5),
        (Filter::FollowUp, 0),
        (Filter::Favorites, 3),
        (Filter::Archived, 4),
        (Filter::UnhappyCustomers, 0),
        (Filter::NewCustomers, 0),
        (Filter::RecentActivity, 0),
    ] {
        for (sort_by, sort_order) in [
            (SortField::CreatedAt, SortOrder::Desc),
            (SortField::Name, SortOrder::Asc),
            (SortField::Priority, SortOrder::Desc),
        ] {
            let page = ask(ListParams { filter, sort_by, sort_order, ..ListParams::default() }).await;
            assert_eq!(page.total, total, "{filter:?}");
        }
    }
    for &sort_by in SortField::ALL {
        for &sort_order in SortOrder::ALL {
            for page in [1, 2, 1_917, 3_834] {
                ask(ListParams { sort_by, sort_order, page, ..ListParams::default() }).await;
            }
        }
    }
    let mine = ListParams { filter: Filter::AssignedToMe, ..ListParams::default() };
    assert_eq!(world.agree(Who::User(&agent), BIG_BOARD_ID, mine).await.total, 40);
    for text in ["john", "no such person", "555", "@example.com", "zz"] {
        for (sort_by, sort_order) in
            [(SortField::CreatedAt, SortOrder::Desc), (SortField::Name, SortOrder::Asc)]
        {
            ask(ListParams { search: search(text), sort_by, sort_order, ..ListParams::default() }).await;
        }
    }
}

/// How long the first page of the big board takes, for the reader of the output: nothing is asserted, since the machine may be busy.
async fn time_the_first_page(world: &World) {
    let member = world.sign_in("user_member_15213", BIG_WORKSPACE_ID);
    let who = Who::User(&member);
    let query = query(who, BIG_BOARD_ID, ListParams::default());
    let sources: [(&str, &dyn ContactSource); 2] = [("Supabase", &world.supabase), ("SQLite", &world.sqlite)];
    for (name, source) in sources {
        let mut times_ms = Vec::new();
        for _ in 0..41 {
            let began = Instant::now();
            source.list_contacts(asker(who), &query, world.now_secs).await.unwrap();
            times_ms.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        times_ms.sort_by(f64::total_cmp);
        println!(
            "first page of the big board from {name}: median {:.1} ms, slowest {:.1} ms",
            times_ms[20], times_ms[40]
        );
    }
}

async fn columns_narrow_every_filter(world: &World) {
    let member = varied_member(world);
    let columns: Vec<String> =
        demo_data::columns().filter(|column| column.board_id == BOARD).map(|column| column.id).collect();
    assert!(columns.len() >= 4);
    for column in &columns {
        for &filter in Filter::ALL {
            let column = Some(ColumnId::parse(column).unwrap());
            let page = world.agree(
                Who::User(&member),
                BOARD,
                ListParams { filter, column, ..ListParams::default() },
            );
            assert!(page.await.total > 0, "{filter:?}");
        }
    }
    // A column of another board, and none at all: an empty list of a board that exists.
    for column in ["col_support_new", "no-such-column"] {
        let column = Some(ColumnId::parse(column).unwrap());
        let page =
            world.agree(Who::User(&member), BOARD, ListParams { column, ..ListParams::default() }).await;
        assert_eq!(page.total, 0);
    }
}

async fn pages_first_middle_last_and_past_the_end(world: &World) {
    let member = varied_member(world);
    for filter in [Filter::All, Filter::Favorites, Filter::RecentActivity] {
        for per_page in [1, 7, 50, 100] {
            let ask = |page| {
                let params = ListParams {
                    filter,
                    per_page,
                    page,
                    sort_by: SortField::LastActivityAt,
                    ..ListParams::default()
                };
                world.agree(Who::User(&member), BOARD, params)
            };
            let total = ask(1).await.total;
            let last = u32::try_from(total.div_ceil(u64::from(per_page))).unwrap();
            for page in [2, last / 2, last - 1, last] {
                assert!(!ask(page).await.ids.is_empty());
            }
            // 20,000 is a multiple of 50: the page behind the last begins exactly at the end.
            for page in [last + 1, last + 2, cache_key::MAX_PAGE] {
                let past = ask(page).await;
                assert_eq!((past.ids.len(), past.total), (0, total));
            }
        }
    }
}

async fn a_walk_neither_repeats_nor_drops_a_contact(world: &World) {
    let member = varied_member(world);
    // Few priorities and many equal names: nearly all neighbours are ties. Times, of which some are missing.
    let mut walks: Vec<Vec<String>> = Vec::new();
    for (sort_by, sort_order) in [
        (SortField::Priority, SortOrder::Desc),
        (SortField::Name, SortOrder::Asc),
        (SortField::LastActivityAt, SortOrder::Asc),
        (SortField::LastActivityAt, SortOrder::Desc),
    ] {
        let (mut seen, mut walk, mut page) = (HashSet::new(), Vec::new(), 1);
        loop {
            let params = ListParams { sort_by, sort_order, page, per_page: 100, ..ListParams::default() };
            let answer = world.agree(Who::User(&member), "board_support", params).await;
            if answer.ids.is_empty() {
                break;
            }
            for id in answer.ids {
                assert!(seen.insert(id.clone()), "a contact came twice");
                walk.push(id);
            }
            page += 1;
        }
        assert_eq!(seen.len(), 20_000);
        walks.push(walk);
    }
    // What one direction reads from the front the other reads from the end.
    walks[3].reverse();
    assert_eq!(walks[2], walks[3]);
}

async fn a_search_is_text_whatever_it_holds(world: &World) {
    let member = varied_member(world);
    let ask = |text: String, filter, sort_by, sort_order| {
        let params =
            ListParams { search: search(&text), filter, sort_by, sort_order, ..ListParams::default() };
        world.agree(Who::User(&member), BOARD, params)
    };
    let first = |text: &str| ask(text.to_owned(), Filter::All, SortField::CreatedAt, SortOrder::Desc);

    let found = [
        "%",
        "_",
        ",",
        "(",
        ")",
        "\"",
        "\\",
        "*",
        ".",
        "😀",
        "👨‍👩‍👧‍👦",
        "JOHN",
        "john",
        "jOhN d",
        "ÄRGER",
        "東京",
        "+1",
        "555",
        "@example.com",
        "100% wool",
        "under_score",
        "doe, jane (sales)",
        "c:\\program files",
        "[square] {curly}",
        "a.b.c",
        "caret^dollar$pipe|",
        "null",
        "o'brien \"obie\"",
    ];
    for text in found {
        assert!(first(text).await.total > 0, "{text:?} is in the demo data");
    }
    let long = "the honourable company of remarkably long names ".repeat(5);
    assert!(first(&long[..200]).await.total > 0);

    let nothing = [
        "no such person",
        "a%b%c",
        "j_hn",
        "joh*",
        "^john",
        "john$",
        "j.hn",
        "(?i)john",
        "***=john",
        "\\d",
        "\\w",
        "[a-z]",
        "(john|maria)",
        "john,name.eq.x",
        "eq.john",
        "not.is.null",
        "*&select=id",
        "' or 1=1 --",
        "\");--",
        "john)or(id.not.is.null",
        "(any).{john}",
        "any",
        // What PostgREST would take for a filter, were it an argument as it stands.
        "like",
        "adj",
        "match",
        "imatch",
        "isdistinct",
        "like.john",
        "match.john",
        "in.(john)",
        "is.null.john",
        "not.john",
        "fts(english).john",
        "wfts.john",
        "like(any).{john}",
        "\u{a0}\u{2003}",
        "ß",
        "i̇",
    ];
    for text in nothing.iter().filter(|text| search(text).is_some()) {
        first(text).await;
    }
    for text in [
        "x".repeat(200),
        "😀".repeat(200),
        "%".repeat(200),
        "\\".repeat(200),
        ".*".repeat(100),
        "(".repeat(200),
    ] {
        assert_eq!(first(&text).await.total, 0);
    }
    for character in (b'!'..=b'~').map(char::from) {
        first(&character.to_string()).await;
    }
}

async fn any_piece_of_an_awkward_name_finds_it(world: &World) {
    let member = varied_member(world);
    // Three neighbouring characters of the awkward names, which are the first of the board; every other piece, to save time.
    let names = demo_data::contacts_of_workspace(anchor(world), VARIED_WORKSPACE_ID).take(25);
    let mut pieces = BTreeSet::new();
    for name in names.map(|row| row.name) {
        let characters: Vec<char> = name.chars().collect();
        pieces.extend(characters.windows(3).map(|piece| piece.iter().collect::<String>()));
    }
    for piece in pieces.iter().step_by(2).filter(|piece| search(piece).is_some()) {
        let params = ListParams { search: search(piece), ..ListParams::default() };
        assert!(world.agree(Who::User(&member), BOARD, params).await.total > 0, "{piece:?}");
    }
}

async fn a_search_goes_with_every_filter_sort_and_column(world: &World) {
    let member = varied_member(world);
    let ask = |text: &str, filter, sort_by, sort_order| {
        let params =
            ListParams { search: search(text), filter, sort_by, sort_order, ..ListParams::default() };
        world.agree(Who::User(&member), BOARD, params)
    };
    for text in ["john", "%", "example", "no such person"] {
        for &filter in Filter::ALL {
            ask(text, filter, SortField::Name, SortOrder::Asc).await;
        }
        for &sort_by in SortField::ALL {
            for &sort_order in SortOrder::ALL {
                ask(text, Filter::All, sort_by, sort_order).await;
            }
        }
        let narrowed = ListParams {
            search: search(text),
            column: Some(ColumnId::parse("col_sales_new").unwrap()),
            filter: Filter::Open,
            page: 2,
            per_page: 5,
            ..ListParams::default()
        };
        world.agree(Who::User(&member), BOARD, narrowed).await;
    }
}

fn anchor(world: &World) -> demo_data::Anchor {
    demo_data::Anchor::of_day_containing(world.now_secs.cast_signed())
}

async fn the_service_sees_what_a_member_sees(world: &World) {
    let member = varied_member(world);
    for search in [None, search("john"), search("100%"), search("no such person")] {
        for page in [1, 3, 1_000] {
            let params = ListParams { search: search.clone(), page, ..ListParams::default() };
            let service = world.agree(Who::Service(VARIED_WORKSPACE_ID), BOARD, params.clone()).await;
            let of_member = world.agree(Who::User(&member), BOARD, params).await;
            assert_eq!((service.ids, service.total), (of_member.ids, of_member.total));
        }
    }
}

async fn roles_are_those_of_the_database(world: &World) {
    let outsider = world.sign_in("user_outsider", VARIED_WORKSPACE_ID);
    let member = varied_member(world);
    for (caller, user, workspace, role) in [
        (None, "user_admin_20771", "20771", Some(Role::Admin)),
        (None, "user_member_20771", "20771", Some(Role::Member)),
        (None, "user_member_20771", "15213", None),
        (None, "user_member_20771", "no-such-workspace", None),
        (None, "user_outsider", "20771", None),
        (None, "nobody", "20771", None),
        (Some(&member), "user_member_20771", "20771", Some(Role::Member)),
        (Some(&member), "user_admin_20771", "20771", Some(Role::Admin)),
        (Some(&member), "user_member_20771", "15213", None),
        (Some(&member), "user_member_15213", "15213", None),
        (Some(&member), "user_member_20771", "no-such-workspace", None),
        (Some(&outsider), "user_outsider", "20771", None),
        (Some(&outsider), "user_admin_20771", "20771", None),
    ] {
        let asker = caller.map_or(Asker::Service, |caller| asker(Who::User(caller)));
        let (user, workspace) = (UserId::parse(user).unwrap(), workspace_id(workspace));
        let said = (
            world.supabase.role(asker, &user, &workspace).await.unwrap(),
            world.sqlite.role(asker, &user, &workspace).await.unwrap(),
        );
        assert_eq!(said, (role, role), "{user} in {workspace}");
    }
}

async fn a_board_that_the_asker_cannot_see_is_none(world: &World) {
    let (member, outsider) = (varied_member(world), world.sign_in("user_outsider", VARIED_WORKSPACE_ID));
    let elsewhere = world.sign_in("user_member_20771", BIG_WORKSPACE_ID);
    let service = Who::Service(VARIED_WORKSPACE_ID);
    for (who, board) in [
        (Who::User(&member), "no-such-board"),
        (Who::User(&member), BIG_BOARD_ID),
        (Who::User(&outsider), BOARD),
        (Who::User(&elsewhere), BIG_BOARD_ID),
        (Who::User(&elsewhere), BOARD),
        (service, "no-such-board"),
        (service, BIG_BOARD_ID),
    ] {
        for params in [
            ListParams::default(),
            ListParams { page: 7, ..ListParams::default() },
            ListParams { search: search("john"), ..ListParams::default() },
        ] {
            let query = query(who, board, params);
            let supabase = world.supabase.list_contacts(asker(who), &query, world.now_secs).await;
            let sqlite = world.sqlite.list_contacts(asker(who), &query, world.now_secs).await;
            assert!(matches!(error_of(supabase), SourceError::NoBoard), "Supabase, {board}");
            assert!(matches!(error_of(sqlite), SourceError::NoBoard), "SQLite, {board}");
        }
    }
}

async fn a_bad_token_is_refused(world: &World) {
    let member = varied_member(world);
    let list = query(Who::User(&member), BOARD, ListParams::default());
    let good = &world.secrets.jwt_secret;
    let now_secs = world.now_secs;
    let claims = serde_json::json!({"sub": "user_member_20771", "role": "authenticated", "aud": "authenticated",
        "iat": now_secs - 7_200, "exp": now_secs - 3_600});
    let header = serde_json::json!({"alg": "HS256", "typ": "JWT"});
    for (what, token) in [
        ("forged", tokens::mint("user_member_20771", &"x".repeat(40), Duration::from_mins(5)).unwrap()),
        ("expired", tokens::sign(&header, &claims, good).unwrap()),
        ("no token", "not-a-token".to_owned()),
        ("no header value", "line\nfeed".to_owned()),
        ("empty", String::new()),
    ] {
        let asker = Asker::User { id: &member.id, token: &token };
        let listed = error_of(world.supabase.list_contacts(asker, &list, now_secs).await);
        assert!(matches!(listed, SourceError::Refused), "{what}: {listed:?}");
        let role = error_of(world.supabase.role(asker, &member.id, &workspace_id(VARIED_WORKSPACE_ID)).await);
        assert!(matches!(role, SourceError::Refused), "{what}: {role:?}");
    }
    let without_secret = SupabaseConfig { service: None, ..config(&world.stack, &world.secrets) };
    let source = SupabaseSource::new(without_secret).unwrap();
    let listed = error_of(source.list_contacts(Asker::Service, &list, now_secs).await);
    assert!(matches!(listed, SourceError::Refused), "the service without a secret: {listed:?}");
    source.ready().await.unwrap();
    world.supabase.ready().await.unwrap();
    world.sqlite.ready().await.unwrap();
}

async fn an_outage_is_told_from_a_refusal(world: &World) {
    let member = varied_member(world);
    let list = query(Who::User(&member), BOARD, ListParams::default());
    let asker = asker(Who::User(&member));
    world.stack.gateway().set_down(true);
    let down = error_of(world.supabase.list_contacts(asker, &list, world.now_secs).await);
    assert!(matches!(down, SourceError::Unreachable(_)), "{down:?}");
    assert!(world.supabase.ready().await.is_err());
    world.stack.gateway().set_down(false);

    let hasty =
        SupabaseConfig { timeout: Duration::from_millis(200), ..config(&world.stack, &world.secrets) };
    let hasty = SupabaseSource::new(hasty).unwrap();
    world.stack.gateway().set_delay(Duration::from_secs(2));
    let late = error_of(hasty.list_contacts(asker, &list, world.now_secs).await);
    assert!(matches!(late, SourceError::Timeout), "{late:?}");
    world.stack.gateway().set_delay(Duration::ZERO);
    world.agree(Who::User(&member), BOARD, ListParams::default()).await;
}
