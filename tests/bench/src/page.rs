//! The page that everybody serves, as the origin answers it.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use serde_json::Value;

/// An answer, to be repeated by those who know no better.
pub struct Page {
    /// Headers, those of the connection left out.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

impl Page {
    /// Reads a page until `source` answers it: the first time it is loaded, and then it is there.
    pub async fn from(
        client: &reqwest::Client,
        url: &str,
        headers: &[(&str, &str)],
        source: &str,
    ) -> Result<Self> {
        for _ in 0..200 {
            let mut request = client.get(url);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = request.send().await?;
            let status = answer.status();
            let names = answer.headers().clone();
            let body = answer.bytes().await?;
            ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
            let json: Value = serde_json::from_slice(&body)?;
            if json["data"]["_cache"]["source"] == source {
                let kept =
                    names.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
                let headers = kept
                    .map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned())))
                    .collect::<Result<_>>()?;
                return Ok(Self { headers, body });
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        None.with_context(|| format!("{source} never answered"))
    }
}
