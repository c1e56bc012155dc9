//! The answers that say no: one for each status that an error code has.

use std::collections::BTreeSet;

use dto::ErrorCode;
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, Ref, ResponseBuilder};

use super::headers;

/// Whatever is asked for: the method, the length of the URL and of the headers, a fault of ours.
pub const OF_EVERY_ROUTE: &[u16] = &[405, 414, 431, 500];
/// Too many requests at once, or something below that cannot be reached.
pub const UNAVAILABLE: u16 = 503;

/// The name of a status's response in the document.
pub fn name(status: u16) -> String {
    format!("Failure{status}")
}

/// Adds a response for each status of a failure.
pub fn add_to(components: ComponentsBuilder) -> ComponentsBuilder {
    // What the tiers say to each other is none of the routes that are described.
    let codes = ErrorCode::ALL.iter().filter(|code| **code != ErrorCode::NotATier);
    let statuses: BTreeSet<u16> = codes.map(|code| code.status()).collect();
    statuses
        .into_iter()
        .fold(components, |components, status| components.response(name(status), response(status).build()))
}

fn response(status: u16) -> ResponseBuilder {
    let codes: Vec<String> = ErrorCode::ALL
        .iter()
        .filter(|code| code.status() == status)
        .map(|code| format!("`{}`", code.as_str()))
        .collect();
    let failure = ContentBuilder::new().schema(Some(Ref::from_schema_name("Failure"))).build();
    let response = ResponseBuilder::new()
        .description(format!("{}. {}", meaning(status), codes.join(", ")))
        .content("application/json", failure)
        .header("X-Request-ID", headers::request_id())
        .header("Cache-Control", headers::constant(dto::headers::NO_STORE));
    match status {
        401 => response.header("WWW-Authenticate", headers::constant("Bearer")),
        405 => response.header("Allow", headers::text("The methods that the path takes.")),
        429 | 503 => response.header("Retry-After", headers::seconds("When to come again.", 1)),
        _ => response,
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => {
            "A parameter, a header or the body is not what the route takes; `error.field` names what is to blame"
        }
        401 => "No token or key, or one that is not accepted",
        403 => "The caller is known and may not do this",
        404 => "There is no such thing, or the caller may not know of it",
        405 => "The path does not take this method",
        413 => "The body is larger than the route takes",
        414 => "The URL has more than 8 KiB",
        429 => "Too many requests",
        431 => "A header has more than 16 KiB, or all of them together more than 32 KiB",
        503 => {
            "Too many requests at once, something below cannot be reached, or a change could not be made durable: safe to try again"
        }
        _ => "A fault of ours",
    }
}
