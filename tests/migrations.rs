//! The migrations on a bare PostgreSQL with the roles of Supabase: they can be repeated and taken back, members see their
//! own workspace and nobody else's, and the counts are exact whatever is done to the contacts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use anyhow::Result;
use serde_json::Value;
use stack::{Migration, Postgres, StackDirs, migrations};
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
        assert_eq!(number(&user, "select count(*) from contact_search").await, contacts);
        assert_eq!(number(&user, "select contact_total('w1', 'b1')").await, contacts);
        user.batch_execute("update contacts set priority = 'high' where id = 'p1'").await?;
        assert_tallies_are_exact(&client).await;
    }
    client.batch_execute("truncate contacts").await?;
    down(&client, &all).await;
    Ok(())
}

#[tokio::test]
async fn members_see_their_own_workspace_and_others_see_nothing() -> Result<()> {
    let postgres = Postgres::start_with_demo_data(&dirs()).await?;
    let tables = ["workspaces", "workspace_members", "boards", "board_columns", "contacts", "contact_search"];

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
    assert_eq!(counts(&member, "20771", "user_member_20771").await?["total"], 0);

    let outsider = signed_in(&postgres, "user_outsider").await?;
    for table in tables {
        assert_eq!(number(&outsider, &format!("select count(*) from {table}")).await, 0, "{table}");
    }
    assert_eq!(counts(&outsider, "15213", "user_outsider").await?["total"], 0);
    assert_eq!(number(&outsider, "select contact_total('15213', 'board_123')").await, 0);

    let nobody = postgres.client().await?;
    nobody.batch_execute("set role anon").await?;
    for table in tables {
        let refused = nobody.query(&format!("select 1 from {table}"), &[]).await.expect_err(table);
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{table}");
    }
    let refused = nobody.query("select contact_counts('15213', 'x')", &[]).await.expect_err("counts");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
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
    let through_view = "update contact_search set name = 'Changed' where id = 'contact_15213_000001'";
    let refused = member.execute(through_view, &[]).await.expect_err("a change through the view");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    let joins = "insert into workspace_members (workspace_id, user_id) values ('20771', 'user_member_15213')";
    let refused = member.execute(joins, &[]).await.expect_err("a membership of one's own making");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    let settings = "insert into workspace_settings (workspace_id, settings) values ('15213', '{}')";
    let refused = member.execute(settings, &[]).await.expect_err("a member's settings");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    assert_eq!(admin.execute(settings, &[]).await?, 1);
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
        "truncate contacts",
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
