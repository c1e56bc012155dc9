//! The parameter of a path, as text. What is no UTF-8 is no id either, and is refused where ids are: in the route's own words.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// The one parameter of the path.
pub struct InPath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        // A character that no id has.
        Ok(Self(text.map_or_else(|_| char::REPLACEMENT_CHARACTER.to_string(), |Path(text)| text)))
    }
}
