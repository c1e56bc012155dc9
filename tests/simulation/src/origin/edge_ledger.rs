//! The edge's ledger as an origin's outbox reaches it: `POST /internal/generations` at some location.

use std::sync::Arc;

use async_trait::async_trait;
use coherence::View;
use identity::{InternalKeys, RequestHead};
use ids::WorkspaceId;
use origin::clock::Clock as _;
use origin::outbox::{Ledger, LedgerError, recorded};
use tokio::sync::{mpsc, oneshot};

use super::life::Life;
use crate::clock::{SkewedClock, sleep_ms};
use crate::edge::request::EdgeRequest;
use crate::places::INTERNAL_KEY;

/// Where the edge takes generations.
const GENERATIONS: &str = "/internal/generations";
/// How long the outbox waits for the edge.
const TIMEOUT_MS: u64 = 5_000;

/// A request to some location, and where the status and the body of its answer go. The edge's isolates live on futures that are not `Send`, so
/// it is handed over.
pub(crate) type Errand = (EdgeRequest, oneshot::Sender<(u16, Vec<u8>)>);

/// The ledger as one origin process sees it.
pub(crate) struct LedgerAtTheEdge {
    pub(crate) life: Arc<Life>,
    pub(crate) errands: mpsc::UnboundedSender<Errand>,
    /// The process's own.
    pub(crate) clock: SkewedClock,
}

impl LedgerAtTheEdge {
    /// As `origin::outbox::EdgeLedger` signs.
    fn sign(&self, body: &str) -> Result<String, LedgerError> {
        let keys = InternalKeys::parse(INTERNAL_KEY).map_err(|error| LedgerError(error.to_string()))?;
        let head = RequestHead { method: "POST", target: GENERATIONS, header: &|_| None };
        Ok(keys.sign(&head, body.as_bytes(), self.clock.now_ms()))
    }
}

#[async_trait]
impl Ledger for LedgerAtTheEdge {
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<View, LedgerError> {
        self.life.go_on().await;
        let body = format!(r#"{{"workspace":"{workspace}","generation":"{}"}}"#, view.to_token());
        let request = EdgeRequest::signed(GENERATIONS, self.sign(&body)?, body);
        let (tell, told) = oneshot::channel();
        if self.errands.send((request, tell)).is_err() {
            sleep_ms(TIMEOUT_MS).await;
        }
        let answer = tokio::time::timeout(std::time::Duration::from_millis(TIMEOUT_MS), told).await;
        self.life.go_on().await;
        match answer {
            Ok(Ok((200..=299, body))) => recorded(&body, workspace, view)
                .ok_or_else(|| LedgerError("the ledger has recorded less".to_owned())),
            Ok(Ok((status, _))) => Err(LedgerError(format!("status {status}"))),
            _ => Err(LedgerError("no answer".to_owned())),
        }
    }
}
