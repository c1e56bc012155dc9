//! Invalidations, and what becomes of them on their way to the edge and from the database.

use async_trait::async_trait;
use coherence::View;
use ids::WorkspaceId;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::outbox::{Ledger, LedgerError};

/// Invalidations that this process minted.
#[derive(Debug)]
pub struct Invalidations {
    acknowledged: Counter,
    refused: Counter,
    entries: Counter,
}

impl Invalidations {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let family = Family::<[(&str, &str); 1], Counter>::default();
        let counter = |outcome| family.get_or_create_owned(&[("outcome", outcome)]);
        let entries = Counter::default();
        let these = Self {
            acknowledged: counter("acknowledged"),
            refused: counter("refused"),
            entries: entries.clone(),
        };
        registry.register(
            "invalidations",
            "Invalidations that were asked for, by whether they were recorded, and made durable where there is an edge",
            family,
        );
        registry.register(
            "invalidated_entries",
            "Entries of the shared cache that invalidations made unreachable",
            entries,
        );
        these
    }

    /// One was recorded, and made so many entries unreachable.
    pub fn acknowledged(&self, entries: u64) {
        self.acknowledged.inc();
        self.entries.inc_by(entries);
    }

    /// How many entries became unreachable so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries.get()
    }

    /// One could not be recorded, or not be made durable.
    pub fn refused(&self) {
        self.refused.inc();
    }
}

/// What was sent to the edge's ledger, and what came from the database's change feed.
#[derive(Debug, Clone)]
pub struct Deliveries {
    forwarded: Counter,
    failed: Counter,
    changes: Counter,
    dropped: Counter,
}

impl Deliveries {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let messages = Family::<[(&str, &str); 1], Counter>::default();
        let changes = Family::<[(&str, &str); 1], Counter>::default();
        let message = |outcome| messages.get_or_create_owned(&[("outcome", outcome)]);
        let change = |outcome| changes.get_or_create_owned(&[("outcome", outcome)]);
        let these = Self {
            forwarded: message("forwarded"),
            failed: message("failed"),
            changes: change("delivered"),
            dropped: change("dropped"),
        };
        registry.register("outbox_deliveries", "Messages to the edge's ledger, by how they ended", messages);
        registry.register(
            "change_feed_changes",
            "Changes taken from the database's feed: delivered, or dropped because they make no sense",
            changes,
        );
        these
    }

    /// Changes of the feed were invalidated and are done with.
    pub fn changes_delivered(&self, changes: usize) {
        self.changes.inc_by(changes as u64);
    }

    /// A change of the feed made no sense.
    pub fn change_dropped(&self) {
        self.dropped.inc();
    }
}

/// A ledger whose deliveries are counted.
pub struct MeasuredLedger<L> {
    ledger: L,
    deliveries: Deliveries,
}

impl<L: Ledger> MeasuredLedger<L> {
    /// Counts what is sent to `ledger`.
    pub fn new(ledger: L, deliveries: Deliveries) -> Self {
        Self { ledger, deliveries }
    }
}

#[async_trait]
impl<L: Ledger> Ledger for MeasuredLedger<L> {
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<View, LedgerError> {
        let outcome = self.ledger.record(workspace, view).await;
        match &outcome {
            Ok(_) => self.deliveries.forwarded.inc(),
            Err(_) => self.deliveries.failed.inc(),
        };
        outcome
    }
}
