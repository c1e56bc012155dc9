//! The embedded source over the demo data: seeding, totals, plans and times.

use std::time::Instant;

use cache_key::{Filter, ListParams, SearchTerm, SortField, SortOrder};
use demo_data::{BIG_BOARD_ID, BIG_WORKSPACE_ID, VARIED_BOARD_IDS, VARIED_WORKSPACE_ID};
use identity::{InternalKeys, VerifiedWorkspace};
use ids::BoardId;
use tokio::sync::OnceCell;

use super::query::AccessPath;
use super::*;

pub(super) const NOW_SECS: u64 = 1_795_392_000;

pub(super) async fn demo() -> &'static SqliteSource {
    static DEMO: OnceCell<SqliteSource> = OnceCell::const_new();
    DEMO.get_or_init(|| async {
        let source = SqliteSource::open_in_memory().unwrap();
        source.seed_demo(Anchor::of_day_containing(NOW_SECS.cast_signed())).await.unwrap();
        source
    })
    .await
}

fn query(workspace: &str, board: &str, params: ListParams) -> ListQuery {
    let proof =
        InternalKeys::parse("an-internal-key-for-tests").unwrap().check("an-internal-key-for-tests").unwrap();
    let workspace = VerifiedWorkspace::of_internal(&proof, WorkspaceId::parse(workspace).unwrap());
    ListQuery::new(&workspace, BoardId::parse(board).unwrap(), params).unwrap()
}

fn search(text: &str) -> ListParams {
    ListParams { search: SearchTerm::parse(text).unwrap(), ..ListParams::default() }
}

async fn total(workspace: &str, board: &str, params: ListParams) -> u64 {
    demo()
        .await
        .list_contacts(Asker::Service, &query(workspace, board, params), NOW_SECS)
        .await
        .unwrap()
        .total
}

