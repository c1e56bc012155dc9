//! A user's token on its way to whoever is asked on the user's behalf.

use std::fmt;
use std::str;

use axum::http::HeaderValue;
use identity::{TokenError, bearer_token};

/// The token in an `Authorization` header: a part of the request's bytes, not a copy of it. It says nothing of whether it is genuine. Never printed.
#[derive(Clone)]
pub struct UserToken {
    authorization: HeaderValue,
    /// Where the token is in it.
    begins: usize,
    ends: usize,
}

impl UserToken {
    /// The bearer token of a header's value.
    pub fn of(authorization: &HeaderValue) -> Result<Self, TokenError> {
        let text = authorization.to_str().map_err(|_| TokenError::Missing)?;
        let token = bearer_token(Some(text))?;
        let begins = token.as_ptr().addr() - text.as_ptr().addr();
        Ok(Self { authorization: authorization.clone(), begins, ends: begins + token.len() })
    }

    /// The same of a value that has the usual form, without a look at the token's characters: `None` also for some that [`of`](Self::of) takes. For whoever
    /// knows the token, character for character.
    #[must_use]
    pub fn of_usual(authorization: &HeaderValue) -> Option<Self> {
        const BEGINS: &[u8] = b"Bearer ";
        let token = authorization.as_bytes().strip_prefix(BEGINS)?;
        let is_bare = token.first().is_some_and(|byte| *byte != b' ') && token.last() != Some(&b' ');
        is_bare.then(|| Self {
            authorization: authorization.clone(),
            begins: BEGINS.len(),
            ends: authorization.len(),
        })
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.authorization.as_bytes()[self.begins..self.ends]
    }

    /// The token as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // A token that was verified is ASCII; one that was not is no token.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_and_the_others_have_the_same_token() {
        for (value, usual) in [
            ("Bearer a.b.c", true),
            ("bearer a.b.c", false),
            ("Bearer  a.b.c", false),
            ("Bearer a.b.c ", false),
        ] {
            let value = HeaderValue::from_static(value);
            assert_eq!(UserToken::of(&value).unwrap().as_str(), "a.b.c", "{value:?}");
            let found = UserToken::of_usual(&value);
            assert_eq!(found.as_ref().map(UserToken::as_str), usual.then_some("a.b.c"), "{value:?}");
            assert_eq!(format!("{:?}", UserToken::of(&value)), "Ok(UserToken(…))");
        }
    }

    #[test]
    fn what_has_no_token_has_none_in_either_form() {
        for value in ["", "Bearer", "Bearer ", "Bearer  ", "Basic a", "Bearera"] {
            let value = HeaderValue::from_static(value);
            assert!(matches!(UserToken::of(&value), Err(TokenError::Missing)), "{value:?}");
            assert!(UserToken::of_usual(&value).is_none(), "{value:?}");
        }
        let not_ascii = HeaderValue::from_bytes(b"Bearer \xc3\xa4").unwrap();
        assert!(matches!(UserToken::of(&not_ascii), Err(TokenError::Missing)));
    }
}
