//! The migrations on a bare PostgreSQL with the roles of Supabase: they can be repeated and taken back, members see their
//! own workspace and nobody else's, and the counts are exact whatever is done to the contacts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use stack::{Migration, Postgres, Secrets, StackDirs, Supabase, migrations, tokens};
use tokio_postgres::{Client, error::SqlState};

fn dirs() -> StackDirs {
    StackDirs::of_this_checkout("migrations")
}

async fn up(client: &Client, all: &[Migration]) {
    for migration in all {
        client
            .batch_execute(&migration.up)
            .await
            .unwrap_or_else(|error| panic!("{} up: {error:?}", migration.name));
    }
}

async fn down(client: &Client, all: &[Migration]) {
    for migration in all.iter().rev() {
        client
            .batch_execute(&migration.down)
            .await
            .unwrap_or_else(|error| panic!("{} down: {error:?}", migration.name));
    }
}

/// Everything in our schemas by name, apart from what an extension brought.
async fn objects(client: &Client) -> Result<Vec<String>> {
    let rows = client
        .query(
            "select format('%s %s', type, identity) from (
                select 'pg_class'::regclass as classid, oid from pg_class
                union all select 'pg_proc'::regclass, oid from pg_proc
                union all select 'pg_policy'::regclass, oid from pg_policy
                union all select 'pg_trigger'::regclass, oid from pg_trigger
                union all select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext
                union all select 'pg_type'::regclass, oid from pg_type
                union all select 'pg_namespace'::regclass, oid from pg_namespace
            ) as object, pg_identify_object(classid, oid, 0)
            where (identity ~ '(public|private)\\.' or type = 'schema' and identity = 'private')
                and identity !~ 'pg_toast' and name is distinct from 'RI_ConstraintTrigger'
                and not exists (select 1 from pg_depend as dependency where dependency.classid = object.classid
                    and dependency.objid = object.oid and dependency.deptype = 'e')
                and identity !~ 'RI_ConstraintTrigger'
            order by 1",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// A connection that sees what PostgREST would show to this user.
async fn signed_in(postgres: &Postgres, user_id: &str) -> Result<Client> {
    let client = postgres.client().await?;
    client
        .batch_execute(&format!(
            "set role authenticated; set request.jwt.claims = '{{\"sub\": \"{user_id}\", \"role\": \"authenticated\"}}'"
        ))
        .await?;
    Ok(client)
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap_or_else(|error| panic!("{query}: {error:?}")).get(0)
}

/// How many contacts this user's search finds.
async fn found(client: &Client, workspace_id: &str, board_id: &str, term: &str) -> i64 {
    let search = "select count(*) from search_contacts($1, $2, $3)";
    client
        .query_one(search, &[&workspace_id, &board_id, &term])
        .await
        .unwrap_or_else(|error| panic!("{term}: {error:?}"))
        .get(0)
}

async fn counts(client: &Client, workspace_id: &str, user_id: &str) -> Result<Value> {
    let row = client.query_one("select contact_counts($1, $2)::text", &[&workspace_id, &user_id]).await?;
    Ok(serde_json::from_str(row.get(0))?)
}

/// What the tallies say of each group, and what the contacts say: the same, or the tallies are wrong.
async fn assert_tallies_are_exact(client: &Client) {
    let rows = client
        .query(
            "with tallied as (
                select workspace_id, board_id, board_column_id, assigned_to,
                    sum(contacts), sum(status_open), sum(status_closed), sum(high_priority), sum(medium_priority),
                    sum(low_priority), sum(needs_response), sum(follow_up), sum(favorites), sum(archived),
                    sum(unhappy_customers), sum(new_customers)
                from private.contact_tallies group by 1, 2, 3, 4
                having (sum(contacts), sum(status_open), sum(status_closed), sum(high_priority), sum(medium_priority),
                    sum(low_priority), sum(needs_response), sum(follow_up), sum(favorites), sum(archived),
                    sum(unhappy_customers), sum(new_customers)) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            ), counted as (
                select workspace_id, board_id, board_column_id, assigned_to,
                    count(*)::numeric, count(*) filter (where status = 'open')::numeric,
                    count(*) filter (where status = 'closed')::numeric, count(*) filter (where priority = 'high')::numeric,
                    count(*) filter (where priority = 'medium')::numeric, count(*) filter (where priority = 'low')::numeric,
                    count(*) filter (where needs_response)::numeric,
                    count(*) filter (where follow_up_at is not null)::numeric,
                    count(*) filter (where is_favorite)::numeric, count(*) filter (where is_archived)::numeric,
                    count(*) filter (where sentiment = 'unhappy')::numeric,
                    count(*) filter (where lifecycle_stage = 'new_customer')::numeric
                from public.contacts group by 1, 2, 3, 4
            )
            (select * from tallied except all select * from counted)
            union all (select * from counted except all select * from tallied)",
            &[],
        )
        .await
        .expect("the tallies can be compared");
    assert!(rows.is_empty(), "{} groups differ: {:?}", rows.len(), rows.first());
}

