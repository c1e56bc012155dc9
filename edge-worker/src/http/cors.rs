//! CORS: which browsers' pages may call, answered at the edge (Fetch standard, "HTTP CORS protocol").
//!
//! Tokens travel in `Authorization`, never in cookies, so credentials are not allowed. An origin that is not
//! configured gets no CORS header: the request is answered, and the browser keeps the answer from the page.

use dto::cors::{ALLOW_HEADERS, AllowedOrigins, EXPOSE_HEADERS};

use super::response::Response;

/// How long a browser may remember a preflight, as a header's value.
const MAX_AGE_SECS: &str = "7200";
const _: () = assert!(dto::cors::MAX_AGE_SECS == 7200, "the header's value above");

/// What a response gets for a browser.
pub(crate) trait Cors {
    /// Adds what a browser needs to hand the response to a page of `origin`.
    fn apply(&self, response: Response, origin: Option<&str>) -> Response;

    /// Answers an `OPTIONS` for a route that takes the methods of `allow`.
    fn preflight(&self, origin: Option<&str>, allow: &'static str) -> Response;
}

impl Cors for AllowedOrigins {
    fn apply(&self, response: Response, origin: Option<&str>) -> Response {
        let response = match response.header("Vary") {
            Some(_) => response,
            None => response.with("Vary", "Origin"),
        };
        match origin {
            Some(origin) if self.allows(origin) => response
                .with("Access-Control-Allow-Origin", origin.to_owned())
                .with("Access-Control-Expose-Headers", EXPOSE_HEADERS),
            _ => response,
        }
    }

    fn preflight(&self, origin: Option<&str>, allow: &'static str) -> Response {
        let response = Response::empty(204).with("Allow", allow);
        match origin {
            Some(origin) if self.allows(origin) => response
                .with("Access-Control-Allow-Methods", allow)
                .with("Access-Control-Allow-Headers", ALLOW_HEADERS)
                .with("Access-Control-Max-Age", MAX_AGE_SECS)
                .with("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
            _ => response,
        }
    }
}
