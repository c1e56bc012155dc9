//! Search terms: untrusted text, normalised once, and represented in keys by a digest.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The longest search term, in characters.
pub const MAX_SEARCH_CHARS: usize = 200;

/// A search term: trimmed, ASCII letters in lower case, 1 to [`MAX_SEARCH_CHARS`] characters, no control characters and no U+FFFD.
///
/// Search ignores the case of ASCII letters, so terms that differ in it alone are one term and share their pages.
/// `Debug` does not print the text: a search term is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchTerm(String);

/// Why a text is not a search term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchTermError {
    /// More than [`MAX_SEARCH_CHARS`] characters.
    TooLong,
    /// A control character.
    Control,
    /// U+FFFD, which stands where a query string was no UTF-8: it would be searched for, in vain.
    NotUtf8,
}

impl SearchTerm {
    /// Reads a search term; `None` for one that is empty once trimmed, which means "no search".
    pub fn parse(text: &str) -> Result<Option<Self>, SearchTermError> {
        // Checked in bytes first, so that a huge text costs nothing.
        if text.len() > 4 * 4 * MAX_SEARCH_CHARS {
            return Err(SearchTermError::TooLong);
        }
        let text = text.trim();
        if text.chars().count() > MAX_SEARCH_CHARS {
            return Err(SearchTermError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(SearchTermError::Control);
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Err(SearchTermError::NotUtf8);
        }
        Ok((!text.is_empty()).then(|| Self(text.to_ascii_lowercase())))
    }

    /// The normalised text, for the source alone: never for a key, a log or a metric.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for the term in a key: 32 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn digest(&self) -> String {
        use std::fmt::Write as _;
        Sha256::digest(self.0.as_bytes())[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl fmt::Debug for SearchTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchTerm(…)")
    }
}
