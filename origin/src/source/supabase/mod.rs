//! The Supabase source: contacts, messages, settings and memberships through PostgREST.
//!
//! The caller's own token is passed on, so that row-level security decides what is seen; the service's own questions carry
//! a key or a short-lived token of the role `service_role`. The page's JSON is passed through as PostgREST printed it.
//!
//! It relies on the reference schema (`supabase/migrations`): the computed fields `name_sort_key`, `priority_rank` and
//! `search_text`, and the functions `contact_page`, `contact_counts`, `search_contacts` and `set_cache_settings`. It must never let text of a user become a column, an operator or part of
//! an `or`, nor let a row, a token or a host get into an error.

mod content_range;
mod errors;
mod postgrest_client;
mod regex_escape;
mod request;
mod service_token;

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::{ListQuery, MessagesQuery, SearchTerm};
use dto::ContactCounts;
use dto::settings::CacheSettings;
use identity::Role;
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use serde::Deserialize;

use self::postgrest_client::{Answer, PostgrestClient};
use self::request::Request;
pub use self::service_token::ServiceCredential;
use self::service_token::ServiceTokens;
use super::{
    Asker, ContactPage, ContactSource, ListedWorkspace, MAX_BOARDS, MessagePage, SourceError, StoredSettings,
};

/// Where Supabase is and how to speak to it.
pub struct SupabaseConfig {
    /// Where PostgREST is: `https://project.supabase.co/rest/v1` behind Supabase's gateway.
    pub rest_url: String,
    /// `SUPABASE_ANON_KEY`: the `apikey` of every request.
    pub anon_key: String,
    /// What the service itself shows. Without it the service's own questions ([`Asker::Service`]) are refused.
    pub service: Option<ServiceCredential>,
    /// How long a question may take, from the connection to the last byte.
    pub timeout: Duration,
}

/// Contacts in Supabase.
pub struct SupabaseSource {
    client: PostgrestClient,
    anon_key: String,
    service_tokens: Option<ServiceTokens>,
}

impl SupabaseSource {
    /// Takes a configuration. Nothing is asked of Supabase yet.
    pub fn new(config: SupabaseConfig) -> Result<Self, SourceError> {
        let service_key = match &config.service {
            Some(ServiceCredential::Key(key)) => Some(key.as_str()),
            Some(ServiceCredential::Secret(_)) | None => None,
        };
        Ok(Self {
            client: PostgrestClient::new(&config.rest_url, &config.anon_key, service_key, config.timeout)?,
            anon_key: config.anon_key,
            service_tokens: config.service.map(ServiceTokens::new),
        })
    }

    async fn ask(&self, asker: Asker<'_>, request: &Request) -> Result<Answer, SourceError> {
        self.client.get(&self.token(asker)?, request).await
    }

    /// The asker's own token, or one of the service's.
    fn token<'a>(&self, asker: Asker<'a>) -> Result<Cow<'a, str>, SourceError> {
        match asker {
            Asker::User { token, .. } => Ok(Cow::Borrowed(token)),
            Asker::Service => self.service_token().map(Cow::Owned),
        }
    }

    fn service_token(&self) -> Result<String, SourceError> {
        self.service_tokens
            .as_ref()
            .and_then(|tokens| tokens.current(unix_secs()))
            .ok_or(SourceError::Refused)
    }

    /// The total of a page that lies past the end, where the refusal did not say it: that of the first row's page.
    async fn total(&self, asker: Asker<'_>, request: Request) -> Result<u64, SourceError> {
        let answer = self.ask(asker, &request.first_row()).await?;
        answer.total.ok_or_else(no_total)
    }

    /// A page of what a term finds. One that lies past the end may take two questions.
    async fn search(
        &self,
        asker: Asker<'_>,
        query: &ListQuery,
        term: &SearchTerm,
        now_secs: u64,
    ) -> Result<ContactPage, SourceError> {
        let request = request::search(query, term, now_secs, matches!(asker, Asker::Service));
        let answer = self.ask(asker, &request).await?;
        let (contacts_json, total) = self.rows_and_total(asker, request, answer).await?;
        Ok(ContactPage { contacts_json, total })
    }

    /// The rows of a page, and how many there are over all pages.
    async fn rows_and_total(
        &self,
        asker: Asker<'_>,
        request: Request,
        answer: Answer,
    ) -> Result<(Bytes, u64), SourceError> {
        let (json, total) = match (answer.is_past_the_end, answer.total) {
            (false, Some(total)) => (answer.body, total),
            (false, None) => return Err(no_total()),
            (true, Some(total)) => (Bytes::from_static(NO_ROWS), total),
            (true, None) => (Bytes::from_static(NO_ROWS), self.total(asker, request).await?),
        };
        if !is_array(&json) {
            return Err(SourceError::Failed("the page is not an array".to_owned()));
        }
        Ok((json, total))
    }

    async fn board_exists(&self, asker: Asker<'_>, query: &ListQuery) -> Result<bool, SourceError> {
        let answer = self.ask(asker, &request::board(query.workspace(), query.board())).await?;
        rows::<AnyRow>(&answer.body).map(|boards| !boards.is_empty())
    }
}

