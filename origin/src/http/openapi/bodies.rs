//! What is sent in bodies.
//!
//! They are read by hand (`dto::settings`, `dto::cache_admin`, `dto::invalidate`), for a mistake to be named; so they are described by hand.

use dto::invalidate::MAX_EVENTS;
use dto::settings::{Features, Lifetimes, SettingsBody};
use utoipa::PartialSchema;
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ArrayBuilder, SchemaType};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, RefOr, Required, Schema, Type};

use super::parameters;

fn json(schema: impl Into<RefOr<Schema>>, required: Required) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    RequestBodyBuilder::new().content("application/json", content).required(Some(required)).build()
}

/// An id: text, or a whole number where an application has those.
fn id() -> AnyOfBuilder {
    AnyOfBuilder::new()
        .item(parameters::id())
        .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)))
}

/// An id that may be left out, or null.
fn optional_id() -> AnyOfBuilder {
    id().item(ObjectBuilder::new().schema_type(Type::Null))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// The workspace, and the user.
pub fn workspace() -> RequestBody {
    let user = parameters::id().description(Some("If given, the user of the token."));
    let body = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("workspaceId", optional_id())
        .property("userId", user)
        .description(Some(
            "The workspace may stand in `X-Workspace-ID` instead; then the body may be left out.",
        ));
    json(body, Required::False)
}

/// Any of the settings. What is left out stays as it is; what is not known is refused.
pub fn settings() -> RequestBody {
    let change = partial(SettingsBody::schema());
    let RefOr::T(Schema::Object(mut change)) = change else { return json(change, Required::True) };
    change.properties.insert("features".to_owned(), partial(Features::schema()));
    change.properties.insert("cacheConfig".to_owned(), partial(Lifetimes::schema()));
    json(Schema::Object(change), Required::True)
}

/// An object of which anything may be left out, and nothing added.
fn partial(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.required.clear();
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// What changed: an action, a database webhook, or a list of either.
pub fn invalidation() -> RequestBody {
    let events = ArrayBuilder::new()
        .items(AnyOfBuilder::new().item(action()).item(webhook()))
        .min_items(Some(1))
        .max_items(Some(MAX_EVENTS));
    let batch = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("events", events)
        .property("workspaceId", optional_id())
        .required("events");
    json(AnyOfBuilder::new().item(action()).item(webhook()).item(batch), Required::True)
}

fn action() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property(
            "action",
            text().description(Some(
                "`contact_created`, `contact_updated`, `contact_moved`, `contact_deleted`, `contact_assigned`, \
                 `contacts_bulk_updated`; any other invalidates the whole board.",
            )),
        )
        .property("boardId", optional_id())
        .property("contactId", optional_id())
        .property("fromColumnId", optional_id())
        .property("toColumnId", optional_id())
        .property(
            "changedColumns",
            ArrayBuilder::new().items(text()).description(Some(
                "Of one contact that stays on its board, every column that changed, as the database names it. Where \
                 `PRECISE_INVALIDATION` is on, pages are spared that do not show the contact and are not made by any of these.",
            )),
        )
        .property("workspaceId", optional_id())
        .required("action")
        .description(Some("What a backend did. Without a board the whole workspace goes."))
}

fn webhook() -> ObjectBuilder {
    let row = || {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
            .property("workspace_id", optional_id())
            .property("board_id", optional_id())
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
    };
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("type", text().enum_values(Some(["INSERT", "UPDATE", "DELETE"])))
        .property("table", text())
        .property("schema", text())
        .property("record", row())
        .property("old_record", row())
        .required("table")
        .description(Some("What Supabase sends of a row that changed."))
}
