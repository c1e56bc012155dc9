//! Files that are sent gzipped, and to whom.

use std::io::{self, Read as _, Write as _};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// Whether who sent these fields says that gzip is understood.
pub fn is_taken(request: &HeaderMap) -> bool {
    let codings = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|list| list.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
}

/// Compresses what is compressed once and sent often.
pub fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Undoes it. For what is ours alone: it expands whatever it is given.
pub fn expand(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut expanded = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut expanded)?;
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named() {
        let taken = |value: &'static str| {
            is_taken(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(taken("gzip") && taken("br, GZIP") && taken("deflate,gzip , br"));
        assert!(!taken("identity") && !taken("") && !taken("xgzip") && !taken("gzip;q=0"));
        assert!(!is_taken(&HeaderMap::new()));
    }

    #[test]
    fn what_was_compressed_expands_to_the_same() {
        let bytes = b"the same again, ".repeat(100);
        let compressed = compress(&bytes).unwrap();
        assert!(compressed.len() < bytes.len() / 10);
        assert_eq!(expand(&compressed).unwrap(), bytes);
        assert!(expand(b"no gzip").is_err());
    }
}
