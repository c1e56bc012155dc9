//! From a failure to an answer: the one place where it gets its headers.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dto::{ApiError, ErrorCode, headers};

use crate::cache::answer::CacheError;
use crate::cache::membership::MembershipError;
use crate::source::SourceError;

/// A failure on its way to the caller.
#[derive(Debug)]
pub struct Failure(pub ApiError);

impl<E: Into<ApiError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<CacheError> for Failure {
    fn from(error: CacheError) -> Self {
        Self(match error {
            CacheError::NoBoard => ApiError::no_board(),
            CacheError::NotFound => ApiError::no_contact(),
            CacheError::Refused => ApiError::new(ErrorCode::Unauthorized, "the token is not valid"),
            CacheError::SourceUnavailable => ApiError::unavailable("the database cannot be reached"),
            CacheError::ShareTaken | CacheError::PutOff => {
                ApiError::unavailable("the workspace has too many reads under way")
            }
            CacheError::SharedTierAway => ApiError::unavailable("the shared cache cannot be reached"),
            CacheError::Internal => ApiError::internal(),
        })
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self(match error {
            SourceError::NoBoard => ApiError::no_board(),
            SourceError::NotFound => ApiError::no_contact(),
            SourceError::Forbidden => ApiError::not_an_admin(),
            SourceError::Refused => ApiError::new(ErrorCode::Unauthorized, "the token is not valid"),
            SourceError::Timeout | SourceError::Unreachable(_) => {
                tracing::warn!(%error, "the source failed");
                ApiError::unavailable("the database cannot be reached")
            }
            SourceError::Failed(_) => {
                tracing::error!(%error, "the source failed");
                ApiError::internal()
            }
        })
    }
}

impl From<MembershipError> for Failure {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::Source(error) => error.into(),
            MembershipError::Unjudged => {
                tracing::warn!(%error, "a member may have been turned away");
                Self(ApiError::unavailable("membership cannot be verified at the moment"))
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, error.to_json()).into_response();
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(headers::JSON_CONTENT_TYPE));
        fields.insert(CACHE_CONTROL, HeaderValue::from_static(headers::NO_STORE));
        if let Some(seconds) = error.retry_after_secs() {
            fields.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            fields.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
