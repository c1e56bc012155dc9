//! A whole hit at the origin: a request as its listener hands it on, answered from memory, and the answer's body read to its end.
//!
//! Without the sockets: what hyper and the kernel do is the same for everybody, and is measured by `cargo xtask bench`.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{Request, StatusCode};
use cache_key::{ListQuery, MessagesQuery};
use dto::ContactCounts;
use dto::cors::AllowedOrigins;
use dto::settings::CacheSettings;
use identity::{InternalKeys, Role, TokenVerifier};
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use origin::app::App;
use origin::http::Front;
use origin::source::{
    Asker, ContactPage, ContactSource, ListedWorkspace, MessagePage, SourceError, StoredSettings,
};
use tokio::runtime::Runtime;

/// An origin that has the page.
pub struct WholeHit {
    runtime: Runtime,
    front: Front,
    token: String,
}

impl WholeHit {
    /// Starts an origin in this thread and asks it for the page until it has it.
    pub fn prepare(secret: &str, token: String, contacts_json: Bytes) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let verifier = TokenVerifier::hs256(secret).context("the secret is too short")?;
        let keys = InternalKeys::parse("an-internal-key-for-measurements")?;
        let front = runtime.block_on(async {
            let app = App::alone(Arc::new(OnePage(contacts_json)), verifier, keys, 1 << 20);
            origin::http::router(app, AllowedOrigins::default())
        });
        let hit = Self { runtime, front, token };
        hit.answer()?;
        Ok(hit)
    }

    /// Asks for the page once. Returns how many bytes the body has.
    pub fn answer(&self) -> Result<u64> {
        let request = Request::get("/api/boards/board_123/contacts?page=1")
            .header("authorization", &self.token)
            .header("x-workspace-id", "15213")
            .header("accept", "application/json")
            .body(Body::empty())?;
        self.runtime.block_on(async {
            let response = self.front.clone().answer(request).await;
            ensure!(response.status() == StatusCode::OK, "{}", response.status());
            let (mut body, mut bytes) = (response.into_body(), 0);
            while let Some(frame) =
                std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await
            {
                bytes += frame?.data_ref().map_or(0, Bytes::len) as u64;
            }
            Ok(bytes)
        })
    }
}

/// A source that has one page for whoever asks.
struct OnePage(Bytes);

/// What is not asked of it.
fn not_here<T>() -> Result<T, SourceError> {
    Err(SourceError::NotFound)
}

#[async_trait]
impl ContactSource for OnePage {
    async fn list_contacts(&self, _: Asker<'_>, _: &ListQuery, _: u64) -> Result<ContactPage, SourceError> {
        Ok(ContactPage { contacts_json: self.0.clone(), total: 50 })
    }

    async fn contact(&self, _: Asker<'_>, _: &WorkspaceId, _: &ContactId) -> Result<Bytes, SourceError> {
        not_here()
    }

    async fn messages(&self, _: Asker<'_>, _: &MessagesQuery) -> Result<MessagePage, SourceError> {
        not_here()
    }

    async fn contact_counts(
        &self,
        _: Asker<'_>,
        _: &WorkspaceId,
        _: Option<&UserId>,
        _: u64,
    ) -> Result<ContactCounts, SourceError> {
        not_here()
    }

    async fn settings(&self, _: Asker<'_>, _: &WorkspaceId) -> Result<Option<StoredSettings>, SourceError> {
        Ok(None)
    }

    async fn put_settings(
        &self,
        _: Asker<'_>,
        _: &WorkspaceId,
        _: &CacheSettings,
    ) -> Result<String, SourceError> {
        not_here()
    }

    async fn boards(&self, _: Asker<'_>, _: &WorkspaceId) -> Result<Vec<BoardId>, SourceError> {
        not_here()
    }

    async fn workspaces(&self, _: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError> {
        not_here()
    }

    async fn role(&self, _: Asker<'_>, _: &UserId, _: &WorkspaceId) -> Result<Option<Role>, SourceError> {
        Ok(Some(Role::Member))
    }

    async fn ready(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_answered_with_the_page() {
        let token = crate::token(crate::FAR_FUTURE_SECS).unwrap();
        let hit =
            WholeHit::prepare(crate::SECRET, format!("Bearer {token}"), "[{\"id\":\"c\"}]".into()).unwrap();
        assert!(hit.answer().unwrap() > 200);
    }
}
