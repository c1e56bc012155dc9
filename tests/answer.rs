//! An answer as a test looks at it.

use anyhow::{Context as _, Result, ensure};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where it is empty or not JSON.
    pub json: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn read(response: reqwest::Response) -> Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { status, headers, json, text })
    }

    /// A header, empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `_cache.status` and `_cache.source`.
    #[must_use]
    pub fn cache(&self) -> (&str, &str) {
        let text = |pointer: &str| self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        (text("/data/_cache/status"), text("/data/_cache/source"))
    }

    /// The contacts of a page.
    pub fn contacts(&self) -> Result<&Vec<Value>> {
        self.json.pointer("/data/contacts").and_then(Value::as_array).with_context(|| self.text.clone())
    }

    /// The value of a field of the first contact.
    pub fn first(&self, field: &str) -> Result<&Value> {
        self.contacts()?.first().and_then(|contact| contact.get(field)).with_context(|| self.text.clone())
    }

    /// The failure's code and field, after checking that it is the envelope of a failure and must not be stored.
    pub fn failure(&self) -> Result<(&str, Option<&str>)> {
        ensure!(self.json.get("success") == Some(&Value::Bool(false)), "no failure envelope: {}", self.text);
        ensure!(self.header("cache-control") == "no-store", "a failure may be stored: {:?}", self.headers);
        let error = self.json.get("error").context("no error")?;
        ensure!(
            error.get("message").and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
            "no message"
        );
        let code = error.get("code").and_then(Value::as_str).context("no code")?;
        Ok((code, error.get("field").and_then(Value::as_str)))
    }
}
