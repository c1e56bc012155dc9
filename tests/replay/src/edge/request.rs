//! Requests to the edge.

use edge_worker::http::request::{BodyError, Inbound};

/// A request.
#[derive(Debug)]
pub(crate) struct EdgeRequest {
    pub(crate) method: &'static str,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Inbound for EdgeRequest {
    fn method(&self) -> String {
        self.method.to_owned()
    }

    fn url(&self) -> String {
        format!("https://edge.example{}", self.target)
    }

    fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.body.len() > limit { Err(BodyError::TooLarge) } else { Ok(self.body.clone()) }
    }
}
