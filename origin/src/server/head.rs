//! The head of a request, read from the bytes of a connection: of one that is plain, and of no other.
//!
//! Whatever is not entirely plain is left where it lies, byte for byte, to be read by hyper, which has the last word on what is a request: a body
//! or the announcement of one, another version, a connection that is to be closed or to become something else, a line too many. So
//! nothing is framed here but a request that ends where its head does, and no two readers can see its end in different places.

use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, Uri};
use bytes::{Bytes, BytesMut};

use super::MAX_HEAD_BYTES;

/// What the bytes of a request begin with that may be plain.
const BEGINNINGS: [&[u8]; 2] = [b"GET /api/boards/", b"GET /internal/boards/"];
/// The most header lines that a plain request has.
const MAX_LINES: usize = 64;
/// Headers that say where a request ends, or what becomes of the connection.
const FRAMING: [HeaderName; 6] = [CONTENT_LENGTH, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// What the bytes are that have arrived.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lies on the stack, and is taken apart at once")]
pub(super) enum Head<T> {
    /// A request, taken out of them, and what it is to whoever answers it.
    Plain(T, Parts),
    /// Perhaps the beginning of one.
    Unfinished,
    /// Nothing that is read here. They are untouched.
    Other,
}

/// Takes a plain request out of what has arrived, if that begins with one that `judge` has an answer to. The first `seen` bytes were looked at
/// before, and do not hold the end of a head.
pub(super) fn take<T>(
    arrived: &mut BytesMut,
    seen: usize,
    judge: impl FnOnce(&Parts) -> Option<T>,
) -> Head<T> {
    let begins = |with: &[u8]| std::iter::zip(with, &*arrived).all(|(wanted, byte)| wanted == byte);
    if !BEGINNINGS.into_iter().any(begins) {
        return Head::Other;
    }
    // Not read anew for each byte that a slow client sends.
    if !ends_a_head(arrived, seen) {
        return Head::Unfinished;
    }
    let bytes = arrived.split().freeze();
    if let Some((head, len)) = parse(&bytes)
        && let Some(judged) = judge(&head)
    {
        // Mostly nothing.
        arrived.extend_from_slice(&bytes[len..]);
        return Head::Plain(judged, head);
    }
    *arrived = bytes.into();
    Head::Other
}

/// Whether an empty line is among what has arrived, the first line aside.
fn ends_a_head(arrived: &[u8], seen: usize) -> bool {
    arrived.ends_with(b"\r\n\r\n")
        || arrived[seen.saturating_sub(2)..]
            .windows(3)
            .any(|bytes| bytes == b"\n\r\n" || bytes[..2] == *b"\n\n")
        || arrived.ends_with(b"\n\n")
}

/// The request at the beginning, if it is plain, and where it ends.
fn parse(bytes: &Bytes) -> Option<(Parts, usize)> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut read = httparse::Request::new(&mut lines);
    let httparse::Status::Complete(len) = read.parse(bytes).ok()? else { return None };
    if len > MAX_HEAD_BYTES {
        return None;
    }
    if (read.method, read.version) != (Some("GET"), Some(1)) {
        return None;
    }
    let mut fields = HeaderMap::with_capacity(read.headers.len());
    for line in &*read.headers {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        let keeps_alive = || line.value.eq_ignore_ascii_case(b"keep-alive");
        if FRAMING.contains(&name) || (name == CONNECTION && !keeps_alive()) {
            return None;
        }
        fields.append(name, HeaderValue::from_maybe_shared(bytes.slice_ref(line.value)).ok()?);
    }
    let (mut head, ()) = Request::new(()).into_parts();
    head.uri = Uri::from_maybe_shared(bytes.slice_ref(read.path?.as_bytes())).ok()?;
    head.headers = fields;
    Some((head, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> (Head<()>, BytesMut) {
        let mut arrived = BytesMut::from(text);
        let head = take(&mut arrived, 0, |_| Some(()));
        (head, arrived)
    }

    #[test]
    fn a_plain_request_is_taken_and_what_follows_is_left() {
        let (head, left) = taken(
            "GET /api/boards/b/contacts?page=2 HTTP/1.1\r\nHost: o\r\nX-A: 1\r\nX-A:  2 \r\nConnection: Keep-Alive\r\n\r\nGET /",
        );
        let Head::Plain((), head) = head else { panic!("{head:?}") };
        assert_eq!((head.uri.path(), head.uri.query()), ("/api/boards/b/contacts", Some("page=2")));
        let twice: Vec<_> = head.headers.get_all("x-a").iter().collect();
        assert_eq!(twice, ["1", "2"]);
        assert_eq!(&left[..], b"GET /");
    }

    #[test]
    fn what_is_not_plain_is_left_untouched() {
        let plain = "GET /api/boards/b/contacts HTTP/1.1\r\nHost: o\r\n";
        let mut others: Vec<String> = [
            "Content-Length: 0",
            "Content-Length: 5",
            "Transfer-Encoding: chunked",
            "Connection: close",
            "Connection: keep-alive, x-workspace-id",
            "Expect: 100-continue",
            "Upgrade: h2c",
            "TE: trailers",
            "X-Folded: a\r\n b",
            "X Spaced: a",
            "X-Spaced : a",
            ": nameless",
            "no colon",
            "X-Nul: a\0b",
        ]
        .iter()
        .map(|line| format!("{plain}{line}\r\n\r\n"))
        .collect();
        others.extend(
            [
                "POST /api/boards/b/contacts HTTP/1.1\r\n\r\n",
                "GET /api/boards/b/contacts HTTP/1.0\r\n\r\n",
                "GET /api/boards/b/contacts\r\n\r\n",
                "GET  /api/boards/b/contacts HTTP/1.1\r\n\r\n",
                "GET /api/boards/b c/contacts HTTP/1.1\r\n\r\n",
                "GET http://o/api/boards/b/contacts HTTP/1.1\r\n\r\n",
                "GET /health HTTP/1.1\r\n\r\n",
                "\r\nGET /api/boards/b/contacts HTTP/1.1\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            ]
            .map(str::to_owned),
        );
        others.push(format!("{plain}{}\r\n", "X-Many: 1\r\n".repeat(MAX_LINES)));
        others.push(format!("{plain}X-Long: {}\r\n\r\n", "a".repeat(MAX_HEAD_BYTES)));
        for text in others {
            let (head, left) = taken(&text);
            assert!(matches!(head, Head::Other), "{text:?}: {head:?}");
            assert_eq!(left, text.as_bytes());
        }
    }

    #[test]
    fn what_nobody_here_answers_is_left_untouched() {
        let text = "GET /api/boards/b/contacts HTTP/1.1\r\n\r\n";
        let mut arrived = BytesMut::from(text);
        assert!(matches!(take(&mut arrived, 0, |_| None::<()>), Head::Other));
        assert_eq!(arrived, text.as_bytes());
    }

    #[test]
    fn a_head_may_arrive_in_any_pieces() {
        let text = b"GET /api/boards/b/contacts HTTP/1.1\r\nHost: o\r\n\r\n";
        let (mut arrived, mut seen) = (BytesMut::new(), 0);
        for byte in &text[..text.len() - 1] {
            arrived.extend_from_slice(&[*byte]);
            assert!(matches!(take(&mut arrived, seen, |_| Some(())), Head::Unfinished), "{arrived:?}");
            seen = arrived.len();
        }
        arrived.extend_from_slice(b"\n");
        assert!(matches!(take(&mut arrived, seen, |_| Some(())), Head::Plain((), _)));
        assert!(arrived.is_empty());
    }

    #[test]
    fn lines_may_end_as_hyper_takes_them() {
        for text in
            ["GET /api/boards/b/contacts HTTP/1.1\nHost: o\n\n", "GET /api/boards/b/contacts HTTP/1.1\n\r\n"]
        {
            let (head, _) = taken(text);
            assert!(matches!(head, Head::Plain((), _)), "{text:?}");
        }
    }
}