#[tokio::test]
async fn migrations_can_be_repeated_taken_back_and_applied_again() -> Result<()> {
    let postgres = Postgres::start_empty(&dirs()).await?;
    let client = postgres.client().await?;
    let all = migrations(&dirs())?;
    let before = objects(&client).await?;
    up(&client, &all).await;
    let once = objects(&client).await?;
    assert!(once.iter().any(|object| object.contains("public.contacts")), "{once:?}");
    up(&client, &all).await;
    assert_eq!(objects(&client).await?, once);
    down(&client, &all).await;
    assert_eq!(objects(&client).await?, before);
    down(&client, &all).await;
    up(&client, &all).await;
    assert_eq!(objects(&client).await?, once);
    // Each can be taken back alone, newest first, and applied again over the rest.
    for (position, migration) in all.iter().enumerate().rev() {
        down(&client, std::slice::from_ref(migration)).await;
        up(&client, &all[position..]).await;
        assert_eq!(objects(&client).await?, once, "{}", migration.name);
        down(&client, &all[position..]).await;
    }
    assert_eq!(objects(&client).await?, before);
    Ok(())
}

/// On Supabase the role that applies migrations owns the schema but is no superuser.
#[tokio::test]
async fn migrations_need_no_superuser() -> Result<()> {
    let postgres = Postgres::start_empty(&dirs()).await?;
    let client = postgres.client().await?;
    client
        .batch_execute(
            "create role project_owner nologin;
            grant create on database postgres to project_owner;
            grant usage, create on schema public, extensions to project_owner;
            set role project_owner",
        )
        .await?;
    let all = migrations(&dirs())?;
    up(&client, &all).await;
    up(&client, &all).await;
    client.batch_execute(SMALL_WORLD).await?;
    client.batch_execute("insert into workspace_members (workspace_id, user_id) values ('w1', 'u1')").await?;
    assert_tallies_are_exact(&client).await;
    for (user_id, contacts) in [("u1", 100), ("u2", 0)] {
        let user = signed_in(&postgres, user_id).await?;
        assert_eq!(number(&user, "select count(*) from contacts").await, contacts);
        assert_eq!(found(&user, "w1", "b1", "person").await, contacts);
        assert_eq!(number(&user, "select contact_total('w1', 'b1')").await, contacts);
        user.batch_execute("update contacts set priority = 'high' where id = 'p1'").await?;
        assert_tallies_are_exact(&client).await;
    }
    client.batch_execute("truncate contacts cascade").await?;
    down(&client, &all).await;
    Ok(())
}

#[tokio::test]
async fn members_see_their_own_workspace_and_others_see_nothing() -> Result<()> {
    let postgres = Postgres::start_with_demo_data(&dirs()).await?;
    let tables = ["workspaces", "workspace_members", "boards", "board_columns", "contacts", "messages"];

    let member = signed_in(&postgres, "user_member_15213").await?;
    let seen = "select array_agg(distinct workspace_id collate \"C\")";
    for table in &tables[1..] {
        let row = member.query_one(&format!("{seen} from {table}"), &[]).await?;
        assert_eq!(row.get::<_, Vec<String>>(0), ["15213"], "{table}");
    }
    assert_eq!(number(&member, "select count(*) from workspaces").await, 1);
    assert_eq!(number(&member, "select count(*) from contacts where workspace_id = '20771'").await, 0);
    assert_eq!(
        number(&member, "select count(*) from private.contact_tallies where workspace_id = '20771'").await,
        0
    );
    assert_eq!(number(&member, "select contact_total('20771', 'board_sales')").await, 0);
    let pages =
        |workspace: &str, board: &str| format!("select count(*) from contact_page('{workspace}', '{board}')");
    assert_eq!(number(&member, &pages("15213", "board_123")).await, 1);
    assert_eq!(number(&member, &pages("20771", "board_sales")).await, 0);
    assert_eq!(number(&member, &pages("15213", "board_sales")).await, 0, "a board of another workspace");
    assert!(found(&member, "15213", "board_123", "joan").await > 0);
    assert_eq!(found(&member, "20771", "board_sales", "john").await, 0);
    assert_eq!(found(&member, "15213", "board_sales", "john").await, 0, "a board of another workspace");
    assert_eq!(counts(&member, "20771", "user_member_20771").await?["total"], 0);

    let outsider = signed_in(&postgres, "user_outsider").await?;
    for table in tables {
        assert_eq!(number(&outsider, &format!("select count(*) from {table}")).await, 0, "{table}");
    }
    assert_eq!(counts(&outsider, "15213", "user_outsider").await?["total"], 0);
    assert_eq!(number(&outsider, "select contact_total('15213', 'board_123')").await, 0);
    assert_eq!(number(&outsider, &pages("15213", "board_123")).await, 0);
    assert_eq!(found(&outsider, "15213", "board_123", "joan").await, 0);

    let nobody = postgres.client().await?;
    nobody.batch_execute("set role anon").await?;
    for table in tables {
        let refused = nobody.query(&format!("select 1 from {table}"), &[]).await.expect_err(table);
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{table}");
    }
    for call in [
        "contact_counts('15213', 'x')",
        "contact_page('15213', 'board_123')",
        "search_contacts('15213', 'board_123', 'joan')",
    ] {
        let refused = nobody.query(&format!("select {call}"), &[]).await.expect_err(call);
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{call}");
    }
    Ok(())
}

