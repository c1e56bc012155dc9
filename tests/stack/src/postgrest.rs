//! PostgREST in front of a PostgreSQL.

use std::time::Duration;

use anyhow::Result;

use crate::{StackDirs, guard, ports::free_port, process::ServerProcess, requirements};

const START_DEADLINE: Duration = Duration::from_secs(20);

/// A running PostgREST. Dropping it ends it.
#[derive(Debug)]
pub struct Postgrest {
    process: ServerProcess,
    url: String,
}

impl Postgrest {
    /// Starts one that serves the schema `public` of the database to the roles of tokens. `accepted_keys` is a secret or a key set.
    pub async fn start(dirs: &StackDirs, accepted_keys: &str, database_url: &str) -> Result<Self> {
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let mut command = guard::command(requirements::postgrest_program(&dirs.root)?);
        command
            .env("PGRST_DB_URI", database_url)
            .env("PGRST_DB_SCHEMAS", "public")
            .env("PGRST_DB_ANON_ROLE", "anon")
            .env("PGRST_DB_POOL", "10")
            .env("PGRST_JWT_SECRET", accepted_keys)
            .env("PGRST_LOG_LEVEL", "error")
            // Lets a test ask for the plan of the very statement that a request makes.
            .env("PGRST_DB_PLAN_ENABLED", "true")
            .env("PGRST_OPENAPI_MODE", "disabled")
            .env("PGRST_SERVER_HOST", "127.0.0.1")
            .env("PGRST_SERVER_PORT", port.to_string());
        let mut process =
            ServerProcess::start("postgrest", command, &dirs.log(&format!("postgrest-{port}")), "TERM")?;
        let client = reqwest::Client::new();
        // Until it has read the schema it answers 503; then any answer but a server error will do.
        process
            .ready(START_DEADLINE, || async {
                let answer = client.get(format!("{url}/boards?limit=0")).send().await;
                answer.is_ok_and(|answer| !answer.status().is_server_error())
            })
            .await?;
        Ok(Self { process, url })
    }

    /// Where it answers, without the `/rest/v1` of Supabase.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Kills it, as a crash would.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }
}
