//! How PostgreSQL answers the first page of every list of the big board: asked through PostgREST, as a member, under
//! row-level security, for the plan of the very statement that the request makes.
//!
//! `cargo test -p end-to-end --test postgres_plans -- --nocapture` prints the figures of `docs/database.md`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use stack::{Postgres, Secrets, StackDirs, Supabase, migrations, tokens};

const USER: &str = "user_member_15213";
/// The board, as a filter of `contacts`.
const BOARD: &str = "workspace_id=eq.15213&board_id=eq.board_123";
/// The board and the caller, as arguments of `contact_total`.
const TOTAL: &str = "workspace_id=15213&board_id=board_123&user_id=user_member_15213";

/// The filters of the contract, each as PostgREST is asked for it. Booleans with `eq.true`: the planner of PostgreSQL 15 does not see
/// that `is.true` implies a partial index.
fn filters() -> Vec<(&'static str, String)> {
    let week_ago = unix_secs() - 7 * 24 * 60 * 60;
    let recent = format!("&last_activity_at=gte.{}", encoded(&demo_data::timestamp_text(week_ago)));
    [
        ("all", ""),
        ("open", "&status=eq.open"),
        ("closed", "&status=eq.closed"),
        ("unassigned", "&assigned_to=is.null"),
        ("assigned_to_me", "&assigned_to=eq.user_member_15213"),
        ("high_priority", "&priority=eq.high"),
        ("medium_priority", "&priority=eq.medium"),
        ("low_priority", "&priority=eq.low"),
        ("needs_response", "&needs_response=eq.true"),
        ("follow_up", "&follow_up_at=not.is.null"),
        ("favorites", "&is_favorite=eq.true"),
        ("archived", "&is_archived=eq.true"),
        ("unhappy_customers", "&sentiment=eq.unhappy"),
        ("new_customers", "&lifecycle_stage=eq.new_customer"),
        ("recent_activity", recent.as_str()),
    ]
    .map(|(name, query)| (name, query.to_owned()))
    .to_vec()
}

/// The sort fields of the contract, each as PostgREST orders by it.
const SORTS: [(&str, &str); 5] = [
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("name", "name_sort_key"),
    ("last_activity_at", "last_activity_at"),
    ("priority", "priority_rank"),
];

/// NULLs are smallest, ties break on the id in the same direction. Only `last_activity_at` can be null; asking for an order of nulls where there
/// are none would miss the index.
fn order(field: &str, direction: &str) -> String {
    let nulls = match (field, direction) {
        ("last_activity_at", "asc") => ".nullsfirst",
        ("last_activity_at", _) => ".nullslast",
        _ => "",
    };
    format!("&order={field}.{direction}{nulls},id.{direction}")
}

/// What takes longer is measured again.
const SLOW_MS: f64 = 15.0;

/// A started Supabase and a signed-in member of the big workspace.
struct Member {
    supabase: Supabase,
    client: Client,
    token: String,
}

impl Member {
    async fn sign_in() -> Self {
        let secrets = Secrets::generate().expect("secrets");
        let began = Instant::now();
        let dirs = StackDirs::of_this_checkout("postgres_plans");
        let supabase = Supabase::start(dirs, &secrets).await.expect("Supabase starts");
        println!("Supabase with demo data started in {} ms", began.elapsed().as_millis());
        let token = tokens::mint(USER, &secrets.jwt_secret, Duration::from_mins(30)).expect("a token");
        Self { supabase, client: Client::new(), token }
    }

    fn get(&self, path_and_query: &str) -> RequestBuilder {
        self.client
            .get(format!("{}/rest/v1/{path_and_query}", self.supabase.url()))
            .header("apikey", self.supabase.anon_key())
            .bearer_auth(&self.token)
    }

    /// The executed plan of the statement that this request makes.
    async fn plan(&self, path_and_query: &str, prefer: &str) -> Value {
        let accept = "application/vnd.pgrst.plan+json; for=\"application/json\"; options=analyze|buffers";
        let request = self.get(path_and_query).header("Accept", accept).header("Prefer", prefer);
        let answer = request.send().await.expect("PostgREST answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path_and_query}: {status} {text}");
        let plans: Value = serde_json::from_str(&text).expect("a plan");
        plans[0].clone()
    }

