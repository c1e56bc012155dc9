//! Validated identifiers.
//!
//! An id is 1 to 64 characters of `[A-Za-z0-9_-]`: every slug, integer and UUID fits, and no id can contain a
//! character that means something in a cache key (`:`), a Redis hash tag (`{`), a `PostgREST` filter (`,`, `(`, `.`),
//! a header or a path. Whoever holds one of these types may put it into any of them without quoting.

use std::fmt;
use std::sync::Arc;

/// The longest id, in bytes.
pub const MAX_ID_LEN: usize = 64;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdError {
    /// The text has no character.
    Empty,
    /// The text has more than [`MAX_ID_LEN`] bytes.
    TooLong,
    /// A character is not one of `[A-Za-z0-9_-]`.
    Character,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "must not be empty",
            Self::TooLong => "must have at most 64 characters",
            Self::Character => "must consist of letters, digits, '_' and '-'",
        })
    }
}

impl std::error::Error for IdError {}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_ID_LEN {
        return Err(IdError::TooLong);
    }
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        Ok(())
    } else {
        Err(IdError::Character)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text that is an id, or says why it is none.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), &self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// A workspace: the tenant, and the border that no cached data crosses.
    WorkspaceId
);
id!(
    /// A board of a workspace.
    BoardId
);
id!(
    /// A column of a board.
    ColumnId
);
id!(
    /// A contact.
    ContactId
);
id!(
    /// A user: the `sub` of a verified token.
    UserId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_integers_and_uuids_are_ids() {
        for text in ["15213", "board_123", "0b8f8f0e-4c7e-4a37-9d4b-9c0f1f6b7a11", "A"] {
            assert_eq!(WorkspaceId::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn nothing_that_means_something_elsewhere_is_an_id() {
        for text in ["a:b", "a{b}", "a,b", "a.b", "a b", "a/b", "a%2f", "ä", "a\n", "*", "\u{0430}"] {
            assert_eq!(BoardId::parse(text), Err(IdError::Character), "{text:?}");
        }
        assert_eq!(BoardId::parse(""), Err(IdError::Empty));
        assert_eq!(BoardId::parse(&"a".repeat(65)), Err(IdError::TooLong));
    }
}
