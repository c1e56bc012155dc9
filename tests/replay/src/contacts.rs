//! The workspaces in PostgreSQL: some thousand contacts or ten million.

use std::time::Instant;

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;
use stack::{Postgres, StackDirs, connect, migrations};
use tokio_postgres::Client;

use crate::scale::{BOARDS, COLUMNS, Scale, USERS, boards_in_sql};

/// Connections that fill it at a time.
const WRITERS: usize = 2;
/// Workspaces that one statement fills.
const AT_ONCE: usize = 5;
const GIVEN_NAMES: [&str; 20] = [
    "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo", "Iris", "Jon", "Kira", "Leo", "Mona", "Nils",
    "Olga", "Paul", "Quinn", "Rosa", "Sven", "Tara",
];
/// What people search for.
pub const FAMILY_NAMES: [&str; 26] = [
    "Abel", "Bauer", "Costa", "Diaz", "Evans", "Fox", "Gray", "Hall", "Ito", "Jones", "Khan", "Lopez",
    "Meyer", "Novak", "Okafor", "Perez", "Quist", "Rossi", "Silva", "Tran", "Ueda", "Vega", "Weber", "Xu",
    "Young", "Zhang",
];

/// Starts a PostgreSQL with the migrations and these workspaces, on a copy of one that was filled before: ten million contacts take a quarter of an
/// hour. Indexes are built over the rows: that is quicker than growing them.
pub async fn start(dirs: &StackDirs, scale: &Scale) -> Result<Postgres> {
    let migrations = migrations(dirs)?;
    let workspaces = workspaces(scale);
    let contacts = rows(0, scale.workspaces, scale.contacts);
    let mut parts = vec![workspaces.as_str(), contacts.as_str()];
    parts.extend(migrations.iter().map(|migration| migration.up.as_str()));
    Postgres::start_filled(dirs, "replay", &parts, async |url: &str| {
        let owner = owner(url).await?;
        for (position, migration) in migrations.iter().enumerate() {
            let began = Instant::now();
            owner.batch_execute(&migration.up).await.with_context(|| migration.name.clone())?;
            println!("  {} ({:.0} s)", migration.name, began.elapsed().as_secs_f64());
            if position == 0 {
                owner.batch_execute(&workspaces).await?;
                fill(url, scale).await?;
            }
        }
        println!("  vacuuming");
        Ok(owner.batch_execute("vacuum (analyze)").await?)
    })
    .await
}

/// Sets for how long the lists and searches of all workspaces are fresh, in seconds; `None` sets nothing, and the defaults hold. The tiers hear of it once they
/// ask for the settings anew.
pub async fn set_lifetimes(database_url: &str, ttl_secs: Option<u32>) -> Result<()> {
    let owner = owner(database_url).await?;
    owner.batch_execute("delete from public.workspace_settings").await?;
    if let Some(ttl_secs) = ttl_secs {
        let cache = format!(r#"{{"config": {{"contactsTTL": {ttl_secs}, "searchTTL": {ttl_secs}}}}}"#);
        let set = format!("select count(public.set_cache_settings(id, '{cache}')) from public.workspaces");
        owner.batch_execute(&set).await?;
    }
    Ok(())
}

async fn owner(url: &str) -> Result<Client> {
    let client = connect(url).await?;
    client.batch_execute("set statement_timeout = 0; set maintenance_work_mem = '1GB'").await?;
    Ok(client)
}

fn workspaces(scale: &Scale) -> String {
    let last = scale.workspaces - 1;
    format!(
        "insert into public.workspaces (id, name) select 'replay_' || w, 'Replay ' || w from generate_series(0, {last}) as w;
         insert into public.workspace_members (workspace_id, user_id)
         select 'replay_' || w, 'replay_user_' || w || '_' || u
         from generate_series(0, {last}) as w, generate_series(0, {USERS} - 1) as u;
         insert into public.boards (id, workspace_id, name)
         select 'replay_' || w || '_' || b, 'replay_' || w, 'Board ' || b
         from generate_series(0, {last}) as w, generate_series(0, {BOARDS} - 1) as b;
         insert into public.board_columns (id, workspace_id, board_id, name, position)
         select 'replay_' || w || '_' || b || '_' || c, 'replay_' || w, 'replay_' || w || '_' || b, 'Column ' || c, c
         from generate_series(0, {last}) as w, generate_series(0, {BOARDS} - 1) as b, generate_series(0, {COLUMNS} - 1) as c;"
    )
}

async fn fill(url: &str, scale: &Scale) -> Result<()> {
    let began = Instant::now();
    let writers = (0..WRITERS).map(async |writer| {
        let client = owner_of_rows(url).await?;
        for from in (writer * AT_ONCE..scale.workspaces).step_by(WRITERS * AT_ONCE) {
            let to = (from + AT_ONCE).min(scale.workspaces);
            client.batch_execute(&rows(from, to, scale.contacts)).await?;
            if from % (WRITERS * AT_ONCE * 10) == 0 {
                println!("  {} contacts ({:.0} s)", to * scale.contacts, began.elapsed().as_secs_f64());
            }
        }
        anyhow::Ok(())
    });
    try_join_all(writers).await?;
    Ok(())
}

/// Every row refers to what is there: nothing is gained by asking for each.
async fn owner_of_rows(url: &str) -> Result<Client> {
    let client = owner(url).await?;
    client.batch_execute("set session_replication_role = replica").await?;
    Ok(client)
}

fn rows(from: usize, to: usize, contacts: usize) -> String {
    let words = |words: &[&str]| format!("array['{}']", words.join("','"));
    format!(
        "insert into public.contacts
             (id, name, email, phone, status, workspace_id, board_id, board_column_id, priority, assigned_to, needs_response, is_favorite,
              last_activity_at, created_at, updated_at)
         select
             'replay_contact_' || w || '_' || n, given || ' ' || family, lower(given || '.' || family) || n || '@example.com',
             '+1555' || lpad(n::text, 7, '0'), case when n % 13 = 0 then 'closed' else 'open' end,
             'replay_' || w, board, board || '_' || (n / 20 % {COLUMNS}),
             case when n % 50 = 0 then 'high' when n % 7 = 0 then 'low' else 'medium' end,
             case when n % 3 = 0 then null else 'replay_user_' || w || '_' || (n / 20 % {USERS}) end,
             n % 40 = 0, n % 100 = 0,
             timestamptz '2026-11-01' - n * interval '37 seconds', timestamptz '2026-11-01' - n * interval '41 seconds',
             timestamptz '2026-11-01' - n * interval '31 seconds'
         from
             generate_series({from}, {to} - 1) as w,
             generate_series(0, {contacts} - 1) as n,
             lateral (select
                 ({given})[1 + (n * 7 + w) % {givens}] as given,
                 ({family})[1 + (n * 11 + w) % {families}] as family,
                 'replay_' || w || '_' || ({boards})[1 + n % 20] as board
             ) as of_contact",
        given = words(&GIVEN_NAMES),
        givens = GIVEN_NAMES.len(),
        family = words(&FAMILY_NAMES),
        families = FAMILY_NAMES.len(),
        boards = boards_in_sql(),
    )
}
