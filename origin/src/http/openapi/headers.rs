//! The headers of answers.

use dto::headers::{PAGE_CACHE_CONTROL, PAGE_VARY};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::{ObjectBuilder, ResponseBuilder, Type};

/// Some text.
pub fn text(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}

/// Text of this form.
fn formed(description: &str, pattern: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))))
        .description(Some(description))
        .build()
}

/// Always this.
pub fn constant(value: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some([value]))))
        .build()
}

/// Whole seconds.
pub fn seconds(description: &str, min: u32) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(min))))
        .description(Some(description))
        .build()
}

/// The request's id.
pub fn request_id() -> Header {
    formed("The request's id: the one that it came with, or one made for it.", super::parameters::ID)
}

/// The generations of what was answered.
pub fn generation() -> Header {
    text(
        "The generations of what was answered. Sent back as `X-Cache-Generation`, it lets nothing older be answered.",
    )
}

/// Those of an answer that nobody may keep.
pub fn of_unstored(response: ResponseBuilder) -> ResponseBuilder {
    response.header("X-Request-ID", request_id()).header("Cache-Control", constant(dto::headers::NO_STORE))
}

/// Those of a page that a browser may keep, and has to ask for each time.
pub fn of_page(response: ResponseBuilder) -> ResponseBuilder {
    response
        .header("X-Request-ID", request_id())
        .header("Cache-Control", constant(PAGE_CACHE_CONTROL))
        .header("Vary", constant(PAGE_VARY))
        .header("ETag", formed("Of the data alone, without `_cache`.", "^\"[^\"]+\"$"))
        .header("Age", seconds("How long ago the database was read.", 0))
        .header("X-Cache-Generation", generation())
        .header("Cache-Status", text("RFC 9211: one member a tier, the one closest to the database first."))
        .header("Server-Timing", text("How long answering took, in milliseconds."))
}
