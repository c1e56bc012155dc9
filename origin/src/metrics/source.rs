//! The contact source: how long its answers took, and how it failed.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use cache_key::{ListQuery, MessagesQuery};
use dto::ContactCounts;
use dto::settings::CacheSettings;
use identity::Role;
use ids::{BoardId, ContactId, UserId, WorkspaceId};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

use super::latency::Latency;
use crate::source::{
    Asker, ContactPage, ContactSource, ListedWorkspace, MessagePage, SourceError, StoredSettings,
};

/// The kinds of failure, in the order of [`kind`].
const KINDS: [&str; 7] =
    ["no_board", "not_found", "forbidden", "refused", "timeout", "unreachable", "failed"];

const fn kind(error: &SourceError) -> usize {
    match error {
        SourceError::NoBoard => 0,
        SourceError::NotFound => 1,
        SourceError::Forbidden => 2,
        SourceError::Refused => 3,
        SourceError::Timeout => 4,
        SourceError::Unreachable(_) => 5,
        SourceError::Failed(_) => 6,
    }
}

/// The figures of one operation.
#[derive(Debug, Clone)]
struct Operation {
    took: Latency,
    errors: [Counter; KINDS.len()],
}

/// The figures of the source.
#[derive(Debug, Clone)]
pub struct SourceFigures {
    list_contacts: Operation,
    contact: Operation,
    messages: Operation,
    contact_counts: Operation,
    settings: Operation,
    put_settings: Operation,
    boards: Operation,
    workspaces: Operation,
    role: Operation,
    ready: Operation,
}

impl SourceFigures {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let took = Family::<[(&str, &str); 1], Latency>::default();
        let errors = Family::<[(&str, &str); 2], Counter>::default();
        let operation = |operation| Operation {
            took: took.get_or_create_owned(&[("operation", operation)]),
            errors: KINDS.map(|kind| errors.get_or_create_owned(&[("operation", operation), ("kind", kind)])),
        };
        let figures = Self {
            list_contacts: operation("list_contacts"),
            contact: operation("contact"),
            messages: operation("messages"),
            contact_counts: operation("contact_counts"),
            settings: operation("settings"),
            put_settings: operation("put_settings"),
            boards: operation("boards"),
            workspaces: operation("workspaces"),
            role: operation("role"),
            ready: operation("ready"),
        };
        registry.register_with_unit(
            "source_duration",
            "How long the contact source took to answer, or to fail",
            Unit::Seconds,
            took,
        );
        registry.register("source_errors", "Questions that the contact source did not answer", errors);
        figures
    }
}

impl Operation {
    async fn measure<T>(&self, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
        let began = Instant::now();
        let outcome = work.await;
        self.took.observe(began.elapsed());
        if let Err(error) = &outcome {
            self.errors[kind(error)].inc();
        }
        outcome
    }
}

/// A source that is measured.
pub struct MeasuredSource {
    source: Arc<dyn ContactSource>,
    figures: SourceFigures,
}

impl MeasuredSource {
    /// Measures what is asked of `source`.
    #[must_use]
    pub fn new(source: Arc<dyn ContactSource>, figures: SourceFigures) -> Self {
        Self { source, figures }
    }
}

#[async_trait]
impl ContactSource for MeasuredSource {
    async fn list_contacts(
        &self,
        asker: Asker<'_>,
        query: &ListQuery,
        now_secs: u64,
    ) -> Result<ContactPage, SourceError> {
        self.figures.list_contacts.measure(self.source.list_contacts(asker, query, now_secs)).await
    }

    async fn contact(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        contact: &ContactId,
    ) -> Result<Bytes, SourceError> {
        self.figures.contact.measure(self.source.contact(asker, workspace, contact)).await
    }

    async fn messages(&self, asker: Asker<'_>, query: &MessagesQuery) -> Result<MessagePage, SourceError> {
        self.figures.messages.measure(self.source.messages(asker, query)).await
    }

    async fn contact_counts(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        user: Option<&UserId>,
        now_secs: u64,
    ) -> Result<ContactCounts, SourceError> {
        let counting = self.source.contact_counts(asker, workspace, user, now_secs);
        self.figures.contact_counts.measure(counting).await
    }

    async fn settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
    ) -> Result<Option<StoredSettings>, SourceError> {
        self.figures.settings.measure(self.source.settings(asker, workspace)).await
    }

    async fn put_settings(
        &self,
        asker: Asker<'_>,
        workspace: &WorkspaceId,
        settings: &CacheSettings,
    ) -> Result<String, SourceError> {
        self.figures.put_settings.measure(self.source.put_settings(asker, workspace, settings)).await
    }

    async fn boards(&self, asker: Asker<'_>, workspace: &WorkspaceId) -> Result<Vec<BoardId>, SourceError> {
        self.figures.boards.measure(self.source.boards(asker, workspace)).await
    }

    async fn workspaces(&self, asker: Asker<'_>) -> Result<Vec<ListedWorkspace>, SourceError> {
        self.figures.workspaces.measure(self.source.workspaces(asker)).await
    }

    async fn role(
        &self,
        asker: Asker<'_>,
        user: &UserId,
        workspace: &WorkspaceId,
    ) -> Result<Option<Role>, SourceError> {
        self.figures.role.measure(self.source.role(asker, user, workspace)).await
    }

    async fn ready(&self) -> Result<(), SourceError> {
        self.figures.ready.measure(self.source.ready()).await
    }
}
