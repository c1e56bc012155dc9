//! A PostgreSQL of our own on a free port of the loopback interface.
//!
//! Its data folder is a copy of a template that is made once for each version of the migrations, the generator and the day
//! (see [`template`]). It is thrown away with the server, so nothing is ever synchronised to disk: no use for data that matters.
//!
//! PostgreSQL refuses to run as root. Started by root, it runs as the user `postgres`, whom its Debian package brings.

mod cluster;
mod migrations;
mod seed;
mod template;

use std::time::Duration;

use anyhow::{Context as _, Result};
use cluster::Cluster;
use tokio_postgres::NoTls;

pub use migrations::Migration;

use crate::StackDirs;

/// How long a statement of a test may take before it is given up.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(2);

/// A running PostgreSQL. Dropping it ends it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
}

impl Postgres {
    /// Starts one with the roles that Supabase has, and nothing else.
    pub async fn start_empty(dirs: &StackDirs) -> Result<Self> {
        Ok(Self { cluster: template::empty(dirs).await? })
    }

    /// Starts one with the migrations applied and the demo data of today in it, vacuumed and analysed.
    pub async fn start_with_demo_data(dirs: &StackDirs) -> Result<Self> {
        Ok(Self { cluster: template::with_demo_data(dirs).await? })
    }

    /// Starts one on a copy of what `fill` once made, which is told the address of the database as its owner. `kind` names it; it is made anew, and
    /// the old one removed, when one of the `parts` that it is made of changes.
    pub async fn start_filled(
        dirs: &StackDirs,
        kind: &str,
        parts: &[&str],
        fill: impl AsyncFnOnce(&str) -> Result<()>,
    ) -> Result<Self> {
        Ok(Self { cluster: template::filled(dirs, kind, parts, fill).await? })
    }

    /// The database, as its owner.
    #[must_use]
    pub fn url(&self) -> String {
        self.cluster.url("postgres")
    }

    /// The database, as the role that PostgREST signs in as.
    #[must_use]
    pub fn authenticator_url(&self) -> String {
        self.cluster.url("authenticator")
    }

    /// A connection as the owner. It is driven in the background until the client is dropped.
    pub async fn client(&self) -> Result<tokio_postgres::Client> {
        connect(&self.url()).await
    }

    /// Runs statements as the owner, in one implicit transaction.
    pub async fn sql(&self, statements: &str) -> Result<()> {
        self.client().await?.batch_execute(statements).await.context("SQL failed")
    }

    /// Ends it in order; the data stays for [`Postgres::restart`].
    pub async fn stop(&mut self) -> Result<()> {
        self.cluster.stop().await
    }

    /// Brings it back on the same port with the same data.
    pub async fn restart(&mut self) -> Result<()> {
        self.cluster.stop().await?;
        self.cluster.launch().await
    }
}

/// Migrations of the checkout, oldest first.
pub fn migrations(dirs: &StackDirs) -> Result<Vec<Migration>> {
    migrations::read(&dirs.root.join("supabase"))
}

/// A connection, driven in the background until the client is dropped.
pub async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("cannot connect to PostgreSQL")?;
    tokio::spawn(connection);
    client.batch_execute(&format!("set statement_timeout = {}", STATEMENT_TIMEOUT.as_millis())).await?;
    Ok(client)
}
