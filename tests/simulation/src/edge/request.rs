//! Requests to the edge.

use edge_worker::http::request::{BodyError, Inbound};

/// A request.
#[derive(Debug, Clone)]
pub struct EdgeRequest {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl EdgeRequest {
    /// A request of a reader.
    #[must_use]
    pub fn get(target: &str, headers: Vec<(&'static str, String)>) -> Self {
        Self { method: "GET", url: format!("https://edge.example{target}"), headers, body: Vec::new() }
    }

    /// A request of a backend, with the internal key.
    #[must_use]
    pub fn post(target: &str, key: &str, workspace: Option<&str>, body: String) -> Self {
        let mut headers = vec![(dto::headers::INTERNAL_AUTH, key.to_owned())];
        headers.extend(workspace.map(|workspace| (dto::headers::WORKSPACE_ID, workspace.to_owned())));
        Self {
            method: "POST",
            url: format!("https://edge.example{target}"),
            headers,
            body: body.into_bytes(),
        }
    }

    /// A request of an origin.
    pub(crate) fn signed(target: &str, signature: String, body: String) -> Self {
        Self {
            method: "POST",
            url: format!("https://edge.example{target}"),
            headers: vec![(dto::headers::INTERNAL_SIGNATURE, signature)],
            body: body.into_bytes(),
        }
    }
}

impl Inbound for EdgeRequest {
    fn method(&self) -> String {
        self.method.to_owned()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    async fn body(&self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.body.len() > limit { Err(BodyError::TooLarge) } else { Ok(self.body.clone()) }
    }
}