    /// What such a request answers: the range, and the body.
    async fn text(&self, path_and_query: &str, prefer: &str) -> (String, String) {
        let answer =
            self.get(path_and_query).header("Prefer", prefer).send().await.expect("PostgREST answers");
        assert!(answer.status().is_success(), "{path_and_query}: {}", answer.status());
        let range =
            answer.headers().get("content-range").and_then(|value| value.to_str().ok()).unwrap_or_default();
        (range.to_owned(), answer.text().await.expect("a body"))
    }

    /// The median of the times that such requests take, in milliseconds, and the range of the last one.
    async fn median_ms(&self, path_and_query: &str, prefer: &str) -> (f64, String) {
        let mut times_ms = Vec::new();
        let mut range = String::new();
        for _ in 0..21 {
            let began = Instant::now();
            range = self.text(path_and_query, prefer).await.0;
            times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times_ms.sort_by(f64::total_cmp);
        (times_ms[times_ms.len() / 2], range)
    }
}

/// Every node of a plan.
fn nodes(plan: &Value) -> Vec<&Value> {
    let mut found = vec![plan];
    for child in plan["Plans"].as_array().into_iter().flatten() {
        found.extend(nodes(child));
    }
    found
}

fn scans(plan: &Value) -> Vec<String> {
    nodes(&plan["Plan"])
        .into_iter()
        .filter(|node| node["Node Type"].as_str().is_some_and(|kind| kind.contains("Scan")))
        .filter(|node| node["Index Name"].is_string() || node["Relation Name"] == "contacts")
        .map(|node| {
            let kind = node["Node Type"].as_str().unwrap_or_default();
            format!("{kind} {}", node["Index Name"].as_str().unwrap_or_default())
        })
        .collect()
}

/// The scans of the table and its indexes, and how long the statement took.
async fn scans_of(member: &Member, query: &str, prefer: &str) -> (Vec<String>, f64) {
    let plan = member.plan(query, prefer).await;
    (scans(&plan), plan["Execution Time"].as_f64().expect("a time"))
}

fn all_by_index(scans: &[String]) -> bool {
    // A bitmap heap scan visits what a bitmap index scan below it has found.
    !scans.is_empty() && scans.iter().all(|scan| scan.contains("Index") || scan.starts_with("Bitmap Heap"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_pages_use_an_index_and_are_quick() {
    let _alone = ALONE.lock().await;
    let member = Member::sign_in().await;
    every_first_page_uses_an_index(&member).await;
    every_page_with_its_total_uses_an_index(&member).await;
    searches_use_the_trigrams(&member).await;
    totals_need_no_counting(&member).await;
    page_one_with_its_total_takes_less_than_20_ms(&member).await;
    deep_pages_and_searches_are_bearable(&member).await;
    a_contact_and_its_messages_are_found_by_an_index(&member).await;
}

async fn every_first_page_uses_an_index(member: &Member) {
    println!("\n| filter | slowest first page, ms | slowest with count=exact, ms |\n|---|---|---|");
    let mut slowest = (0.0_f64, String::new());
    for (filter, condition) in filters() {
        let mut slowest_ms = [0.0_f64; 2];
        for (sort, field) in SORTS {
            for direction in ["desc", "asc"] {
                let query =
                    format!("contacts?{BOARD}{condition}{}&limit=50&offset=0", order(field, direction));
                for (position, prefer) in ["count=none", "count=exact"].into_iter().enumerate() {
                    let (scans, mut ms) = scans_of(member, &query, prefer).await;
                    // What another process takes of the machine is not the statement's.
                    for _ in 0..3 {
                        if ms > SLOW_MS {
                            ms = ms.min(scans_of(member, &query, prefer).await.1);
                        }
                    }
                    assert!(all_by_index(&scans), "{filter} {sort} {direction} {prefer}: {scans:?}");
                    slowest_ms[position] = slowest_ms[position].max(ms);
                    if position == 0 && ms > slowest.0 {
                        slowest = (ms, format!("{filter} {sort} {direction}: {scans:?}"));
                    }
                }
            }
        }
        println!("| {filter} | {:.1} | {:.1} |", slowest_ms[0], slowest_ms[1]);
    }
    println!("\nslowest of all first pages: {:.1} ms, {}", slowest.0, slowest.1);
    // A walk over the whole board with a visit of the table for each row takes twice as long.
    assert!(slowest.0 < 80.0, "{slowest:?}");
}

/// The statements of a function are not in the plan of the request: PostgreSQL is asked whether it has read the table without an index.
async fn every_page_with_its_total_uses_an_index(member: &Member) {
    let mut client = member.supabase.client().await.expect("a connection");
    let (mut slowest_ms, mut slowest) = (0.0_f64, String::new());
    for (filter, _) in filters() {
        for (sort, _) in SORTS {
            for (direction, from_the_end) in [("desc", false), ("asc", false), ("desc", true)] {
                let transaction = as_the_member(&mut client).await;
                let page = format!(
                    "contact_page('15213', 'board_123', '{filter}', null, '{USER}', now() - interval '7 days', '{sort}', '{direction}', 50, $1)"
                );
                let read = format!("select total, json_array_length(contacts) from {page}");
                let total: i64 = transaction.query_one(&read, &[&0_i64]).await.expect("a page").get(0);
                let offset = if from_the_end { (total - 7).max(0) } else { 0 };
                let before = scans_so_far(&transaction).await.1;
                let began = Instant::now();
                let page = transaction.query_one(&read, &[&offset]).await.expect("a page");
                let ms = began.elapsed().as_secs_f64() * 1e3;
                let what = format!("{filter} {sort} {direction} from {offset} of {total}");
                assert_eq!(i64::from(page.get::<_, i32>(1)), (total - offset).min(50), "{what}");
                assert_eq!(scans_so_far(&transaction).await.1, before, "{what}: read without an index");
                if ms > slowest_ms {
                    (slowest_ms, slowest) = (ms, what);
                }
            }
        }
    }
    println!("slowest first or last page with its total: {slowest_ms:.1} ms, {slowest}");
}

/// A transaction as PostgREST begins it for the member.
async fn as_the_member(client: &mut tokio_postgres::Client) -> tokio_postgres::Transaction<'_> {
    let transaction = client.transaction().await.expect("a transaction");
    let claims = format!("{{\"sub\": \"{USER}\"}}");
    let set_claims = "select set_config('request.jwt.claims', $1, true)";
    transaction.execute(set_claims, &[&claims]).await.expect("claims");
    transaction.batch_execute("set local role authenticated").await.expect("the role");
    transaction
}

async fn searches_use_the_trigrams(member: &Member) {
    let mut client = member.supabase.client().await.expect("a connection");
    for term in ["joan kowalski", "joan", "nobody at all"] {
        let transaction = as_the_member(&mut client).await;
        let before = scans_so_far(&transaction).await;
        let found = "select count(*) from search_contacts('15213', 'board_123', $1)";
        transaction.query_one(found, &[&term]).await.expect("a search");
        let after = scans_so_far(&transaction).await;
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 0), "{term}");
    }
}

/// Scans of the trigram index and sequential scans of the table by this session, as far as they are not yet in the common statistics.
async fn scans_so_far(transaction: &tokio_postgres::Transaction<'_>) -> (i64, i64) {
    let scans = "select pg_stat_get_xact_numscans('public.contacts_search'::regclass),
            pg_stat_get_xact_numscans('public.contacts'::regclass)";
    let scans = transaction.query_one(scans, &[]).await.expect("statistics");
    (scans.get(0), scans.get(1))
}

/// `contact_total` says what counting says, for every filter, with and without a column.
async fn totals_need_no_counting(member: &Member) {
    for (filter, condition) in filters() {
        for (column, column_condition) in
            [("", ""), ("&column_id=col_123_active", "&board_column_id=eq.col_123_active")]
        {
            let query = format!("contacts?select=id&{BOARD}{condition}{column_condition}&limit=1");
            let answer =
                member.get(&query).header("Prefer", "count=exact").send().await.expect("PostgREST answers");
            let range = answer.headers()["content-range"].to_str().expect("a range").to_owned();
            let counted = range.rsplit('/').next().unwrap_or_default().to_owned();
            let query = format!("rpc/contact_total?{TOTAL}&filter={filter}{column}");
            let total =
                member.get(&query).send().await.expect("PostgREST answers").text().await.expect("a body");
            assert_eq!(total, counted, "{filter}{column}");
        }
    }
}

async fn page_one_with_its_total_takes_less_than_20_ms(member: &Member) {
    let page = format!("contacts?{BOARD}{}&limit=50&offset=0", order("created_at", "desc"));
    let mut times_ms = Vec::new();
    for _ in 0..101 {
        let began = Instant::now();
        let (_, answer) = member.text(&format!("rpc/contact_page?{TOTAL}"), "count=none").await;
        times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        assert!(answer.starts_with("[{\"total\":191663,\"contacts\":[{") && answer.len() > 10_000);
    }
    times_ms.sort_by(f64::total_cmp);
    let median_ms = times_ms[times_ms.len() / 2];
    println!("\npage 1 and its total: median {median_ms:.1} ms");
    let (counted_ms, range) = member.median_ms(&page, "count=exact").await;
    assert_eq!(range, "0-49/191663");
    println!("page 1 with count=exact: median {counted_ms:.1} ms");
    assert!(median_ms < 20.0, "{median_ms} ms");
}

/// How a term with three letters or digits in a row is asked for, and how any other.
const SEARCH: &str = "rpc/search_contacts?of_workspace_id=15213&of_board_id=board_123&term=%20";
const TABLE: &str = "contacts?workspace_id=eq.15213&board_id=eq.board_123&search_text=match.";

async fn deep_pages_and_searches_are_bearable(member: &Member) {
    for (what, query) in [
        (
            "page 2,000 of 3,834",
            format!("contacts?{BOARD}&order=created_at.desc,id.desc&limit=50&offset=99950"),
        ),
        (
            "page 3,834 of 3,834",
            format!("contacts?{BOARD}&order=created_at.desc,id.desc&limit=50&offset=191650"),
        ),
        (
            "page 3,834 asked from the other end",
            format!("contacts?{BOARD}&order=created_at.asc,id.asc&limit=13&offset=0"),
        ),
    ] {
        let (median_ms, _) = member.median_ms(&query, "count=none").await;
        println!("{what}: median {median_ms:.1} ms");
    }
    for (relation, term) in
        [(SEARCH, "joan%20kowalski"), (SEARCH, "joan"), (SEARCH, "example"), (TABLE, "e"), (TABLE, "%25")]
    {
        let query = format!("{relation}{term}&order=created_at.desc,id.desc&limit=50&offset=0");
        let (median_ms, range) = member.median_ms(&query, "count=exact").await;
        println!("search for {term} with count=exact: median {median_ms:.1} ms ({range})");
    }
    let counts = "rpc/contact_counts?workspace_id=15213&user_id=user_member_15213";
    let (median_ms, _) = member.median_ms(counts, "count=none").await;
    println!("contact_counts of 191,663 contacts: median {median_ms:.1} ms");
    assert!(median_ms < 1_000.0, "{median_ms} ms");
}

/// Held by each of the tests: what is measured here must not be measured while the other loads a database.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A contact of the big workspace that has more than two hundred messages.
const BUSY: &str = "contact_15213_050000";

async fn a_contact_and_its_messages_are_found_by_an_index(member: &Member) {
    let of_contact = format!("workspace_id=eq.15213&contact_id=eq.{BUSY}");
    let columns = "id,contact_id,direction,channel,body,created_at";
    let page = |offset: u32| {
        format!(
            "messages?select={columns}&{of_contact}&order=created_at.desc,id.desc&limit=50&offset={offset}"
        )
    };
    for (what, query) in [("page 1", page(0)), ("page 5", page(200))] {
        for prefer in ["count=none", "count=exact"] {
            let plan = member.plan(&query, prefer).await;
            let scans = scans(&plan);
            assert!(
                !scans.is_empty() && scans.iter().all(|scan| scan.ends_with(" messages_newest_first")),
                "{what} {prefer}: {scans:?}"
            );
            let sorts = nodes(&plan["Plan"]).iter().filter(|node| node["Node Type"] == "Sort").count();
            assert_eq!(sorts, 0, "{what} {prefer}: the index has the order");
        }
        let (median_ms, range) = member.median_ms(&query, "count=exact").await;
        println!("{what} of a contact's messages, with its total: median {median_ms:.1} ms ({range})");
    }
    let contact = format!("contacts?id=eq.{BUSY}&workspace_id=eq.15213&limit=1");
    let (scans, _) = scans_of(member, &contact, "count=none").await;
    assert!(all_by_index(&scans), "{scans:?}");
    println!("one contact: median {:.1} ms", member.median_ms(&contact, "count=none").await.0);
}

/// A million contacts of one workspace: 20 boards of 4 columns, 10 assignees, every tenth active in the last days.
///
/// They are vacuumed once they are all there, by nobody else before that.
const A_MILLION_CONTACTS: &str = "
    alter table contacts set (autovacuum_enabled = off);
    set session_replication_role = replica;
    insert into workspaces (id, name) values ('w', 'W');
    insert into workspace_members (workspace_id, user_id) values ('w', 'user_3');
    insert into boards (id, workspace_id, name) select 'b' || n, 'w', 'B' from generate_series(0, 19) as n;
    insert into board_columns (id, workspace_id, board_id, name)
        select 'c' || n || '_' || m, 'w', 'b' || n, 'C' from generate_series(0, 19) as n, generate_series(0, 3) as m;
    insert into contacts (id, name, workspace_id, board_id, board_column_id, assigned_to, priority, status, last_activity_at)
        select 'p' || n, 'P', 'w', 'b' || n % 20, 'c' || n % 20 || '_' || n / 20 % 4,
            case when n % 3 > 0 then 'user_' || n % 11 end, (array['low', 'medium', 'high'])[1 + n % 3],
            (array['open', 'closed', 'pending'])[1 + n % 7 % 3],
            now() - case when n / 20 % 10 = 0 then interval '2 days' else interval '20 days' end
        from generate_series(1, 1000000) as n;
    set session_replication_role = origin;";

#[tokio::test]
async fn counts_of_a_million_contacts_take_less_than_50_ms() {
    let _alone = ALONE.lock().await;
    let dirs = StackDirs::of_this_checkout("postgres_plans");
    let postgres = Postgres::start_empty(&dirs).await.expect("PostgreSQL starts");
    let client = postgres.client().await.expect("a connection");
    let began = Instant::now();
    let run =
        async |sql: &str| client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    let all = migrations(&dirs).expect("migrations");
    let migration =
        |subject: &str| &*all.iter().find(|one| one.name.ends_with(subject)).expect("a migration").up;
    run(migration("boards_and_contacts")).await;
    run(A_MILLION_CONTACTS).await;
    run(migration("row_level_security")).await;
    // Of the indexes of lists the one that counting uses: the others take half a minute.
    let lists = migration("lists_and_search");
    let index = lists.find("create index if not exists contacts_by_last_activity_at").expect("the index");
    run(lists[index..].split_inclusive(';').next().expect("a statement")).await;
    run(migration("contact_counts")).await;
    // VACUUM passes over pages that somebody else is busy with, and right after such a load many are being written.
    let unseen = "select relpages - relallvisible from pg_class where oid = 'public.contacts'::regclass";
    for round in 0.. {
        run("vacuum (freeze, analyze) contacts").await;
        let pages: i32 = client.query_one(unseen, &[]).await.expect("a number").get(0);
        if pages == 0 {
            break;
        }
        assert!(round < 10, "{pages} pages are not known to be visible");
    }
    println!("a million contacts in {:.1} s", began.elapsed().as_secs_f32());

    run("set request.jwt.claims = '{\"sub\": \"user_3\"}'; set role authenticated").await;
    let mut times_ms = Vec::new();
    let mut counts = Value::Null;
    for _ in 0..21 {
        let began = Instant::now();
        let row = client.query_one("select contact_counts('w', 'user_3')::text", &[]).await.expect("counts");
        times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        counts = serde_json::from_str(row.get(0)).expect("JSON");
    }
    times_ms.sort_by(f64::total_cmp);
    assert_eq!((&counts["total"], &counts["recentActivity"]), (&1_000_000.into(), &100_000.into()));
    assert!(counts["assignedToMe"].as_u64() > Some(50_000), "{counts}");
    println!(
        "contact_counts of 1,000,000 contacts: median {:.1} ms, slowest {:.1} ms",
        times_ms[10], times_ms[20]
    );
    // What another process takes of the machine is not the statement's.
    assert!(times_ms[0] < 50.0, "{times_ms:?}");
}

fn unix_secs() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_secs().cast_signed()
}

fn encoded(timestamp: &str) -> String {
    timestamp.replace('+', "%2B")
}
