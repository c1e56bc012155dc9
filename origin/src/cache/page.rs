//! A cached page: an encoded entry, decoded once, ready to send in either form.

use bytes::Bytes;
use coherence::{DecodeError, EntryHeader, Stamp};
use http::HeaderValue;

/// An entry in its encoding, with what answers need of it prepared. The body is a slice of the same bytes.
#[derive(Debug, Clone)]
pub struct CachedPage {
    encoded: Bytes,
    body: Bytes,
    header: EntryHeader,
    etag: HeaderValue,
    token: HeaderValue,
}

impl CachedPage {
    /// Decodes an entry. The bytes are kept, not copied.
    pub fn decode(encoded: Bytes) -> Result<Self, DecodeError> {
        let entry = coherence::decode(&encoded)?;
        let body = encoded.slice_ref(entry.body);
        let header = entry.header;
        let field = |text: String| HeaderValue::try_from(text).map_err(|_| DecodeError::Malformed);
        let (etag, token) = (field(header.etag_value())?, field(header.stamp.to_token())?);
        Ok(Self { encoded, body, header, etag, token })
    }

    /// The entry as it travels.
    #[must_use]
    pub fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    /// The same without what it was read from: only who keeps the log of changes can make anything of that.
    pub fn for_edge(&self) -> Result<Bytes, DecodeError> {
        if self.header.read_set.is_none() {
            return Ok(self.encoded.clone());
        }
        self.encoded_under(&EntryHeader { read_set: None, ..self.header.clone() })
    }

    /// The same page under another stamp. It is as old as it was: its lifetime goes on.
    pub fn restamped(&self, stamp: Stamp) -> Result<Self, DecodeError> {
        Self::decode(self.encoded_under(&EntryHeader { stamp, ..self.header.clone() })?)
    }

    fn encoded_under(&self, header: &EntryHeader) -> Result<Bytes, DecodeError> {
        coherence::encode(header, &self.body).map(Bytes::from)
    }

    /// The page: the part of an answer that is stored.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// All but the page.
    #[must_use]
    pub fn header(&self) -> &EntryHeader {
        &self.header
    }

    /// The value of `ETag`.
    #[must_use]
    pub fn etag(&self) -> &HeaderValue {
        &self.etag
    }

    /// The stamp as a token, for `X-Cache-Generation`.
    #[must_use]
    pub fn token(&self) -> &HeaderValue {
        &self.token
    }

    /// Roughly what it weighs in memory, in bytes.
    #[must_use]
    pub fn weight(&self) -> u32 {
        u32::try_from(self.encoded.len() + self.etag.len() + self.token.len() + 512).unwrap_or(u32::MAX)
    }
}
