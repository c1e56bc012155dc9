//! The headers of a request, moved out of it: axum's own extractor copies them.

use std::convert::Infallible;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;

/// The headers of a request whose body is not read. The last one of a handler's arguments.
pub struct Fields(pub HeaderMap);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(request.into_parts().0.headers))
    }
}
