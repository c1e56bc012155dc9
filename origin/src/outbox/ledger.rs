//! The edge's generation ledger, as the origin sees it.

use std::time::Duration;

use async_trait::async_trait;
use coherence::View;
use dto::headers;
use dto::internal::LedgerUpdate;
use ids::WorkspaceId;

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
    internal_key: String,
    client: reqwest::Client,
}

impl EdgeLedger {
    /// The ledger of the edge at `edge_url`.
    pub fn new(edge_url: &str, internal_key: &str) -> Result<Self, LedgerError> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| LedgerError(error.to_string()))?;
        let url = format!("{}/internal/generations", edge_url.trim_end_matches('/'));
        Ok(Self { url, internal_key: internal_key.to_owned(), client })
    }
}

#[async_trait]
impl Ledger for EdgeLedger {
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<(), LedgerError> {
        let update = LedgerUpdate { workspace: workspace.to_string(), generation: view.to_token() };
        let sent = self
            .client
            .post(&self.url)
            .header(headers::INTERNAL_AUTH, &self.internal_key)
            .json(&update)
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
