//! The failure envelope, and the one place where a failure gets its status.

use std::borrow::Cow;
use std::fmt;

use cache_key::{ParamError, QueryError};
use identity::TokenError;
use serde::Serialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal;)*) => {
        /// What went wrong, as a word for machines. Each code has one HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the envelope.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text,)* } }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status,)* } }
        }
    };
}

codes!(
    /// A parameter, header or field is missing or bad; `field` names it.
    InvalidParameter = "invalid_parameter", 400;
    /// The body is not what the route takes.
    InvalidBody = "invalid_body", 400;
    /// No token or key, or one that is not accepted.
    Unauthorized = "unauthorized", 401;
    /// The token has expired: get a new one.
    TokenExpired = "token_expired", 401;
    /// The caller is known and may not do this.
    Forbidden = "forbidden", 403;
    /// There is no such thing, or the caller may not know of it.
    NotFound = "not_found", 404;
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The body is larger than the route takes.
    PayloadTooLarge = "payload_too_large", 413;
    /// The URL is longer than is accepted.
    UriTooLong = "uri_too_long", 414;
    /// One tier does not take the other for what it says it is: its signature is missing or wrong. Has a status of its own, so that
    /// what is wrong between the tiers is never mistaken for the reader's 401.
    NotATier = "not_a_tier", 421;
    /// Too many requests.
    RateLimited = "rate_limited", 429;
    /// A header is longer than is accepted.
    HeaderTooLarge = "header_too_large", 431;
    /// A fault of ours.
    Internal = "internal_error", 500;
    /// Something below cannot be reached, or could not make a change durable. Safe to retry.
    Unavailable = "unavailable", 503;
);

/// A failure as the caller sees it: a code, a sentence and, where one is to blame, a field. It holds nothing of what
/// happened inside, and no text that the caller sent, but for names of members that consist of letters, digits and `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The code.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    /// The parameter, header or body field that is to blame.
    pub field: Option<&'static str>,
}

impl ApiError {
    /// A failure of no field.
    #[must_use]
    pub const fn new(code: ErrorCode, message: &'static str) -> Self {
        Self { code, message: Cow::Borrowed(message), field: None }
    }

    /// A bad parameter, header or body field; the message follows its name.
    #[must_use]
    pub fn invalid(field: &'static str, problem: &str) -> Self {
        Self {
            code: ErrorCode::InvalidParameter,
            message: Cow::Owned(format!("{field} {problem}")),
            field: Some(field),
        }
    }

    /// A member of a body, or of one of its objects, that the route does not know. It is named if its name is a plain word.
    #[must_use]
    pub fn unknown_member(object: Option<&'static str>, name: &str) -> Self {
        let is_plain = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let message = match (object, is_plain) {
            (Some(object), true) => format!("{object}.{name} is not a known member"),
            (None, true) => format!("{name} is not a known member"),
            (Some(object), false) => format!("a member of {object} is not known"),
            (None, false) => "a member is not known".to_owned(),
        };
        Self { code: ErrorCode::InvalidParameter, message: Cow::Owned(message), field: object }
    }

    /// A body that is not what the route takes.
    #[must_use]
    pub const fn body(message: &'static str) -> Self {
        Self::new(ErrorCode::InvalidBody, message)
    }

    /// The caller is not a member of the workspace, or there is no such workspace: the two are not told apart.
    #[must_use]
    pub const fn not_a_member() -> Self {
        Self {
            code: ErrorCode::Forbidden,
            message: Cow::Borrowed("you are not a member of this workspace"),
            field: Some(crate::headers::WORKSPACE_ID),
        }
    }

    /// No route has this path.
    #[must_use]
    pub const fn no_route() -> Self {
        Self::new(ErrorCode::NotFound, "there is nothing at this path")
    }

    /// The path has no such method.
    #[must_use]
    pub const fn no_method() -> Self {
        Self::new(ErrorCode::MethodNotAllowed, "this path does not take this method")
    }

    /// A `field` of the request names another user than the token does.
    #[must_use]
    pub fn other_user(field: &'static str) -> Self {
        let message = format!("{field} is not the token's user").into();
        Self { code: ErrorCode::Forbidden, message, field: Some(field) }
    }