#[async_trait]
impl ContactSource for SupabaseSource {
    async fn list_contacts(
        &self,
        asker: Asker<'_>,
        query: &ListQuery,
        now_secs: u64,
    ) -> Result<ContactPage, SourceError> {
        let Some(term) = &query.params().search else {
            return page_of(&self.ask(asker, &request::page(query, now_secs)).await?.body);
        };
        let mut page = self.search(asker, query, term, now_secs).await?;
        if !agrees(&page, query.offset()) {
            // Something was written, or a membership ended, between the two questions.
            page = self.search(asker, query, term, now_secs).await?;
            if !agrees(&page, query.offset()) {
                return Err(SourceError::Unreachable("page and total disagree".to_owned()));
            }
        }
        if page.total == 0 && !self.board_exists(asker, query).await? {
            return Err(SourceError::NoBoard);
        }
        Ok(page)
    }

    async fn contact(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        contact: &ContactId,
    ) -> Result<Bytes, SourceError> {
        let json = self.ask(asker, &request::contact(workspace, contact)).await?.body;
        if json == NO_ROWS {
            return Err(SourceError::NotFound);
        }
        // An array of the one row, since an id is unique: what stands between the brackets is the row as it was printed.
        let is_one = json.starts_with(b"[{") && json.ends_with(b"}]");
        is_one.then(|| json.slice(1..json.len() - 1)).ok_or_else(|| no_shape("a contact"))
    }

    async fn messages(&self, asker: Asker<'_>, query: &MessagesQuery) -> Result<MessagePage, SourceError> {
        let request = request::messages(query);
        let answer = self.ask(asker, &request).await?;
        let (messages_json, total) = self.rows_and_total(asker, request, answer).await?;
        if total == 0 {
            let exists = request::contact_exists(query.workspace(), query.contact());
            if rows::<AnyRow>(&self.ask(asker, &exists).await?.body)?.is_empty() {
                return Err(SourceError::NotFound);
            }
        }
        Ok(MessagePage { messages_json, total })
    }

    async fn contact_counts(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        user: Option<&UserId>,
        now_secs: u64,
    ) -> Result<ContactCounts, SourceError> {
        let call = request::counts(workspace, user, now_secs);
        let json = self.client.call(&self.token(asker)?, &call).await?;
        serde_json::from_slice(&json).map_err(|_| no_shape("the counts"))
    }

