//! Data folders that are made once and copied for each run.
//!
//! Making the demo data takes some ten seconds, copying it less than one. A template is named after all that it is made of;
//! when something changes, or another day begins, it is made again and the old one is removed.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use super::{
    cluster::{Cluster, copy, initialise, server_user_can_enter},
    connect, migrations, seed,
};
use crate::{
    StackDirs, demo,
    requirements::postgres_program,
    scratch::ScratchDir,
    secrets::{hex, random_hex},
};

const BOOTSTRAP: &str = include_str!("../sql/bootstrap.sql");
/// Changes whenever a template is made in another way.
const TEMPLATE_VERSION: u32 = 2;

/// A running server with the bootstrap alone.
pub(super) async fn empty(dirs: &StackDirs) -> Result<Cluster> {
    let name = digest(&["empty", BOOTSTRAP])?;
    started_from(dirs, "empty", &name, async |_: &Cluster| Ok(())).await
}

/// A running server with what `fill` makes, which is told the address of the database as its owner. It is made of `parts`: where a server was filled
/// with the same before, that is copied.
pub(super) async fn filled(
    dirs: &StackDirs,
    kind: &str,
    parts: &[&str],
    fill: impl AsyncFnOnce(&str) -> Result<()>,
) -> Result<Cluster> {
    let mut all = vec![kind, BOOTSTRAP];
    all.extend(parts);
    let name = digest(&all)?;
    started_from(dirs, kind, &name, async |cluster: &Cluster| fill(&cluster.url("postgres")).await).await
}

/// A running server with the migrations and today's demo data.
pub(super) async fn with_demo_data(dirs: &StackDirs) -> Result<Cluster> {
    let migrations = migrations::read(&dirs.root.join("supabase"))?;
    let anchor = demo::today();
    let (anchor_text, version) = (anchor.unix_secs().to_string(), demo_data::GENERATOR_VERSION.to_string());
    let mut parts = vec!["demo", BOOTSTRAP, &anchor_text, &version];
    parts.extend(migrations.iter().map(|migration| migration.up.as_str()));
    let name = digest(&parts)?;
    started_from(dirs, "demo", &name, async |cluster: &Cluster| {
        let client = connect(&cluster.url("postgres")).await?;
        // The first one makes the tables. Indexes that are built over the rows are built faster, and better packed,
        // than those that grow with them.
        for (position, migration) in migrations.iter().enumerate() {
            client
                .batch_execute(&migration.up)
                .await
                .with_context(|| format!("the migration {} failed", migration.name))?;
            if position == 0 {
                seed::insert_demo_data(&client, anchor).await?;
            }
        }
        seed::insert_demo_messages(&client, anchor).await?;
        seed::settle(&client).await
    })
    .await
}

/// A server on a copy of the template of that kind and name, which `fill` completes if it is not there yet.
async fn started_from(
    dirs: &StackDirs,
    kind: &str,
    name: &str,
    fill: impl AsyncFnOnce(&Cluster) -> Result<()>,
) -> Result<Cluster> {
    let base = base_dir(dirs).await?;
    let template = base.join(format!("{kind}_{name}"));
    // Other processes may want the same template at the same time. The lock goes with the file handle.
    let lock = File::create(base.join(format!("{kind}.lock")))?;
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    if !template.is_dir() {
        remove_others(&base, kind);
        make(dirs, &base, &template, fill).await?;
    }
    let data = ScratchDir::new(&base.join("run"), "postgres")?;
    copy(&template, data.path()).await?;
    drop(lock);
    let log = dirs.log(&format!("postgres-{}", data.path().file_name().unwrap_or_default().display()));
    Cluster::start(data, log).await
}

/// Makes a template: in a scratch folder first, so that one that was left half-done is never taken for one.
async fn make(
    dirs: &StackDirs,
    base: &Path,
    template: &Path,
    fill: impl AsyncFnOnce(&Cluster) -> Result<()>,
) -> Result<()> {
    let data = ScratchDir::new(&base.join("run"), "template")?;
    initialise(data.path(), &random_hex(16)?).await?;
    let cluster = Cluster::start(data, dirs.log("postgres-template")).await?;
    let client = connect(&cluster.url("postgres")).await?;
    client.batch_execute(BOOTSTRAP).await.context("the bootstrap failed")?;
    client.batch_execute(&format!("alter role authenticator password '{}'", cluster.password())).await?;
    drop(client);
    fill(&cluster).await?;
    let data = cluster.into_data().await?;
    fs::rename(data.path(), template).context("the database's template cannot be put in its place")
}

/// Where the templates and the running servers' data lie: in the cache, or in the system's folder for temporary files if the user that
/// PostgreSQL runs as cannot get into the checkout.
async fn base_dir(dirs: &StackDirs) -> Result<PathBuf> {
    let cache = dirs.cache.join("postgres");
    fs::create_dir_all(&cache)?;
    if server_user_can_enter(&cache).await {
        return Ok(cache);
    }
    let checkout = digest(&[&dirs.root.to_string_lossy()])?;
    let elsewhere = env::temp_dir().join(format!("boardcache-postgres-{checkout}"));
    fs::create_dir_all(&elsewhere)?;
    Ok(elsewhere)
}

fn remove_others(base: &Path, kind: &str) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{kind}_")) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A short digest of these parts and of the PostgreSQL that is to read the result.
fn digest(parts: &[&str]) -> Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(TEMPLATE_VERSION.to_be_bytes());
    hasher.update(postgres_program("postgres")?.to_string_lossy().as_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    Ok(hex(&hasher.finalize()[..8]))
}