/// Whatever is said of a list goes into no statement.
#[tokio::test]
async fn a_page_takes_its_arguments_for_values() -> Result<()> {
    let (_postgres, client) = small_world().await?;
    let page = "select total from contact_page('w1', 'b1', $1, null, null, now(), $2, $3, $4, $5)";
    let said = async |filter: &str, sort_by: &str, sort_order: &str, limit: i32, offset: i64| {
        let row = client.query_one(page, &[&filter, &sort_by, &sort_order, &limit, &offset]).await;
        row.map(|row| row.get::<_, i64>(0)).map_err(|error| error.code().cloned())
    };
    assert_eq!(said("all", "name", "asc", 1000, 0).await, Ok(100));
    assert_eq!(said("all", "name", "asc", 1000, i64::MAX).await, Ok(100));
    let refused = Err(Some(SqlState::INVALID_PARAMETER_VALUE));
    for (filter, sort_by, sort_order, limit, offset) in [
        ("no such", "name", "asc", 50, 0),
        ("all' or true --", "name", "asc", 50, 0),
        ("all", "id; drop table contacts", "asc", 50, 0),
        ("all", "name", "desc, (select 1)", 50, 0),
        ("all", "name", "asc", 0, 0),
        ("all", "name", "asc", 1001, 0),
        ("all", "name", "asc", 50, -1),
    ] {
        assert_eq!(
            said(filter, sort_by, sort_order, limit, offset).await,
            refused,
            "{filter} {sort_by} {sort_order}"
        );
    }
    let of_column = "select total from contact_page('w1', 'b1', 'all', $1)";
    for column in ["' or true --", "%", "$1"] {
        assert_eq!(client.query_one(of_column, &[&column]).await?.get::<_, i64>(0), 0, "{column}");
    }
    Ok(())
}

/// Pages far from the beginning are read from the nearer end and turned round.
#[tokio::test]
async fn a_deep_page_has_the_rows_that_counting_from_the_beginning_finds() -> Result<()> {
    let postgres = Postgres::start_with_demo_data(&dirs()).await?;
    let member = signed_in(&postgres, "user_member_15213").await?;
    let total = number(&member, "select contact_total('15213', 'board_123')").await;
    for (sort, by) in [
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
        ("name", "public.name_sort_key(contacts)"),
        ("last_activity_at", "last_activity_at"),
        ("priority", "public.priority_rank(contacts)"),
    ] {
        for (direction, nulls) in [("asc", "first"), ("desc", "last")] {
            for offset in [total / 2 + 7, total - 7] {
                let page = format!(
                    "select json_agg(contact ->> 'id')::text
                     from contact_page('15213', 'board_123', 'all', null, null, now(), '{sort}', '{direction}', 50, {offset}),
                         json_array_elements(contacts) as contact"
                );
                let counted = format!(
                    "select json_agg(id)::text from (
                         select id from contacts where workspace_id = '15213' and board_id = 'board_123'
                         order by {by} {direction} nulls {nulls}, id {direction} limit 50 offset {offset}
                     ) as page"
                );
                let ids =
                    async |query: &str| member.query_one(query, &[]).await.map(|row| row.get::<_, String>(0));
                assert_eq!(ids(&page).await?, ids(&counted).await?, "{sort} {direction} from {offset}");
            }
        }
    }
    Ok(())
}

