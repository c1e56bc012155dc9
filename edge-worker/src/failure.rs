//! Why a request is answered with a failure.

use dto::ApiError;

use crate::http::response::Response;

/// A request fails: by our own judgement, or by the origin's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Our own judgement.
    Api(ApiError),
    /// The origin's: a status the contract knows, and an envelope.
    Relayed(Refusal),
}

/// The origin refused what a caller asked: nothing to retry elsewhere, nothing to cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// 400, 401, 403, 404 or 429.
    pub(crate) status: u16,
    /// The failure envelope, as JSON.
    pub(crate) body: Vec<u8>,
}

impl Failure {
    pub(crate) fn into_response(self) -> Response {
        match self {
            Self::Api(error) => Response::failure(&error),
            Self::Relayed(refusal) => Response::relayed_failure(refusal.status, refusal.body),
        }
    }
}

impl<E: Into<ApiError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}
