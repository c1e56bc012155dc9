//! `/api/boards/{boardId}/contacts`.

use utoipa::openapi::ResponseBuilder;

use super::super::failures::UNAVAILABLE;
use super::super::operation::Described;
use super::super::schemas::{self, ContactPage};
use super::super::security::Caller;
use super::super::{headers, parameters};

/// A page of a board.
pub fn contacts() -> Described {
    Described::get(
        "/api/boards/{boardId}/contacts",
        "contacts",
        "listContacts",
        "A page of a board's contacts",
    )
    .asked_by(Caller::Member)
    .takes([parameters::in_path("boardId", "The board.")])
    .takes(parameters::paging())
    .takes(parameters::selection())
    .takes([
        parameters::workspace(),
        parameters::user(),
        parameters::generation(),
        parameters::if_none_match(),
    ])
    .answers(200, headers::of_page(schemas::success::<ContactPage>("The page.")))
    .answers(304, headers::of_page(ResponseBuilder::new().description("The caller has it.")))
    .fails(&[400, 404, UNAVAILABLE])
}