/// A policy may show less of a board than its kept total says.
#[tokio::test]
async fn the_pages_of_somebody_who_sees_less_than_the_board_has_repeat_nothing() -> Result<()> {
    let (postgres, client) = small_world().await?;
    client
        .batch_execute(
            "insert into workspace_members (workspace_id, user_id) values ('w1', 'u1');
            create policy fewer on contacts as restrictive for select to authenticated using (right(id, 1) < '4')",
        )
        .await?;
    let user = signed_in(&postgres, "u1").await?;
    let visible = number(&user, "select count(*) from contacts where board_id = 'b1'").await;
    assert!((1..50).contains(&visible), "{visible}");
    for order in ["asc", "desc"] {
        let pages = format!(
            "from generate_series(0, 75, 25) as first,
                contact_page('w1', 'b1', 'all', null, null, now(), 'name', '{order}', 25, first) as page,
                json_array_elements(page.contacts) as contact"
        );
        assert_eq!(number(&user, &format!("select count(*) {pages}")).await, visible, "{order}");
        let different = format!("select count(distinct contact ->> 'id') {pages}");
        assert_eq!(number(&user, &different).await, visible, "{order}");
    }
    Ok(())
}

#[tokio::test]
async fn a_search_takes_its_term_for_text() -> Result<()> {
    let (postgres, client) = small_world().await?;
    client
        .batch_execute(
            r"insert into workspace_members (workspace_id, user_id) values ('w1', 'u1');
            insert into contacts (id, name, workspace_id, board_id) values
                ('q1', '100% Wool!', 'w1', 'b1'), ('q2', 'under_score', 'w1', 'b1'), ('q3', 'c:\temp\', 'w1', 'b1'),
                ('q4', 'ÄRGER (a.b)*', 'w1', 'b1')",
        )
        .await?;
    let user = signed_in(&postgres, "u1").await?;
    for (term, contacts) in [
        ("person", 100),
        (" PERSON 7", 11),
        ("100%", 1),
        ("0% w", 1),
        ("wool!", 1),
        ("r_s", 1),
        ("p_r", 0),
        ("p%n", 0),
        ("\\temp\\", 1),
        ("\\", 1),
        ("(a.b)*", 1),
        ("p.rson", 0),
        ("ÄRGER", 1),
        // Only A to Z are folded.
        ("ärger", 0),
        ("", 0),
        ("  ", 0),
    ] {
        assert_eq!(found(&user, "w1", "b1", term).await, contacts, "{term:?}");
    }
    let long = "x".repeat(200);
    client.execute("update contacts set name = $1 || 'y' where id = 'q1'", &[&long]).await?;
    assert_eq!(found(&user, "w1", "b1", &long).await, 1);
    assert_eq!(found(&user, "w1", "b1", &format!("{long}y")).await, 0, "longer than a term may be");
    for nothing in ["null, 'b1', 'person'", "'w1', null, 'person'", "'w1', 'b1', null"] {
        assert_eq!(number(&user, &format!("select count(*) from search_contacts({nothing})")).await, 0);
    }
    // Functions may not be merged into the query around them: its conditions would see rows that are not the caller's.
    let kind = "select language.lanname || ' ' || function.prosecdef from pg_proc as function
        join pg_language as language on language.oid = function.prolang where function.proname = 'search_contacts'";
    assert_eq!(client.query_one(kind, &[]).await?.get::<_, &str>(0), "plpgsql true");
    Ok(())
}

/// Some conditions fail depending on a row: a pattern that ends in a backslash does if the row's text begins with what is before it.
/// Whatever a user adds to a question, it must be tried on rows that the user may see, and on no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_users_own_conditions_meet_only_the_users_own_contacts() -> Result<()> {
    let secrets = Secrets::generate()?;
    let supabase = Supabase::start(dirs(), &secrets).await?;
    supabase
        .sql(
            "insert into contacts (id, name, email, workspace_id, board_id)
                values ('other', 'Victoria', 'ceo.quux7@rare.example', '15213', 'board_123');
            analyze contacts",
        )
        .await?;
    let http = reqwest::Client::new();
    let ask = async |user: &str, path: &str, email: &str, prefer: &str| -> Result<(u16, String, String)> {
        let token = tokens::mint(user, &secrets.jwt_secret, Duration::from_mins(10))?;
        let answer = http
            .get(format!("{}/rest/v1/{path}", supabase.url()))
            .query(&[("select", "*"), ("email", email)])
            .header("apikey", supabase.anon_key())
            .header("Prefer", prefer)
            .bearer_auth(token)
            .send()
            .await?;
        let range = answer.headers().get("content-range").and_then(|range| range.to_str().ok());
        let range = range.unwrap_or_default().to_owned();
        Ok((answer.status().as_u16(), range, answer.text().await?))
    };
    let own = "rpc/search_contacts?of_workspace_id=20771&of_board_id=board_sales&term=quux7";
    let others = "rpc/search_contacts?of_workspace_id=15213&of_board_id=board_123&term=quux7";
    let table = "contacts?search_text=match.quux7";
    // The condition does fail for who may see the row, so that it would tell.
    for path in [others, table] {
        let (status, _, body) = ask("user_member_15213", path, "like.ceo.quux7\\", "count=exact").await?;
        assert_eq!(status, 400, "{path}: {body}");
        assert!(body.contains("22025"), "{body}");
        let (_, range, _) =
            ask("user_member_15213", path, "like.ceo.quux7@rare.example", "count=exact").await?;
        assert_eq!(range, "0-0/1", "{path}");
    }
    for (path, prefers) in [
        (own, ["count=none", "count=exact", "count=planned", "count=estimated"].as_slice()),
        (others, &["count=none", "count=exact", "count=planned", "count=estimated"]),
        (table, &["count=none", "count=exact"]),
    ] {
        for prefer in prefers {
            let nobody = ask("user_member_20771", path, "like.nobody\\", prefer).await?;
            assert_eq!(nobody.2, "[]", "{path} {prefer}");
            for email in ["like.ceo.\\", "like.ceo.quux7\\", "like.ceo.quux8\\", "ilike.CEO.QUUX7\\"] {
                let answer = ask("user_member_20771", path, email, prefer).await?;
                assert_eq!(answer, nobody, "{path} {email} {prefer}");
            }
        }
    }
    let (status, ..) =
        ask("user_member_20771", "contact_search?search_text=match.quux7", "not.is.null", "").await?;
    assert_eq!(status, 404);
    Ok(())
}

