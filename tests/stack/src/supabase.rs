//! PostgreSQL, PostgREST and the gateway as one thing: what `SUPABASE_URL` stands for.

use anyhow::Result;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::{
    Postgres, Postgrest, Secrets, SigningKey, StackDirs, SupabaseAuth, SupabaseGateway, key_set, tokens,
};

/// A running Supabase with the migrations applied. Dropping it ends all of it.
#[derive(Debug)]
pub struct Supabase {
    // In the order in which they are to be ended.
    gateway: SupabaseGateway,
    postgrest: Postgrest,
    postgres: Postgres,
    anon_key: String,
    service_key: String,
}

impl Supabase {
    /// Starts it on free ports, with the demo data. The first time on a day this generates the demo data; after that it takes about two seconds.
    pub async fn start(dirs: StackDirs, secrets: &Secrets) -> Result<Self> {
        Self::start_with_keys(dirs, secrets, &[]).await
    }

    /// The same, for a project that signs with these keys as well as with its secret.
    pub async fn start_with_keys(dirs: StackDirs, secrets: &Secrets, keys: &[&SigningKey]) -> Result<Self> {
        let postgres = Postgres::start_with_demo_data(&dirs).await?;
        Self::on(&dirs, secrets, keys, postgres).await
    }

    /// The same over a database with the migrations applied, whatever else is in it.
    pub async fn on(
        dirs: &StackDirs,
        secrets: &Secrets,
        keys: &[&SigningKey],
        postgres: Postgres,
    ) -> Result<Self> {
        let accepted = accepted_keys(&secrets.jwt_secret, keys);
        let postgrest = Postgrest::start(dirs, &accepted, &postgres.authenticator_url()).await?;
        let anon_key = tokens::project_key("anon", &secrets.jwt_secret)?;
        let service_key = tokens::project_key("service_role", &secrets.jwt_secret)?;
        let auth = SupabaseAuth::new(&secrets.jwt_secret)?;
        let gateway = SupabaseGateway::start(postgrest.url(), auth, &anon_key, &service_key).await?;
        Ok(Self { gateway, postgrest, postgres, anon_key, service_key })
    }

    /// What a client takes for `SUPABASE_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.gateway.url()
    }

    /// `SUPABASE_ANON_KEY`: a token of the role `anon`.
    #[must_use]
    pub fn anon_key(&self) -> &str {
        &self.anon_key
    }

    /// A token of the role `service_role`, which no policy binds.
    #[must_use]
    pub fn service_key(&self) -> &str {
        &self.service_key
    }

    /// The database, as its owner.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.postgres.url()
    }

    /// A connection to the database as its owner.
    pub async fn client(&self) -> Result<tokio_postgres::Client> {
        self.postgres.client().await
    }

    /// Runs statements as the database's owner.
    pub async fn sql(&self, statements: &str) -> Result<()> {
        self.postgres.sql(statements).await
    }

    /// The gateway: to count requests, to delay or refuse them.
    #[must_use]
    pub const fn gateway(&self) -> &SupabaseGateway {
        &self.gateway
    }

    /// Who signs users in: to know the password, and how long tokens are good for.
    #[must_use]
    pub fn auth(&self) -> &SupabaseAuth {
        self.gateway.auth()
    }

    /// PostgREST itself, without the gateway.
    #[must_use]
    pub const fn postgrest(&self) -> &Postgrest {
        &self.postgrest
    }

    /// The database server.
    #[must_use]
    pub const fn postgres(&self) -> &Postgres {
        &self.postgres
    }
}

/// What PostgREST verifies tokens with: the secret as it is, or a key set with the secret in it.
fn accepted_keys(secret: &str, keys: &[&SigningKey]) -> String {
    if keys.is_empty() {
        return secret.to_owned();
    }
    let mut set = key_set(keys);
    if let Some(keys) = set["keys"].as_array_mut() {
        keys.push(json!({"kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(secret)}));
    }
    set.to_string()
}