#[tokio::test]
async fn an_empty_file_is_filled_once_and_quickly() {
    let directory = std::env::temp_dir().join(format!("boardcache-seed-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let source = SqliteSource::open(&directory.join("demo.sqlite")).unwrap();
    let began = Instant::now();
    let anchor = Anchor::of_day_containing(NOW_SECS.cast_signed());
    assert_eq!(source.seed_demo(anchor).await.unwrap(), Seeding::Written { contacts: 251_663 });
    println!("seeded in {:?}", began.elapsed());
    assert_eq!(source.seed_demo(anchor).await.unwrap(), Seeding::NotEmpty);
    let page = source
        .list_contacts(
            Asker::Service,
            &query(BIG_WORKSPACE_ID, BIG_BOARD_ID, ListParams::default()),
            NOW_SECS,
        )
        .await
        .unwrap();
    assert_eq!(page.total, 191_663);
    drop(source);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn the_totals_of_the_big_board_are_the_contracts() {
    for (filter, expected) in [
        (Filter::All, 191_663),
        (Filter::Open, 14),
        (Filter::Closed, 588),
        (Filter::Unassigned, 191_623),
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
        let params = ListParams { filter, ..ListParams::default() };
        assert_eq!(total(BIG_WORKSPACE_ID, BIG_BOARD_ID, params).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn every_filter_and_sort_is_counted_in_an_index_and_found_by_one() {
    let mut plans: Vec<(String, Statement)> = Vec::new();
    for &filter in Filter::ALL {
        if filter.depends_on_user() {
            continue;
        }
        for &sort_by in SortField::ALL {
            for &sort_order in SortOrder::ALL {
                let params = ListParams { filter, sort_by, sort_order, ..ListParams::default() };
                let query = query(BIG_WORKSPACE_ID, BIG_BOARD_ID, params);
                for path in [AccessPath::WalkInOrder, AccessPath::GatherAndSort] {
                    let window = query::window(&query, 100);
                    let what = format!("{filter:?} {sort_by:?} {sort_order:?} {path:?}");
                    plans.push((what, query::page(&query, NOW_SECS, path, window)));
                }
                plans.push((format!("count {filter:?}"), query::count(&query, NOW_SECS)));
            }
        }
    }
    let checked = demo().await.pool.run_to_the_end(move |connection| {
        for (what, statement) in &plans {
            let sql = format!("EXPLAIN QUERY PLAN {}", statement.sql());
            let mut prepared = connection.prepare(&sql).unwrap();
            let steps: Vec<String> = prepared
                .query_map(params_from_iter(statement.values()), |row| row.get::<_, String>("detail"))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert!(steps[0].starts_with("SEARCH contacts USING "), "{what}: {steps:?}");
            if what.starts_with("count") {
                assert!(steps[0].contains("COVERING INDEX"), "{what}: {steps:?}");
            }
            if what.ends_with("WalkInOrder") {
                assert_eq!(steps.len(), 1, "{what} sorts: {steps:?}");
            }
        }
        Ok(plans.len())
    });
    println!("{} plans", checked.await.unwrap());
}

#[tokio::test]
async fn a_search_is_text_and_not_a_pattern() {
    let board = VARIED_BOARD_IDS[0];
    let everything = total(VARIED_WORKSPACE_ID, board, ListParams::default()).await;
    for text in ["%", "_", ",", "(", "\"", "\\", "*", "😀", "ÄRGER"] {
        let found = total(VARIED_WORKSPACE_ID, board, search(text)).await;
        assert!((1..everything / 2).contains(&found), "{text}: {found}");
    }
    let (upper, lower) = (search("JOHN"), search("john"));
    assert_eq!(
        total(VARIED_WORKSPACE_ID, board, upper).await,
        total(VARIED_WORKSPACE_ID, board, lower).await
    );
    assert_eq!(total(VARIED_WORKSPACE_ID, board, search("' OR 1=1 --")).await, 0);
}

#[tokio::test]
async fn a_member_sees_their_workspace_and_nobody_elses() {
    let member = UserId::parse("user_member_20771").unwrap();
    let outsider = UserId::parse("user_outsider").unwrap();
    let asker = |id| Asker::User { id, token: "" };
    let varied = query(VARIED_WORKSPACE_ID, VARIED_BOARD_IDS[0], ListParams::default());
    let big = query(BIG_WORKSPACE_ID, BIG_BOARD_ID, ListParams::default());
    let mixed = query(VARIED_WORKSPACE_ID, BIG_BOARD_ID, ListParams::default());
    let source = demo().await;
    assert_eq!(source.list_contacts(asker(&member), &varied, NOW_SECS).await.unwrap().total, 20_000);
    for (asker, query) in [
        (asker(&member), &big),
        (asker(&member), &mixed),
        (asker(&outsider), &varied),
        (Asker::Service, &mixed),
    ] {
        assert!(matches!(source.list_contacts(asker, query, NOW_SECS).await, Err(SourceError::NoBoard)));
    }
    let workspace = WorkspaceId::parse(VARIED_WORKSPACE_ID).unwrap();
    assert_eq!(source.role(asker(&member), &member, &workspace).await.unwrap(), Some(Role::Member));
    assert_eq!(source.role(asker(&outsider), &member, &workspace).await.unwrap(), None);
    assert_eq!(source.role(Asker::Service, &member, &workspace).await.unwrap(), Some(Role::Member));
}

#[tokio::test]
async fn pages_of_the_big_board_come_quickly() {
    for (what, params) in [
        ("first page", ListParams::default()),
        ("last page", ListParams { page: 3834, ..ListParams::default() }),
        (
            "last page of unassigned",
            ListParams { filter: Filter::Unassigned, page: 3833, ..ListParams::default() },
        ),
        (
            "closed by name",
            ListParams { filter: Filter::Closed, sort_by: SortField::Name, ..ListParams::default() },
        ),
        ("frequent search", search("john")),
        ("rare search", search("no such person")),
    ] {
        let query = query(BIG_WORKSPACE_ID, BIG_BOARD_ID, params);
        let mut times = Vec::new();
        for _ in 0..3 {
            let began = Instant::now();
            let page = demo().await.list_contacts(Asker::Service, &query, NOW_SECS).await.unwrap();
            times.push((began.elapsed(), page.total));
        }
        println!("{what}: {times:?}");
        // Generous: the machine runs other tests at the same time.
        assert!(times.iter().all(|(elapsed, _)| elapsed.as_secs() < 3), "{what}: {times:?}");
    }
}
