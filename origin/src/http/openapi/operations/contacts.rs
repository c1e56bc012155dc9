//! `/api/contacts/{contactId}` and its messages.

use utoipa::openapi::ResponseBuilder;

use super::super::failures::UNAVAILABLE;
use super::super::operation::Described;
use super::super::schemas::{self, ContactDetails, MessagePage};
use super::super::security::Caller;
use super::super::{headers, parameters};

/// One contact.
pub fn details() -> Described {
    let get = Described::get("/api/contacts/{contactId}", "contacts", "getContact", "One contact");
    of_contact(get).answers(200, headers::of_page(schemas::success::<ContactDetails>("The contact.")))
}

/// A page of its messages.
pub fn messages() -> Described {
    let get = Described::get(
        "/api/contacts/{contactId}/messages",
        "contacts",
        "listMessages",
        "A page of a contact's messages, newest first",
    );
    of_contact(get)
        .takes(parameters::paging())
        .answers(200, headers::of_page(schemas::success::<MessagePage>("The page.")))
}

fn of_contact(described: Described) -> Described {
    described
        .asked_by(Caller::Member)
        .takes([
            parameters::in_path("contactId", "The contact. One of another workspace is not found."),
            parameters::workspace(),
            parameters::user(),
            parameters::generation(),
            parameters::if_none_match(),
        ])
        .answers(304, headers::of_page(ResponseBuilder::new().description("The caller has it.")))
        .fails(&[400, 404, UNAVAILABLE])
}
