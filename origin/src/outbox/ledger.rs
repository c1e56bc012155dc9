//! The edge's generation ledger, as the origin sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use coherence::View;
use dto::headers;
use dto::internal::LedgerUpdate;
use http::header::CONTENT_TYPE;
use identity::{InternalKeys, RequestHead};
use ids::WorkspaceId;

use crate::clock::Clock;

/// The ledger did not record.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the ledger did not record: {0}")]
pub struct LedgerError(pub String);

/// Records generations for the edge.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Merges generations into the ledger of a workspace. When it returns, the ledger has them.
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<(), LedgerError>;
}

/// The ledger behind `EDGE_URL`.
pub struct EdgeLedger {
    url: String,
    /// Path and query of `url`: what is signed.
    target: String,
    keys: InternalKeys,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl EdgeLedger {
    /// The ledger of the edge at `edge_url`.
    pub fn new(edge_url: &str, keys: InternalKeys, clock: Arc<dyn Clock>) -> Result<Self, LedgerError> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| LedgerError(error.to_string()))?;
        let url = format!("{}/internal/generations", edge_url.trim_end_matches('/'));
        let parsed: http::Uri = url.parse().map_err(|_| LedgerError("EDGE_URL is no URL".to_owned()))?;
        let target = parsed.path().to_owned();
        Ok(Self { url, target, keys, clock, client })
    }
}

impl EdgeLedger {
    fn sign(&self, body: &[u8]) -> String {
        let head = RequestHead { method: "POST", target: &self.target, header: &|_| None };
        self.keys.sign(&head, body, self.clock.now_ms())
    }
}

#[async_trait]
impl Ledger for EdgeLedger {
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<(), LedgerError> {
        let update = LedgerUpdate { workspace: workspace.to_string(), generation: view.to_token() };
        let body = serde_json::to_vec(&update).map_err(|error| LedgerError(error.to_string()))?;
        let signature = self.sign(&body);
        let sent = self
            .client
            .post(&self.url)
            .header(headers::INTERNAL_SIGNATURE, signature)
            .header(CONTENT_TYPE, headers::JSON_CONTENT_TYPE)
            .body(body)
            .send()
            .await
            // Without the address: it is the operator's.
            .map_err(|error| LedgerError(error.without_url().to_string()))?;
        if sent.status().is_success() {
            Ok(())
        } else {
            Err(LedgerError(format!("status {}", sent.status().as_u16())))
        }
    }
}
