//! The headers of a request, moved out of it (axum's own extractor copies them), and those that are looked at.

use std::convert::Infallible;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName};
use dto::{headers, trace};

/// The headers of a request whose body is not read. The last one of a handler's arguments.
pub struct Fields(pub HeaderMap);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(request.into_parts().0.headers))
    }
}

/// A header that is looked at: its name, made once, since a text would be made a name for each look; and how the contract spells it, for
/// whoever sent it wrong.
#[derive(Debug)]
pub struct Field {
    /// The name.
    pub name: HeaderName,
    /// The contract's spelling.
    pub spelled: &'static str,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $spelled:expr;)*) => {
        $(
            $(#[$doc])*
            pub static $constant: Field = Field { name: HeaderName::from_static($name), spelled: $spelled };
        )*

        #[cfg(test)]
        const ALL: &[&Field] = &[$(&$constant,)*];
    };
}

fields! {
    /// Who asks.
    AUTHORIZATION = "authorization", "Authorization";
    /// See `dto::headers`, also for those that follow.
    WORKSPACE_ID = "x-workspace-id", headers::WORKSPACE_ID;
    USER_ID = "x-user-id", headers::USER_ID;
    INTERNAL_AUTH = "x-internal-auth", headers::INTERNAL_AUTH;
    INTERNAL_SIGNATURE = "x-internal-signature", headers::INTERNAL_SIGNATURE;
    CACHE_GENERATION = "x-cache-generation", headers::CACHE_GENERATION;
    READER_GENERATION = "x-reader-generation", headers::READER_GENERATION;
    CACHE_BYPASS = "x-cache-bypass", headers::CACHE_BYPASS;
    /// Where a stream is resumed (HTML, 9.2).
    LAST_EVENT_ID = "last-event-id", "Last-Event-ID";
    /// Whom the client takes us for.
    HOST = "host", "host";
    /// See `dto::trace`.
    REQUEST_ID = "x-request-id", trace::REQUEST_ID;
    TRACEPARENT = "traceparent", trace::TRACEPARENT;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_what_the_contract_spells() {
        for Field { name, spelled } in ALL {
            assert_eq!(name.as_str(), spelled.to_ascii_lowercase());
        }
    }
}