/// What reads with other rights than the caller's, and can be asked: each of these is argued for in its migration.
#[tokio::test]
async fn nothing_else_reads_with_the_owners_rights() -> Result<()> {
    let (_postgres, client) = small_world().await?;
    let functions = "select coalesce(array_agg(proname::text order by proname), '{}') from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and prosecdef
            and has_function_privilege('authenticated', oid, 'execute')";
    assert_eq!(
        client.query_one(functions, &[]).await?.get::<_, Vec<String>>(0),
        ["my_administered_workspaces", "my_workspaces", "search_contacts"]
    );
    let anybodys = "select count(*) from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and prosecdef
            and has_function_privilege('anon', oid, 'execute')";
    assert_eq!(number(&client, anybodys).await, 0);
    let views = "select count(*) from pg_class
        where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('v', 'm')";
    assert_eq!(number(&client, views).await, 0);
    let open = "select count(*) from pg_class where relnamespace in ('public'::regnamespace, 'private'::regnamespace)
        and relkind in ('r', 'p') and not relrowsecurity";
    assert_eq!(number(&client, open).await, 0, "tables without row-level security");
    Ok(())
}

/// An earlier form of search was a view with computed fields of its own.
#[tokio::test]
async fn what_search_was_before_is_replaced() -> Result<()> {
    let (_postgres, client) = small_world().await?;
    let all = migrations(&dirs())?;
    let now = objects(&client).await?;
    let before = "
        drop function search_contacts(text, text, text);
        create view contact_search as select * from contacts;
        create function search_text(contact contact_search) returns text language sql as 'select contact.name';
        grant select on contact_search to authenticated";
    client.batch_execute(before).await?;
    up(&client, &all).await;
    assert_eq!(objects(&client).await?, now);
    client.batch_execute(before).await?;
    down(&client, &all).await;
    up(&client, &all).await;
    assert_eq!(objects(&client).await?, now);
    Ok(())
}

