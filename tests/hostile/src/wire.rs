//! Requests as bytes: what no HTTP client would send can be sent, and an answer is taken as it comes.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request: its first line, its header lines and its body, each to the letter.
#[derive(Debug, Clone)]
pub struct Raw {
    /// Without its line end: `GET /health HTTP/1.1`.
    pub line: Vec<u8>,
    /// Without their line ends. `Host`, `Connection: close` and `Content-Length` are added unless `is_complete`.
    pub headers: Vec<Vec<u8>>,
    /// What follows the head.
    pub body: Vec<u8>,
    /// Whether nothing is to be added.
    pub is_complete: bool,
}

impl Raw {
    /// A request without headers of its own.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            line: format!("{method} {target} HTTP/1.1").into_bytes(),
            headers: Vec::new(),
            body: Vec::new(),
            is_complete: false,
        }
    }

    /// With a header line of this name and value.
    pub fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut line = format!("{name}: ").into_bytes();
        line.extend_from_slice(value.as_ref());
        self.with_line(line)
    }

    /// With a header line as it is.
    pub fn with_line(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.headers.push(line.into());
        self
    }

    /// With a body of JSON, or of what claims to be that.
    pub fn with_json(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", "application/json")
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut bytes = self.line.clone();
        let mut line = |text: &[u8]| {
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(text);
        };
        if !self.is_complete {
            line(format!("Host: {host}").as_bytes());
            line(b"Connection: close");
            if !self.body.is_empty() {
                line(format!("Content-Length: {}", self.body.len()).as_bytes());
            }
        }
        for header in &self.headers {
            line(header);
        }
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it to `host` (`127.0.0.1:8080`) and reads until the connection is closed, or nothing more comes.
    pub async fn send(&self, host: &str) -> Result<Reply> {
        let mut stream = TcpStream::connect(host).await.context(host.to_owned())?;
        stream.set_nodelay(true)?;
        let mut bytes = Vec::new();
        let exchange = async {
            // A server that has heard enough closes the connection before all is written: its answer is there all the same.
            let _ = stream.write_all(&self.bytes(host)).await;
            let mut chunk = vec![0; 64 * 1024];
            loop {
                match timeout(self.quiet(), stream.read(&mut chunk)).await {
                    Ok(Ok(read)) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
                    _ => break,
                }
            }
        };
        let is_in_time = timeout(PATIENCE, exchange).await.is_ok();
        Ok(Reply { bytes, is_in_time })
    }

    /// How long to wait for more. A connection that the request does not ask to close may stay open.
    const fn quiet(&self) -> Duration {
        if self.is_complete { Duration::from_millis(400) } else { PATIENCE }
    }
}

/// All that a server has sent, which may be several answers, or none.
#[derive(Debug, Clone)]
pub struct Reply {
    /// To the letter.
    pub bytes: Vec<u8>,
    /// Whether it came to an end in time.
    pub is_in_time: bool,
}

/// The first answer of a reply.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, in small letters.
    pub head: String,
    /// What follows it, with the marks of chunks in it.
    pub body: Vec<u8>,
}

impl Reply {
    /// Every status in it: one for each answer.
    pub fn statuses(&self) -> Vec<u16> {
        let text = String::from_utf8_lossy(&self.bytes);
        let begins = text.match_indices("HTTP/1.").map(|(at, _)| at);
        begins.filter_map(|at| text.get(at + 9..at + 12)?.parse().ok()).collect()
    }

    /// The first answer; `None` if the server has closed the connection without one.
    pub fn first(&self) -> Option<Answer> {
        let end = self.bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&self.bytes[..end]).to_ascii_lowercase();
        let status = head.get(9..12)?.parse().ok()?;
        Some(Answer { status, head, body: self.bytes[end + 4..].to_vec() })
    }
}

impl Answer {
    /// The value of a header; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.head
            .split("\r\n")
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
            .unwrap_or_default()
    }

    /// The body without the marks of chunks.
    pub fn payload(&self) -> Vec<u8> {
        if !self.header("transfer-encoding").contains("chunked") {
            return self.body.clone();
        }
        let (mut rest, mut payload) = (self.body.as_slice(), Vec::new());
        while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
            let size =
                std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
            let Some(size) = size.filter(|size| *size > 0 && rest.len() >= end + 2 + size) else { break };
            payload.extend_from_slice(&rest[end + 2..end + 2 + size]);
            rest = rest.get(end + 4 + size..).unwrap_or_default();
        }
        payload
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.payload()).unwrap_or_default()
    }
}
