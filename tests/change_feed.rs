//! The database as the source of invalidations: nothing but SQL changes a contact, and no page stays old.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use anyhow::Result;
use end_to_end::{BOARD, Shape, World};
use serde_json::{Value, json};
use stack::{Postgres, StackDirs};
use tokio_postgres::Client;

async fn waiting(client: &Client) -> Result<Vec<serde_json::Value>> {
    let rows = client.query("select event::text from private.changes order by id", &[]).await?;
    Ok(rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect())
}

#[tokio::test]
async fn an_update_in_sql_is_seen_at_the_edge_and_a_crash_in_between_loses_nothing() -> Result<()> {
    let shape = Shape { change_feed: true, ..Shape::default() };
    let mut world = World::start("change_feed", shape).await?;
    let id = world.read("per_page=2").await?.first("id")?.as_str().unwrap().to_owned();
    assert_eq!(world.read("per_page=2").await?.cache().0, "HIT");
    let update = |name: &str| format!("update contacts set name = '{name}' where id = '{id}'");
    let seen_within = async |world: &World, name: &str, limit: Duration| -> Result<Duration> {
        let began = Instant::now();
        while world.read("per_page=2").await?.first("name")? != name {
            assert!(began.elapsed() < limit, "{name} is not seen after {limit:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(began.elapsed())
    };

    world.supabase.sql(&update("Seen By The Feed")).await?;
    println!("seen after {:?}", seen_within(&world, "Seen By The Feed", Duration::from_secs(4)).await?);

    // The only process that delivers dies; the change is committed; it comes back.
    world.origins[0].crash().await?;
    world.supabase.sql(&update("Committed While Nobody Listened")).await?;
    let client = world.supabase.client().await?;
    assert_eq!(waiting(&client).await?.len(), 1);
    world.origins[0].restart().await?;
    seen_within(&world, "Committed While Nobody Listened", Duration::from_secs(5)).await?;
    assert!(waiting(&client).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_statement_records_one_change_for_each_board_it_touched_and_only_if_it_commits() -> Result<()> {
    let dirs = StackDirs::of_this_checkout("change_feed");
    let postgres = Postgres::start_with_demo_data(&dirs).await?;
    let mut client = postgres.client().await?;
    client.batch_execute("truncate private.changes").await?;

    client.batch_execute("update contacts set sentiment = 'happy' where workspace_id = '20771'").await?;
    let events = waiting(&client).await?;
    assert_eq!(events.len(), 3, "one for each of the three boards, not one for each of 60,000 contacts");
    assert_eq!(events[0]["table"], "contacts");
    assert_eq!(events[0]["record"]["workspace_id"], "20771");
    assert_eq!(events[0]["record"].as_object().unwrap().len(), 2, "no personal data");

    client.batch_execute("truncate private.changes").await?;
    client
        .batch_execute(
            "update contacts set board_id = 'board_support' where id = (select min(id) from contacts where board_id = 'board_sales')",
        )
        .await?;
    assert_eq!(waiting(&client).await?.len(), 2, "a move changes two boards");

    client.batch_execute("truncate private.changes").await?;
    let transaction = client.transaction().await?;
    transaction.batch_execute("delete from contacts where board_id = 'board_sales'").await?;
    transaction.rollback().await?;
    client.batch_execute("update contacts set name = name where false").await?;
    assert!(waiting(&client).await?.is_empty());

    client.batch_execute("delete from workspace_members where user_id = 'user_member_20771'").await?;
    let events = waiting(&client).await?;
    assert_eq!((events.len(), events[0]["table"].as_str()), (1, Some("workspace_members")));
    let invalidations = dto::invalidate::parse(events[0].to_string().as_bytes(), None).unwrap();
    assert_eq!(invalidations[0].tags(), [coherence::Tag::Members]);
    Ok(())
}

/// Details and messages of one contact must not cost those of all others.
#[tokio::test]
async fn a_statement_that_touched_one_contact_names_it() -> Result<()> {
    let dirs = StackDirs::of_this_checkout("change_feed");
    let postgres = Postgres::start_with_demo_data(&dirs).await?;
    let client = postgres.client().await?;
    let message = |id: &str, contact: &str| {
        format!("('{id}', '20771', 'contact_20771_{contact}', 'inbound', 'chat', 'Hello')")
    };
    let insert = "insert into messages (id, workspace_id, contact_id, direction, channel, body) values";
    let one = |board: &str| json!({"workspace_id": "20771", "board_id": board, "id": "contact_20771_000001"});
    for (statement, expected) in [
        (
            "update contacts set name = 'x' where id = 'contact_20771_000001'".to_owned(),
            vec![one("board_sales")],
        ),
        (
            "update contacts set name = 'x' where id in ('contact_20771_000001', 'contact_20771_000002')"
                .to_owned(),
            vec![json!({"workspace_id": "20771", "board_id": "board_sales"})],
        ),
        (
            "update contacts set board_id = 'board_support' where id = 'contact_20771_000001'".to_owned(),
            vec![one("board_sales"), one("board_support")],
        ),
        (
            format!("{insert} {}, {}", message("new_1", "000002"), message("new_2", "000002")),
            vec![json!({"workspace_id": "20771", "contact_id": "contact_20771_000002"})],
        ),
        (
            format!("{insert} {}, {}", message("new_3", "000003"), message("new_4", "000004")),
            vec![json!({"workspace_id": "20771"})],
        ),
        (
            "delete from messages where id = 'new_4'".to_owned(),
            vec![json!({"workspace_id": "20771", "contact_id": "contact_20771_000004"})],
        ),
        ("select set_cache_settings('20771', '{}')".to_owned(), vec![json!({"workspace_id": "20771"})]),
    ] {
        client.batch_execute("truncate private.changes").await?;
        client.batch_execute(&statement).await?;
        let events = waiting(&client).await?;
        let mut records: Vec<_> = events.iter().map(|event| event["record"].clone()).collect();
        records.sort_by_key(ToString::to_string);
        assert_eq!(records, expected, "{statement}");
        for event in events {
            let invalidations = dto::invalidate::parse(event.to_string().as_bytes(), None).unwrap();
            let tags = invalidations[0].tags();
            let is_of_settings = event["table"] == "workspace_settings";
            assert_eq!(tags.contains(&coherence::Tag::Workspace), is_of_settings, "{event}");
            let is_named = !event["record"]["id"].is_null() || !event["record"]["contact_id"].is_null();
            let names_all = tags.contains(&coherence::Tag::Contacts);
            assert_eq!(names_all, !is_named && !is_of_settings, "{event}");
        }
    }

    // What goes with a contact is told of too.
    client.batch_execute("truncate private.changes").await?;
    client.batch_execute("delete from contacts where id = 'contact_20771_000002'").await?;
    let tables: Vec<_> = waiting(&client).await?.iter().map(|event| event["table"].clone()).collect();
    assert_eq!(tables.len(), 2, "{tables:?}");
    assert!(tables.contains(&json!("contacts")) && tables.contains(&json!("messages")), "{tables:?}");
    let began = Instant::now();
    client.batch_execute("delete from boards where id = 'board_support'").await?;
    println!("a board of 20,000 contacts deleted in {:?}", began.elapsed());
    Ok(())
}

/// Pages on which a change does not show can stay cached if it says which columns it is of. It tells no values.
#[tokio::test]
async fn an_update_of_one_contact_says_which_columns_changed() -> Result<()> {
    let dirs = StackDirs::of_this_checkout("change_feed");
    let postgres = Postgres::start_with_demo_data(&dirs).await?;
    let client = postgres.client().await?;
    client
        .batch_execute(
            "insert into board_columns (id, workspace_id, board_id, name)
                 values ('col_a', '20771', 'board_sales', 'A'), ('col_b', '20771', 'board_sales', 'B');
             update contacts set board_column_id = 'col_a' where id = 'contact_20771_000001'",
        )
        .await?;
    let event =
        |record: &Value| json!({"type": "UPDATE", "schema": "public", "table": "contacts", "record": record});
    let one = |board: &str| json!({"workspace_id": "20771", "board_id": board, "id": "contact_20771_000001"});
    let in_column = |column: Value| {
        let mut record = one("board_sales");
        record["board_column_id"] = column;
        record
    };
    let told = |record: &Value, old_record: &Value, changed_columns: &[&str]| {
        let mut told = event(record);
        told["old_record"] = old_record.clone();
        told["changed_columns"] = json!(changed_columns);
        told
    };
    let (a, b, none) = (in_column(json!("col_a")), in_column(json!("col_b")), in_column(Value::Null));
    let sales = one("board_sales");
    // Each begins where the one before it ended.
    for (change, expected) in [
        (
            "name = 'x', email = 'x@example.com' where id = 'contact_20771_000001'",
            vec![told(&sales, &sales, &["email", "name"])],
        ),
        (
            "board_column_id = 'col_b', updated_at = updated_at + interval '1 s' where id = 'contact_20771_000001'",
            vec![told(&b, &a, &["board_column_id", "updated_at"])],
        ),
        (
            "board_column_id = null where id = 'contact_20771_000001'",
            vec![told(&none, &b, &["board_column_id"])],
        ),
        ("name = name where id = 'contact_20771_000001'", vec![told(&sales, &sales, &[])]),
        // Of several contacts, and of one that goes elsewhere, nothing is told but where.
        (
            "name = 'y' where id in ('contact_20771_000001', 'contact_20771_000002')",
            vec![event(&json!({"workspace_id": "20771", "board_id": "board_sales"}))],
        ),
        (
            "name = 'z', board_id = 'board_support' where id = 'contact_20771_000001'",
            vec![event(&sales), event(&one("board_support"))],
        ),
    ] {
        client.batch_execute("truncate private.changes").await?;
        client.batch_execute(&format!("update contacts set {change}")).await?;
        let mut events = waiting(&client).await?;
        events.sort_by_key(|event| event["record"].to_string());
        assert_eq!(events, expected, "{change}");
    }
    Ok(())
}

#[tokio::test]
async fn truncating_any_watched_table_changes_every_workspace() -> Result<()> {
    let dirs = StackDirs::of_this_checkout("change_feed");
    let postgres = Postgres::start_with_demo_data(&dirs).await?;
    let client = postgres.client().await?;
    for table in [
        "messages",
        "contacts cascade",
        "workspace_members",
        "workspace_settings",
        "board_columns cascade",
        "boards cascade",
        "workspaces cascade",
    ] {
        client.batch_execute("truncate private.changes").await?;
        client.batch_execute(&format!("begin; truncate {table}; rollback")).await?;
        assert!(waiting(&client).await?.is_empty(), "{table} was not truncated");
        client.batch_execute(&format!("truncate {table}")).await?;
        let events = serde_json::json!({"events": waiting(&client).await?}).to_string();
        let invalidations = dto::invalidate::parse(events.as_bytes(), None).unwrap();
        let mut workspaces: Vec<_> =
            invalidations.iter().map(|invalidation| invalidation.workspace().as_str()).collect();
        workspaces.sort_unstable();
        assert_eq!(workspaces, ["15213", "20771"], "{table}");
        for invalidation in &invalidations {
            assert_eq!(invalidation.tags(), [coherence::Tag::Workspace], "{table}");
        }
    }
    Ok(())
}

/// `pg_net` is Supabase's; its two tables and its function are put in its place, with what they do to us.
#[tokio::test]
async fn through_pg_net_a_change_is_sent_until_it_is_acknowledged() -> Result<()> {
    let dirs = StackDirs::of_this_checkout("change_feed");
    let postgres = Postgres::start_with_demo_data(&dirs).await?;
    let client = postgres.client().await?;
    client
        .batch_execute(
            "truncate private.changes;
             create schema net;
             create table net._http_response (id bigint, status_code integer);
             create table net.sent (id bigint generated always as identity, url text, body jsonb, headers jsonb);
             create function net.http_post(url text, body jsonb, headers jsonb, timeout_milliseconds integer) returns bigint
                 language sql as $$ insert into net.sent (url, body, headers) values (url, body, headers) returning id $$;
             create schema vault;
             create view vault.decrypted_secrets as select 'boardcache_internal_key' as name, 'the-key' as decrypted_secret;
             insert into private.change_delivery (invalidate_url, internal_key_secret)
                 values ('https://edge.example.com/api/cache/invalidate', 'boardcache_internal_key');",
        )
        .await?;
    client
        .batch_execute(&format!(
            "update contacts set name = 'x' where board_id = '{BOARD}' and status = 'open'"
        ))
        .await?;
    let row =
        client.query_one("select url, body::text, headers->>'X-Internal-Auth' from net.sent", &[]).await?;
    assert_eq!(row.get::<_, &str>(0), "https://edge.example.com/api/cache/invalidate");
    assert_eq!(row.get::<_, &str>(2), "the-key");
    let invalidations = dto::invalidate::parse(row.get::<_, &str>(1).as_bytes(), None).unwrap();
    assert_eq!(invalidations[0].workspace().as_str(), "15213");

    let deliver = async || -> Result<i32> {
        Ok(client.query_one("select private.deliver_changes()", &[]).await?.get(0))
    };
    assert_eq!(deliver().await?, 0, "it was sent a moment ago");
    client.batch_execute("insert into net._http_response values (1, 503); update private.changes set sent_at = now() - interval '11 seconds'").await?;
    assert_eq!(deliver().await?, 1, "a refusal is sent again");
    client.batch_execute("insert into net._http_response values (2, 200)").await?;
    assert_eq!(deliver().await?, 0);
    assert!(waiting(&client).await?.is_empty(), "acknowledged");
    Ok(())
}
