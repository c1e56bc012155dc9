//! A body of three pieces that are sent one after the other: the page is neither copied nor moved, however many are sent it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use dto::page::{self, CacheInfo};
use http_body::{Frame, SizeHint};

/// The pieces. Those that were sent are empty.
struct Spliced {
    pieces: [Bytes; 3],
    sent: usize,
}

/// The whole answer around a stored part.
pub fn spliced(stored_part: Bytes, info: &CacheInfo<'_>) -> Body {
    let pieces = [Bytes::from_static(page::OPENING), stored_part, page::closing(info).into()];
    Body::new(Spliced { pieces, sent: 0 })
}

impl http_body::Body for Spliced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Spliced { pieces, sent } = &mut *self;
        let piece = pieces.get_mut(*sent).map(std::mem::take);
        *sent += usize::from(piece.is_some());
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.sent == self.pieces.len()
    }

    /// Known from the start, so that the answer says how long it is.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.pieces.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use dto::cache_status::{CacheStatus, Source};
    use http_body::Body as _;

    use super::*;

    #[tokio::test]
    async fn the_pieces_are_the_whole_answer() {
        let info = CacheInfo {
            status: CacheStatus::Hit,
            source: Source::OriginMemory,
            ttl_secs: 180,
            edge_location: None,
            response_time_ms: 1,
            age_secs: 2,
            generation: "workspace=1",
        };
        let stored = Bytes::from_static(br#""contacts":[],"pagination":{}"#);
        let whole = page::render(&stored, &info);
        let body = spliced(stored, &info);
        assert_eq!(body.size_hint().exact(), Some(whole.len() as u64));
        assert_eq!(axum::body::to_bytes(body, usize::MAX).await.unwrap(), whole);
    }
}