    async fn settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
    ) -> Result<Option<StoredSettings>, SourceError> {
        let answer = self.ask(asker, &request::settings(workspace)).await?;
        let row = rows::<SettingsRow>(&answer.body)?.pop();
        Ok(row.and_then(|SettingsRow { cache, updated_at }| {
            Some(StoredSettings { cache: CacheSettings::from_stored(&cache?), updated_at })
        }))
    }

    async fn put_settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        settings: &CacheSettings,
    ) -> Result<String, SourceError> {
        let call = request::set_settings(workspace, settings);
        let json = self.client.call_to_write(&self.token(asker)?, &call).await?;
        serde_json::from_slice(&json).map_err(|_| no_shape("the time of the write"))
    }

    async fn boards(&self, asker: Asker<'_>, workspace: &WorkspaceId) -> Result<Vec<BoardId>, SourceError> {
        let answer = self.ask(asker, &request::boards(workspace)).await?;
        let boards = rows::<BoardRow>(&answer.body)?;
        boards.iter().map(|board| BoardId::parse(&board.id).map_err(|_| no_shape("a board's id"))).collect()
    }

    async fn workspaces(&self, asker: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError> {
        let answer = self.ask(asker, &request::workspaces()).await?;
        rows::<WorkspaceRow>(&answer.body)?.into_iter().map(WorkspaceRow::listed).collect()
    }

    async fn role(
        &self,
        asker: Asker<'_>,
        user: &UserId,
        workspace: &WorkspaceId,
    ) -> Result<Option<Role>, SourceError> {
        let answer = self.ask(asker, &request::member(workspace, user)).await?;
        let members = rows::<MemberRow>(&answer.body)?;
        Ok(members.first().and_then(|member| Role::parse(&member.role)))
    }

    async fn ready(&self) -> Result<(), SourceError> {
        let token = self.service_token().unwrap_or_else(|_| self.anon_key.clone());
        match self.client.get(&token, &request::probe()).await {
            // The role `anon` may be told by the database that it must not read: then the database is there.
            Ok(_) | Err(SourceError::Refused) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A row of which nothing matters but that it is there.
#[derive(Deserialize)]
struct AnyRow {}

/// A row of `boards`, as far as it is asked for.
#[derive(Deserialize)]
struct BoardRow {
    id: String,
}

/// A row of `workspaces`, with what belongs to it.
#[derive(Deserialize)]
struct WorkspaceRow {
    id: String,
    name: String,
    boards: Vec<AnyRow>,
    workspace_settings: Option<CacheRow>,
}

/// The cache settings of a workspace, within its row.
#[derive(Deserialize)]
struct CacheRow {
    cache: Option<serde_json::Value>,
}

impl WorkspaceRow {
    fn listed(self) -> Result<ListedWorkspace, SourceError> {
        let cache = self.workspace_settings.and_then(|row| row.cache);
        let boards = self.boards.len().min(MAX_BOARDS as usize) as u64;
        ListedWorkspace::stored(&self.id, self.name, cache.as_ref(), boards)
    }
}

/// A row of `workspace_settings`, as far as it is asked for.
#[derive(Deserialize)]
struct SettingsRow {
    cache: Option<serde_json::Value>,
    updated_at: String,
}

/// A row of `workspace_members`, as far as it is asked for.
#[derive(Deserialize)]
struct MemberRow {
    role: String,
}

fn rows<'a, Row: Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<Row>, SourceError> {
    serde_json::from_slice(body).map_err(|_| no_shape("an answer"))
}

fn no_shape(what: &str) -> SourceError {
    SourceError::Failed(format!("{what} does not have its shape"))
}

/// A list of nothing, as PostgREST prints it.
const NO_ROWS: &[u8] = b"[]";

/// Whether the total allows the page to have contacts exactly if it has some.
fn agrees(page: &ContactPage, offset: u64) -> bool {
    (page.contacts_json == NO_ROWS) == (offset >= page.total)
}

/// What `contact_page` answers, as PostgreSQL prints it: `[{"total":1,"contacts":[…]}]`, and no row where there is no such board. The contacts stay
/// where they are.
fn page_of(body: &Bytes) -> Result<ContactPage, SourceError> {
    if body == NO_ROWS {
        return Err(SourceError::NoBoard);
    }
    let parts = || {
        let row = body.strip_prefix(b"[{\"total\":")?.strip_suffix(b"}]")?;
        let (total, rest) = row.split_at(row.iter().position(|byte| !byte.is_ascii_digit())?);
        let total = std::str::from_utf8(total).ok()?.parse().ok()?;
        let contacts = rest.strip_prefix(b",\"contacts\":").filter(|json| is_array(json))?;
        Some(ContactPage { contacts_json: body.slice_ref(contacts), total })
    };
    parts().ok_or_else(|| no_shape("a page"))
}

fn is_array(json: &[u8]) -> bool {
    json.first() == Some(&b'[') && json.last() == Some(&b']')
}

fn no_total() -> SourceError {
    SourceError::Failed("an answer has no total".to_owned())
}

fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod query_safety;
#[cfg(test)]
mod tests;
