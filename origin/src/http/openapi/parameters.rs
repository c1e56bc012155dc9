//! The parameters and headers of requests, with the bounds that are checked.

use cache_key::{
    Filter, ListParams, MAX_PAGE, MAX_PER_PAGE, MAX_SEARCH_CHARS, PageParams, SortField, SortOrder,
};
use coherence::MAX_TOKEN_LEN;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, ObjectBuilder, Required, Type};

/// The form of every id.
pub const ID: &str = "^[A-Za-z0-9_-]{1,64}$";
/// The form of a generation token; which generations there can be is for the clock to say.
const TOKEN: &str =
    "^([a-z]+(:[A-Za-z0-9_-]{1,64})?=)?[0-9]{1,16}(,([a-z]+(:[A-Za-z0-9_-]{1,64})?=)?[0-9]{1,16})*$";
/// Text that a search takes: no control characters, and not what stands for bytes that are no UTF-8.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f\ufffd]*$";

fn parameter(place: ParameterIn, name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    let required = if matches!(place, ParameterIn::Path) { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(schema))
        .description(Some(description))
        .build()
}

fn query(name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    parameter(ParameterIn::Query, name, schema, description)
}

fn header(name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    parameter(ParameterIn::Header, name, schema, description)
}

/// An id, as it is sent.
pub fn id() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(ID))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn word<'a>(words: impl IntoIterator<Item = &'a str>, default: &str) -> ObjectBuilder {
    text().enum_values(Some(words)).default(Some(default.into()))
}

fn number(max: u32, default: u32) -> ObjectBuilder {
    Object::builder()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(max))
        .default(Some(default.into()))
}

/// An id in the path.
pub fn in_path(name: &str, description: &str) -> Parameter {
    parameter(ParameterIn::Path, name, id(), description)
}

/// `X-Workspace-ID` where it is the only place to name the workspace.
pub fn workspace() -> Parameter {
    let mut workspace = optional_workspace("The workspace that the request is about.");
    workspace.required = Required::True;
    workspace
}

/// `X-Workspace-ID` where the workspace may stand elsewhere.
pub fn optional_workspace(description: &str) -> Parameter {
    header(dto::headers::WORKSPACE_ID, id(), description)
}

/// `X-User-ID`.
pub fn user() -> Parameter {
    header(dto::headers::USER_ID, id(), "If sent, it must be the user of the token. Not read for a service.")
}

/// `X-Request-ID`.
pub fn request_id() -> Parameter {
    let description =
        "An id to find the request by: 1 to 64 characters of `[A-Za-z0-9_-]`. Any other is replaced.";
    header(dto::trace::REQUEST_ID, text(), description)
}

/// `X-Cache-Generation`.
pub fn generation() -> Parameter {
    let description = "A token from an earlier answer: nothing older is answered (read your writes).";
    let token = text().pattern(Some(TOKEN)).max_length(Some(MAX_TOKEN_LEN));
    header(dto::headers::CACHE_GENERATION, token, description)
}

/// `If-None-Match`.
pub fn if_none_match() -> Parameter {
    header("If-None-Match", text(), "The `ETag` of what the caller has: 304 if it is still that.")
}

/// `page` and `per_page`.
pub fn paging() -> [Parameter; 2] {
    let default = PageParams::default();
    [
        query(
            "page",
            number(MAX_PAGE, default.page),
            "The page. One past the end is empty and has the true total. Times `per_page` it is at most 1000000.",
        ),
        query("per_page", number(MAX_PER_PAGE, default.per_page), "How many to a page."),
    ]
}

/// Which contacts of a board, and in which order.
pub fn selection() -> [Parameter; 5] {
    let default = ListParams::default();
    [
        query(
            "filter",
            word(Filter::ALL.iter().map(|filter| filter.as_str()), default.filter.as_str()),
            "Which contacts. `recent_activity` is of the last seven days; `assigned_to_me` needs a user's token.",
        ),
        query(
            "search",
            text().min_length(Some(1)).max_length(Some(MAX_SEARCH_CHARS)).pattern(Some(PRINTABLE)),
            "Contained in name, e-mail or phone. The case of ASCII letters is ignored.",
        ),
        query("column_id", id(), "A column of the board."),
        query(
            "sort_by",
            word(SortField::ALL.iter().map(|field| field.as_str()), default.sort_by.as_str()),
            "Ties are broken by id.",
        ),
        query(
            "sort_order",
            word(SortOrder::ALL.iter().map(|order| order.as_str()), default.sort_order.as_str()),
            "Smallest first, or largest first.",
        ),
    ]
}

/// `workspaceId` in the query, where the workspace is named there.
pub fn workspace_in_query() -> Parameter {
    let mut workspace = query("workspaceId", id(), "The workspace.");
    workspace.required = Required::True;
    workspace
}

/// `Last-Event-ID`.
pub fn last_event_id() -> Parameter {
    let description = "The `id` of the last event that was seen: what came after it is told first, as far as five minutes back.";
    header("Last-Event-ID", text(), description)
}

/// `useCache`.
pub fn use_cache() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::Boolean).default(Some(true.into()));
    query("useCache", schema, "`false` reads the database, whatever is cached.")
}
