//! An answer on its way into a connection.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use axum::body::{Body, HttpBody as _};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, DATE};
use axum::http::{HeaderMap, Response, StatusCode};
use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// More than the head of a page has, in bytes.
const HEAD_BYTES: usize = 1024;
/// The pieces that are written at once: a head, and what a page has.
const PIECES: usize = 8;

/// Writes an answer. One that cannot be written for so long that its client takes nothing is given up, and with it the connection.
pub(super) async fn write(
    stream: &mut TcpStream,
    response: Response<Body>,
    is_last: bool,
    patience: Duration,
) -> io::Result<()> {
    let (head, body) = response.into_parts();
    // What is answered here is there as a whole: an entry in memory, or an error.
    let pieces = pieces_of(body).await?;
    let body_len = pieces.iter().map(Bytes::len).sum();
    let head = head_of(head.status, &head.headers, body_len, is_last);
    let written = write_some(stream, &head, &pieces)?;
    if written == head.len() + body_len {
        return Ok(());
    }
    let mut written = written;
    for piece in std::iter::once(&head[..]).chain(pieces.iter().map(|piece| &piece[..])) {
        let skipped = piece.len().min(written);
        written -= skipped;
        let mut left = &piece[skipped..];
        while !left.is_empty() {
            match timeout(patience, stream.write(left)).await.map_err(io::Error::from)?? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                taken => left = &left[taken..],
            }
        }
    }
    Ok(())
}

/// What the connection takes at once, of all of it.
fn write_some(stream: &TcpStream, head: &[u8], pieces: &[Bytes]) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); PIECES];
    slices[0] = IoSlice::new(head);
    for (slice, piece) in slices[1..].iter_mut().zip(pieces) {
        *slice = IoSlice::new(piece);
    }
    match stream.try_write_vectored(&slices[..PIECES.min(pieces.len() + 1)]) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        taken => taken,
    }
}

async fn pieces_of(mut body: Body) -> io::Result<Vec<Bytes>> {
    let mut pieces = Vec::with_capacity(3);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        pieces.extend(frame.map_err(io::Error::other)?.into_data().ok());
    }
    Ok(pieces)
}

/// Status line and headers (RFC 9112).
fn head_of(status: StatusCode, fields: &HeaderMap, body_len: usize, is_last: bool) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(status.as_str().as_bytes());
    head.push(b' ');
    head.extend_from_slice(status.canonical_reason().unwrap_or("").as_bytes());
    let mut line = |name: &str, value: &[u8]| {
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
    };
    for (name, value) in fields {
        line(name.as_str(), value.as_bytes());
    }
    // A 304 has no body and speaks of one (RFC 9110, 15.4.5): its length would be that of the page.
    if status != StatusCode::NOT_MODIFIED && !fields.contains_key(CONTENT_LENGTH) {
        line(CONTENT_LENGTH.as_str(), itoa::Buffer::new().format(body_len).as_bytes());
    }
    if is_last {
        line(CONNECTION.as_str(), b"close");
    }
    if !fields.contains_key(DATE) {
        with_date(|date| line(DATE.as_str(), date));
    }
    head.extend_from_slice(b"\r\n\r\n");
    head
}

/// Hands out the time of day as HTTP has it, written once a second.
fn with_date(take: impl FnOnce(&[u8])) {
    thread_local! {
        static WRITTEN: RefCell<(u64, Vec<u8>)> = const { RefCell::new((u64::MAX, Vec::new())) };
    }
    let secs = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    WRITTEN.with_borrow_mut(|(written, text)| {
        if *written != secs {
            *written = secs;
            text.clear();
            // Writing to memory fails for nobody.
            let _ = write!(
                text,
                "{}",
                httpdate::HttpDate::from(SystemTime::UNIX_EPOCH + Duration::from_secs(secs))
            );
        }
        take(text);
    });
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::ETAG;

    use super::*;

    fn text(status: StatusCode, is_last: bool) -> String {
        let mut fields = HeaderMap::new();
        fields.insert(ETAG, HeaderValue::from_static("\"a\""));
        String::from_utf8(head_of(status, &fields, 12, is_last)).unwrap()
    }

    #[test]
    fn a_head_says_how_long_its_answer_is_and_when_it_was_given() {
        let head = text(StatusCode::OK, false);
        let (known, date) = head.split_once("date: ").unwrap();
        assert_eq!(known, "HTTP/1.1 200 OK\r\netag: \"a\"\r\ncontent-length: 12\r\n");
        assert!(date.ends_with(" GMT\r\n\r\n"), "{date}");
        assert!(httpdate::parse_http_date(date.trim_end()).is_ok());
        assert!(text(StatusCode::SERVICE_UNAVAILABLE, true).contains("\r\nconnection: close\r\n"));
        assert!(!text(StatusCode::NOT_MODIFIED, false).contains("content-length"));
    }
}