    /// The URL is longer than is accepted.
    #[must_use]
    pub const fn uri_too_long() -> Self {
        const { assert!(crate::MAX_URL_LEN == 8 * 1024, "the message below says 8 KiB") };
        Self::new(ErrorCode::UriTooLong, "the URL must have at most 8 KiB")
    }

    /// A header is longer than is accepted.
    #[must_use]
    pub const fn header_too_large() -> Self {
        const { assert!(crate::MAX_HEADER_LEN == 16 * 1024, "the message below says 16 KiB") };
        Self::new(ErrorCode::HeaderTooLarge, "a header must have at most 16 KiB")
    }

    /// The board is not of this workspace.
    #[must_use]
    pub const fn no_board() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such board in this workspace")
    }

    /// There is no such workspace.
    #[must_use]
    pub const fn no_workspace() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such workspace")
    }

    /// The contact is not of this workspace.
    #[must_use]
    pub const fn no_contact() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such contact in this workspace")
    }

    /// The caller is a member and would have to be an admin.
    #[must_use]
    pub const fn not_an_admin() -> Self {
        Self::new(ErrorCode::Forbidden, "only an admin of the workspace may do this")
    }

    /// No tier has signed the request, or not this one, or with another key, or by a clock that differs. It says nothing of the reader
    /// whose token comes along, and must not reach that reader as a refusal.
    #[must_use]
    pub const fn unsigned() -> Self {
        Self::new(ErrorCode::NotATier, "a signature with the internal key is required")
    }

    /// There is no internal key, or what was offered as one is not.
    #[must_use]
    pub const fn no_internal_key(was_offered: bool) -> Self {
        let message =
            if was_offered { "the internal key is not valid" } else { "the internal key is required" };
        Self::new(ErrorCode::Unauthorized, message)
    }

    /// The caller is known and no system admin.
    #[must_use]
    pub const fn not_a_system_admin() -> Self {
        Self::new(ErrorCode::Forbidden, "only a system admin may do this")
    }

    /// Something below cannot be reached.
    #[must_use]
    pub const fn unavailable(message: &'static str) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// A fault of ours.
    #[must_use]
    pub const fn internal() -> Self {
        Self::new(ErrorCode::Internal, "something went wrong on our side")
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.code.status()
    }

    /// The value of `Retry-After`, in seconds, where the caller should come again.
    #[must_use]
    pub const fn retry_after_secs(&self) -> Option<u32> {
        match self.code {
            ErrorCode::Unavailable => Some(1),
            ErrorCode::RateLimited => Some(crate::RATE_LIMIT_PERIOD_SECS),
            _ => None,
        }
    }

    /// The envelope.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Envelope<'a> {
            success: bool,
            error: Body<'a>,
        }
        #[derive(Serialize)]
        struct Body<'a> {
            code: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            field: Option<&'a str>,
        }
        let error = Body { code: self.code.as_str(), message: &self.message, field: self.field };
        serde_json::to_string(&Envelope { success: false, error }).unwrap_or_default()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<ParamError> for ApiError {
    fn from(error: ParamError) -> Self {
        Self::invalid(error.field, error.problem)
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NoUser => Self::invalid("filter", "assigned_to_me needs a user's token"),
        }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Missing => Self::new(ErrorCode::Unauthorized, "a bearer token is required"),
            TokenError::Expired => Self::new(ErrorCode::TokenExpired, "the token has expired"),
            TokenError::KeysUnavailable => Self::unavailable("the token cannot be verified at the moment"),
            // Which check failed helps nobody but a forger.
            TokenError::Malformed
            | TokenError::Algorithm
            | TokenError::UnknownKey
            | TokenError::Signature
            | TokenError::NotYetValid
            | TokenError::Audience
            | TokenError::Issuer => Self::new(ErrorCode::Unauthorized, "the token is not valid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_the_documented_one() {
        assert_eq!(
            ApiError::invalid("per_page", "must be between 1 and 100").to_json(),
            r#"{"success":false,"error":{"code":"invalid_parameter","message":"per_page must be between 1 and 100","field":"per_page"}}"#,
        );
        assert_eq!(
            ApiError::no_route().to_json(),
            r#"{"success":false,"error":{"code":"not_found","message":"there is nothing at this path"}}"#,
        );
    }
}