#[tokio::test]
async fn members_change_only_their_own_and_admins_alone_the_settings() -> Result<()> {
    let postgres = Postgres::start_with_demo_data(&dirs()).await?;
    let member = signed_in(&postgres, "user_member_15213").await?;
    let admin = signed_in(&postgres, "user_admin_15213").await?;
    let own = "update contacts set name = 'Changed' where id = 'contact_15213_000001'";
    let other = "update contacts set name = 'Changed' where id = 'contact_20771_000001'";
    assert_eq!(member.execute(own, &[]).await?, 1);
    assert_eq!(member.execute(other, &[]).await?, 0);
    let moved = "update contacts set workspace_id = '20771', board_id = 'board_sales' where id = 'contact_15213_000001'";
    let refused = member.execute(moved, &[]).await.expect_err("a move into another's workspace");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    // A column of another workspace is as good as none: the refusals cannot be told apart.
    for column in ["col_sales_new", "no_such_column"] {
        let filed =
            format!("update contacts set board_column_id = '{column}' where id = 'contact_15213_000001'");
        let refused = member.execute(&filed, &[]).await.expect_err("a column of another workspace");
        assert_eq!(refused.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{column}");
    }
    let joins = "insert into workspace_members (workspace_id, user_id) values ('20771', 'user_member_15213')";
    let refused = member.execute(joins, &[]).await.expect_err("a membership of one's own making");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    let settings = "insert into workspace_settings (workspace_id, settings) values ('15213', '{}')";
    let refused = member.execute(settings, &[]).await.expect_err("a member's settings");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    assert_eq!(admin.execute(settings, &[]).await?, 1);
    Ok(())
}

/// What is refused, and why.
async fn refusal(client: &Client, statement: &str) -> Option<SqlState> {
    client.batch_execute(statement).await.expect_err(statement).code().cloned()
}

/// The small world with a member and an admin of `w1`, a member of `w2`, and three messages of the contact `p1`.
async fn peopled_world() -> Result<(Postgres, Client)> {
    let (postgres, client) = small_world().await?;
    client
        .batch_execute(
            "insert into workspace_members (workspace_id, user_id, role)
                values ('w1', 'member', 'member'), ('w1', 'admin', 'admin'), ('w2', 'stranger', 'admin');
            insert into contacts (id, name, workspace_id, board_id) values ('other', 'Other', 'w2', 'b3');
            insert into messages (id, workspace_id, contact_id, direction, channel, body)
                select 'm' || n, 'w1', 'p1', 'inbound', 'email', 'Message ' || n from generate_series(1, 3) as n",
        )
        .await?;
    Ok((postgres, client))
}

#[tokio::test]
async fn messages_are_read_and_written_by_members_alone() -> Result<()> {
    let (postgres, client) = peopled_world().await?;
    let insert = |id: &str, workspace: &str, contact: &str| {
        format!(
            "insert into messages (id, workspace_id, contact_id, direction, channel, body)
                values ('{id}', '{workspace}', '{contact}', 'outbound', 'sms', '')"
        )
    };
    let member = signed_in(&postgres, "member").await?;
    assert_eq!(number(&member, "select count(*) from messages").await, 3);
    member.batch_execute(&insert("m4", "w1", "p1")).await?;
    for user_id in ["stranger", "nobody"] {
        let user = signed_in(&postgres, user_id).await?;
        assert_eq!(number(&user, "select count(*) from messages").await, 0, "{user_id}");
        let refused = refusal(&user, &insert("m5", "w1", "p1")).await;
        assert_eq!(refused, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{user_id}");
    }
    // A contact of another workspace is as good as none.
    for contact in ["other", "no_such_contact"] {
        let refused = refusal(&member, &insert("m5", "w1", contact)).await;
        assert_eq!(refused, Some(SqlState::FOREIGN_KEY_VIOLATION), "{contact}");
    }
    let anybody = postgres.client().await?;
    anybody.batch_execute("set role anon").await?;
    for (user, statement) in [
        (&member, "update messages set body = 'other words' where id = 'm1'"),
        (&member, "delete from messages where id = 'm1'"),
        (&anybody, "select 1 from messages"),
    ] {
        assert_eq!(refusal(user, statement).await, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{statement}");
    }
    for (column, value) in [("direction", "sideways"), ("channel", "pigeon"), ("id", "a b")] {
        let bad = format!("update messages set {column} = '{value}' where id = 'm1'");
        assert_eq!(refusal(&client, &bad).await, Some(SqlState::CHECK_VIOLATION), "{column}");
    }

    let moves = "update contacts set workspace_id = 'w2', board_id = 'b3' where id = 'p1'";
    client.batch_execute(moves).await?;
    assert_eq!(number(&member, "select count(*) from messages").await, 0, "they went with their contact");
    assert_eq!(number(&signed_in(&postgres, "stranger").await?, "select count(*) from messages").await, 4);
    client.batch_execute("delete from contacts where id = 'p1'").await?;
    assert_eq!(number(&client, "select count(*) from messages").await, 0);
    Ok(())
}

#[tokio::test]
async fn admins_alone_set_cache_settings_and_nothing_else_is_lost() -> Result<()> {
    let (postgres, client) = peopled_world().await?;
    let set = |cache: &str| format!("select set_cache_settings('w1', '{cache}')");
    for user_id in ["member", "stranger", "nobody"] {
        let refused = refusal(&signed_in(&postgres, user_id).await?, &set("{}")).await;
        assert_eq!(refused, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{user_id}");
    }
    let anybody = postgres.client().await?;
    anybody.batch_execute("set role anon").await?;
    assert_eq!(refusal(&anybody, &set("{}")).await, Some(SqlState::INSUFFICIENT_PRIVILEGE));
    assert_eq!(number(&client, "select count(*) from workspace_settings").await, 0);

    let admin = signed_in(&postgres, "admin").await?;
    let later = "select set_cache_settings('w1', '{\"enabled\": false}') > set_cache_settings('w1', '{}')";
    assert!(!admin.query_one(later, &[]).await?.get::<_, bool>(0), "each write is later than the one before");
    client
        .batch_execute("update workspace_settings set settings = settings || '{\"theme\": \"dark\"}'")
        .await?;
    admin
        .batch_execute(&set(r#"{"enabled": true, "config": {"contactsTTL": 60, "searchTTL": 86400}}"#))
        .await?;
    let kept = "select settings::text from workspace_settings where workspace_id = 'w1'";
    let kept: Value = serde_json::from_str(client.query_one(kept, &[]).await?.get(0))?;
    let config = serde_json::json!({"contactsTTL": 60, "searchTTL": 86400});
    assert_eq!(kept, serde_json::json!({"theme": "dark", "cache": {"enabled": true, "config": config}}));

    for bad in [
        r#"{"config": {"contactsTTL": 59}}"#,
        r#"{"config": {"searchTTL": 86401}}"#,
        r#"{"config": {"messageHistoryTTL": 60.5}}"#,
        r#"{"config": {"contactCountsTTL": "300"}}"#,
        r#"{"config": {"contactCountsTTL": null}}"#,
        r#"{"config": []}"#,
        r#"{"features": {"search": 1}}"#,
        r#"{"features": null}"#,
        r#"{"enabled": "yes"}"#,
        "[]",
        "null",
    ] {
        assert_eq!(refusal(&admin, &set(bad)).await, Some(SqlState::CHECK_VIOLATION), "{bad}");
        let directly = format!("update workspace_settings set settings = '{{\"cache\": {bad}}}'");
        assert_eq!(refusal(&admin, &directly).await, Some(SqlState::CHECK_VIOLATION), "{bad}");
    }
    let nowhere = "select set_cache_settings('no_such_workspace', '{}')";
    assert_eq!(refusal(&client, nowhere).await, Some(SqlState::FOREIGN_KEY_VIOLATION));
    // Whatever stood there that is no object gives way.
    client.batch_execute("update workspace_settings set settings = '[1]'").await?;
    admin.batch_execute(&set("{}")).await?;
    Ok(())
}

#[tokio::test]
async fn the_counts_of_the_big_workspace_are_those_of_the_contract_example() -> Result<()> {
    let postgres = Postgres::start_with_demo_data(&dirs()).await?;
    let member = signed_in(&postgres, "user_member_15213").await?;
    let expected = serde_json::json!({
        "unassigned": 191_623, "assignedToMe": 0, "open": 14, "closed": 588, "total": 191_663, "highPriority": 2,
        "mediumPriority": 191_657, "lowPriority": 4, "needsResponse": 5, "followUp": 0, "favorites": 3, "archived": 4,
        "unhappyCustomers": 0, "newCustomers": 0, "recentActivity": 0
    });
    assert_eq!(counts(&member, "15213", "user_member_15213").await?, expected);
    assert_eq!(counts(&member, "15213", "user_agent_15213").await?["assignedToMe"], 40);

    let member = signed_in(&postgres, "user_member_20771").await?;
    let varied = counts(&member, "20771", "user_member_20771").await?;
    assert_eq!(varied["total"], 60_000);
    for (name, count) in varied.as_object().expect("an object") {
        assert!(count.as_i64().expect("a number") > 0, "{name}");
    }
    let recent = "select count(*) from contacts
        where workspace_id = '20771' and last_activity_at >= date_trunc('second', now()) - interval '7 days'";
    assert_eq!(varied["recentActivity"], number(&member, recent).await);
    assert_tallies_are_exact(&postgres.client().await?).await;
    Ok(())
}

/// Two workspaces with two boards each, and a hundred contacts on the first board.
const SMALL_WORLD: &str = "
    insert into workspaces (id, name) values ('w1', 'One'), ('w2', 'Two');
    insert into boards (id, workspace_id, name)
        values ('b1', 'w1', 'B1'), ('b2', 'w1', 'B2'), ('b3', 'w2', 'B3'), ('b4', 'w2', 'B4');
    insert into board_columns (id, workspace_id, board_id, name) values ('c1', 'w1', 'b1', 'C1'), ('c2', 'w1', 'b1', 'C2');
    insert into contacts (id, name, workspace_id, board_id, board_column_id, priority, status, is_favorite)
        select 'p' || n, 'Person ' || n, 'w1', 'b1', case when n % 3 = 0 then 'c1' end,
            (array['low', 'medium', 'high'])[1 + n % 3], (array['open', 'closed'])[1 + n % 2], n % 5 = 0
        from generate_series(1, 100) as n;";

async fn small_world() -> Result<(Postgres, Client)> {
    let postgres = Postgres::start_empty(&dirs()).await?;
    let client = postgres.client().await?;
    up(&client, &migrations(&dirs())?).await;
    client.batch_execute(SMALL_WORLD).await?;
    Ok((postgres, client))
}

#[tokio::test]
async fn tallies_follow_every_kind_of_change() -> Result<()> {
    let (_postgres, client) = small_world().await?;
    assert_tallies_are_exact(&client).await;
    for change in [
        "update contacts set status = 'open', assigned_to = 'u1' where id in ('p1', 'p2', 'p3')",
        "update contacts set board_id = 'b2', board_column_id = null where id in ('p4', 'p6')",
        "update contacts set workspace_id = 'w2', board_id = 'b3', board_column_id = null where id in ('p7', 'p9')",
        "update contacts set name = 'no figure changes'",
        "update contacts set sentiment = 'unhappy', lifecycle_stage = 'new_customer', follow_up_at = now(),
            needs_response = true, is_archived = true where id > 'p5'",
        "insert into contacts (id, name, workspace_id, board_id) values ('p1', 'again', 'w1', 'b1'), ('q1', 'new', 'w1', 'b1')
            on conflict (id) do update set priority = 'high', assigned_to = 'u2'",
        "begin; delete from contacts where board_id = 'b1'; rollback",
        "begin; insert into contacts (id, name, workspace_id, board_id) values ('q2', 'x', 'w1', 'b1'); savepoint s;
            update contacts set priority = 'high'; rollback to s; commit",
        "delete from contacts where id like 'p1%'",
        "delete from board_columns where id = 'c1'",
        "delete from boards where id = 'b2'",
        "delete from workspaces where id = 'w2'",
        "select private.compact_contact_tallies('w1', 'b1')",
        "begin isolation level serializable; update contacts set priority = 'low' where id < 'p4'; commit",
        "select private.rebuild_contact_tallies()",
        "truncate contacts cascade",
        SMALL_CONTACT,
    ] {
        client.batch_execute(change).await.unwrap_or_else(|error| panic!("{change}: {error:?}"));
        assert_tallies_are_exact(&client).await;
    }
    Ok(())
}

const SMALL_CONTACT: &str =
    "insert into contacts (id, name, workspace_id, board_id) values ('z', 'Z', 'w1', 'b1')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tallies_stay_exact_and_small_under_concurrent_writers() -> Result<()> {
    let (postgres, client) = small_world().await?;
    let mut writers = Vec::new();
    for writer in 0..6 {
        let client = postgres.client().await?;
        writers.push(tokio::spawn(async move {
            for round in 0..150 {
                // Rows of one's own, so that only the tallies could make writers wait for one another.
                let contact = format!("p{}", 1 + writer * 16 + round % 16);
                let board = ["b1", "b2"][(round + writer) % 2];
                let end = if round % 7 == 3 { "rollback" } else { "commit" };
                let change = format!(
                    "begin; update contacts set board_id = '{board}', board_column_id = null, is_archived = not is_archived,
                        assigned_to = case when assigned_to is null then 'u{writer}' end where id = '{contact}'; {end}"
                );
                client.batch_execute(&change).await.unwrap_or_else(|error| panic!("{change}: {error:?}"));
            }
        }));
    }
    // Readers see tallies and contacts of one snapshot.
    for _ in 0..20 {
        assert_tallies_are_exact(&client).await;
    }
    for writer in writers {
        writer.await?;
    }
    assert_tallies_are_exact(&client).await;
    let rows = number(&client, "select count(*) from private.contact_tallies").await;
    assert!(rows < 1_200, "{rows} rows: nobody folds them");
    client
        .batch_execute(
            "select private.compact_contact_tallies('w1', 'b1'), private.compact_contact_tallies('w1', 'b2')",
        )
        .await?;
    assert_tallies_are_exact(&client).await;
    let rows = number(&client, "select count(*) from private.contact_tallies").await;
    assert!(rows <= 30, "{rows} rows after folding");
    Ok(())
}

#[tokio::test]
async fn an_open_transaction_holds_up_no_other_writer_of_its_board() -> Result<()> {
    let (postgres, client) = small_world().await?;
    let other = postgres.client().await?;
    client.batch_execute("begin; update contacts set priority = 'high' where id = 'p1'").await?;
    client.batch_execute("select private.compact_contact_tallies('w1', 'b1')").await?;
    other.batch_execute("set lock_timeout = '2s'").await?;
    for round in 0..200 {
        other
            .batch_execute(&format!(
                "update contacts set is_archived = not is_archived where id = 'p{}'",
                2 + round % 50
            ))
            .await?;
    }
    assert_tallies_are_exact(&other).await;
    client.batch_execute("commit").await?;
    assert_tallies_are_exact(&other).await;
    Ok(())
}
