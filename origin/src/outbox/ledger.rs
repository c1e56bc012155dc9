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

/// The longest answer of a ledger that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The ledger did not record.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the ledger did not record: {0}")]
pub struct LedgerError(pub String);

/// Records generations for the edge.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Has the ledger of a workspace record generations. When it returns, the ledger has them, or later ones: it raises each above what it held, and says
    /// to what.
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<View, LedgerError>;
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
            // Whoever sends us elsewhere is not the ledger.
            .redirect(reqwest::redirect::Policy::none())
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
    async fn record(&self, workspace: &WorkspaceId, view: &View) -> Result<View, LedgerError> {
        let update = LedgerUpdate { workspace: workspace.to_string(), generation: view.to_token() };
        let body = serde_json::to_vec(&update).map_err(|error| LedgerError(error.to_string()))?;
        let signature = self.sign(&body);
        let mut sent = self
            .client
            .post(&self.url)
            .header(headers::INTERNAL_SIGNATURE, signature)
            .header(CONTENT_TYPE, headers::JSON_CONTENT_TYPE)
            .body(body)
            .send()
            .await
            // Without the address: it is the operator's.
            .map_err(|error| LedgerError(error.without_url().to_string()))?;
        if !sent.status().is_success() {
            return Err(LedgerError(format!("status {}", sent.status().as_u16())));
        }
        let mut answer = Vec::new();
        while let Some(chunk) =
            sent.chunk().await.map_err(|error| LedgerError(error.without_url().to_string()))?
        {
            answer.extend_from_slice(&chunk);
            if answer.len() > MAX_ANSWER_BYTES {
                break;
            }
        }
        recorded(&answer, workspace, view).ok_or_else(|| {
            LedgerError("whatever answers under EDGE_URL is no ledger, or has recorded less".to_owned())
        })
    }
}

/// What an answer says that the ledger has, if that is all of `view`. A success alone does not say so: a login page or a catch-all answers with one too.
#[must_use]
pub fn recorded(answer: &[u8], workspace: &WorkspaceId, view: &View) -> Option<View> {
    let recorded: LedgerUpdate = serde_json::from_slice(answer).ok()?;
    let is_ours = recorded.workspace == workspace.as_str();
    let recorded = View::from_token(&recorded.generation).ok()?;
    (is_ours && recorded.speaks_for(view)).then_some(recorded)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::{IntoResponse as _, Redirect};
    use coherence::{Generation, Tag};

    use super::*;
    use crate::clock::SystemClock;

    /// Tells a ledger that answers so.
    async fn tell(status: u16, answer: &'static str) -> Result<View, LedgerError> {
        let there = Router::new()
            .route("/login", axum::routing::get(|| async { "<h1>Sign in</h1>" }))
            .fallback(move || async move {
                if status == 302 {
                    return Redirect::to("/login").into_response();
                }
                (axum::http::StatusCode::from_u16(status).unwrap(), answer).into_response()
            });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, there).await });
        let keys = InternalKeys::parse("an-internal-key-0123").unwrap();
        let ledger = EdgeLedger::new(&url, keys, Arc::new(SystemClock)).unwrap();
        let view = View::from_iter([(Tag::Counts, Generation::new(1000))]);
        ledger.record(&WorkspaceId::parse("w").unwrap(), &view).await
    }

    #[tokio::test]
    async fn only_a_ledger_that_says_what_it_recorded_is_believed() {
        assert!(tell(200, r#"{"workspace":"w","generation":"counts=1000"}"#).await.is_ok());
        assert!(tell(200, r#"{"workspace":"w","generation":"counts=1001,workspace=5"}"#).await.is_ok());
        assert!(tell(200, r#"{"workspace":"w","generation":"workspace=1000"}"#).await.is_ok());
        for (status, answer) in [
            (302, ""),
            (200, "<h1>Under maintenance</h1>"),
            (200, "{}"),
            (200, r#"{"workspace":"v","generation":"counts=1000"}"#),
            (200, r#"{"workspace":"w","generation":"counts=999"}"#),
            (200, r#"{"workspace":"w","generation":"members=1000"}"#),
            (200, r#"{"workspace":"w","generation":""}"#),
            (503, r#"{"workspace":"w","generation":"counts=1000"}"#),
        ] {
            assert!(tell(status, answer).await.is_err(), "{status} {answer}");
        }
    }
}
