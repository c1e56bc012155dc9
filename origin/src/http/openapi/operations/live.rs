//! `/api/live`, `/api/system/*` and what the console is told.

use dto::cache_admin::SystemWorkspaces;
use utoipa::ToSchema;
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};

use super::super::failures::UNAVAILABLE;
use super::super::operation::Described;
use super::super::schemas;
use super::super::security::Caller;
use super::super::{headers, parameters};
use crate::http::console::config::ConsoleConfig;
use crate::live::figures::{LiveFigures, SystemFigures};

const TAG: &str = "console";
/// What is common to both streams.
const STREAM: &str = "Server-sent events without an end. `figures`, every two seconds: the `data` is described below, and the `id` is the \
                      time in milliseconds since the Unix epoch. `bye`: the process is ending. They are of this process alone: what \
                      the edge answered by itself is not in them.";

/// All of them.
pub fn all() -> [Described; 4] {
    [
        Described::get("/api/live", TAG, "watchWorkspace", "How the cache does for a workspace, as it goes")
            .description(&format!(
                "{STREAM} `invalidated`: invalidations were recorded; `{{\"generation\": …}}` is to be sent back as \
                 `X-Cache-Generation`, and is left out if there were too many."
            ))
            .asked_by(Caller::Member)
            .takes([
                parameters::workspace_in_query(),
                parameters::optional_workspace("If sent, the workspace of the query."),
                parameters::user(),
                parameters::last_event_id(),
            ])
            .answers(200, stream::<LiveFigures>())
            .fails(&[400, UNAVAILABLE]),
        Described::get("/api/system/live", TAG, "watchSystem", "How the cache does for everybody, as it goes")
            .description(STREAM)
            .asked_by(Caller::SystemAdmin)
            .takes([parameters::last_event_id()])
            .answers(200, stream::<SystemFigures>())
            .fails(&[400, UNAVAILABLE]),
        Described::get("/api/system/workspaces", TAG, "listWorkspaces", "Every workspace, by id")
            .asked_by(Caller::SystemAdmin)
            .answers(200, schemas::unstored::<SystemWorkspaces>("The workspaces."))
            .fails(&[UNAVAILABLE]),
        Described::get("/console/config.json", TAG, "getConsoleConfig", "What the web console is told")
            .asked_by(Caller::Anybody)
            .answers(200, headers::of_unstored(config()))
            .fails(&[UNAVAILABLE]),
    ]
}

fn stream<T: ToSchema>() -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name()))).build();
    headers::of_unstored(ResponseBuilder::new().description("Events.").content("text/event-stream", content))
}

fn config() -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ConsoleConfig::name()))).build();
    ResponseBuilder::new().description("No secret.").content("application/json", content)
}
