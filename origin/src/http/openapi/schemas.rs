//! The schemas that the document has, by name.
//!
//! Those of what is sent derive from the types that are sent. What is passed through as bytes has no type in the product: it is
//! described by the types of this file, which are never built.

use dto::cache_admin::{CacheHealth, CacheServiceStatus, CacheStats, CountsOrigin, Millis, Performance};
use dto::cache_admin::{
    PerformanceReport, PerformanceStats, SystemWorkspace, SystemWorkspaces, Timing, Warmed,
    WorkspaceInvalidated,
};
use dto::cache_status::{CacheStatus, Source};
use dto::invalidate::Invalidated;
use dto::page::CacheInfo;
use dto::settings::{Features, Lifetimes, SettingsBody, SettingsWritten, StoredCache};
use dto::{ContactCounts, ErrorCode};
use utoipa::ToSchema;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, ObjectBuilder, Ref, RefOr, ResponseBuilder, Schema, Type,
};

use super::headers;
use crate::http::console::config::ConsoleConfig;
use crate::http::health::Health;
use crate::http::invalidate::Acknowledged;
use crate::live::figures::{
    BusyWorkspace, ByTier, LiveFigures, MemoryFigures, OutboxFigures, RedisFigures, SystemFigures,
};

/// One contact. Every column of the database is passed through; these are those of the reference schema.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is passed through as bytes")]
struct Contact {
    id: String,
    #[schema(required = false)]
    name: String,
    email: Option<String>,
    phone: Option<String>,
    #[schema(required = false)]
    status: String,
    board_column_id: Option<String>,
    #[schema(required = false)]
    workspace_id: String,
    #[schema(required = false)]
    board_id: String,
    #[schema(required = false)]
    priority: String,
    assigned_to: Option<String>,
    #[schema(required = false)]
    needs_response: bool,
    #[schema(format = DateTime)]
    follow_up_at: Option<String>,
    #[schema(required = false)]
    is_favorite: bool,
    #[schema(required = false)]
    is_archived: bool,
    sentiment: Option<String>,
    #[schema(required = false)]
    lifecycle_stage: String,
    #[schema(format = DateTime)]
    last_activity_at: Option<String>,
    #[schema(required = false, format = DateTime)]
    created_at: String,
    #[schema(required = false, format = DateTime)]
    updated_at: String,
}

/// One message of a contact.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is passed through as bytes")]
struct Message {
    id: String,
    contact_id: String,
    #[schema(pattern = "^(inbound|outbound)$")]
    direction: String,
    channel: String,
    body: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// Which page of how many.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
struct Pagination {
    #[schema(minimum = 1)]
    page: u32,
    #[schema(minimum = 1, maximum = 100)]
    per_page: u32,
    total: u64,
    total_pages: u64,
}

/// A page of contacts.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
pub struct ContactPage {
    #[schema(max_items = 100)]
    contacts: Vec<Contact>,
    pagination: Pagination,
    #[schema(rename = "_cache")]
    cache: CacheInfo<'static>,
}

/// One contact, alone.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
pub struct ContactDetails {
    contact: Contact,
    #[schema(rename = "_cache")]
    cache: CacheInfo<'static>,
}

/// A page of messages, newest first.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
pub struct MessagePage {
    #[schema(max_items = 100)]
    messages: Vec<Message>,
    pagination: Pagination,
    #[schema(rename = "_cache")]
    cache: CacheInfo<'static>,
}

/// The counts, and where they came from.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
pub struct Counts {
    #[schema(inline)]
    #[serde(flatten)]
    counts: ContactCounts,
    #[schema(inline)]
    #[serde(flatten)]
    origin: CountsOrigin<'static>,
}

/// What went wrong.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
struct FailureBody {
    code: ErrorCode,
    /// A sentence for people. It repeats nothing that was sent.
    message: String,
    /// The parameter, header or member of the body that is to blame.
    #[schema(nullable = false)]
    field: Option<String>,
}

/// The failure envelope.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written as bytes")]
struct Failure {
    /// Always false.
    success: bool,
    error: FailureBody,
}

/// Adds them all. A reference to one that is missing here fails a test.
pub fn add_to(components: ComponentsBuilder) -> ComponentsBuilder {
    components
        .schema("Contact", open(<Contact as utoipa::PartialSchema>::schema()))
        .schema_from::<Message>()
        .schema_from::<Pagination>()
        .schema_from::<CacheInfo<'static>>()
        .schema_from::<CacheStatus>()
        .schema_from::<Source>()
        .schema_from::<ContactPage>()
        .schema_from::<ContactDetails>()
        .schema_from::<MessagePage>()
        .schema_from::<Counts>()
        .schema_from::<Millis>()
        .schema_from::<CacheStats>()
        .schema_from::<CacheHealth>()
        .schema_from::<CacheServiceStatus>()
        .schema_from::<Timing>()
        .schema_from::<Performance>()
        .schema_from::<PerformanceStats>()
        .schema_from::<PerformanceReport>()
        .schema_from::<SettingsBody>()
        .schema_from::<SettingsWritten<'static>>()
        .schema_from::<StoredCache>()
        .schema_from::<Features>()
        .schema_from::<Lifetimes>()
        .schema_from::<Invalidated>()
        .schema_from::<Acknowledged>()
        .schema_from::<WorkspaceInvalidated>()
        .schema_from::<Warmed>()
        .schema_from::<LiveFigures>()
        .schema_from::<ByTier>()
        .schema_from::<SystemFigures>()
        .schema_from::<MemoryFigures>()
        .schema_from::<RedisFigures>()
        .schema_from::<OutboxFigures>()
        .schema_from::<BusyWorkspace>()
        .schema_from::<SystemWorkspaces>()
        .schema_from::<SystemWorkspace>()
        .schema_from::<ConsoleConfig>()
        .schema_from::<Health>()
        .schema_from::<ErrorCode>()
        .schema_from::<FailureBody>()
        .schema_from::<Failure>()
}

/// An object that may have any other members.
fn open(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// An answer with this in the success envelope.
pub fn success<T: ToSchema>(description: &str) -> ResponseBuilder {
    let always = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
    let envelope = ObjectBuilder::new()
        .property("success", always)
        .property("data", Ref::from_schema_name(T::name()))
        .required("success")
        .required("data");
    let content = ContentBuilder::new().schema(Some(envelope)).build();
    ResponseBuilder::new().description(description).content("application/json", content)
}

/// The same, for what nobody may keep.
pub fn unstored<T: ToSchema>(description: &str) -> ResponseBuilder {
    headers::of_unstored(success::<T>(description))
}
