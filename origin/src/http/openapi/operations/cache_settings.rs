//! `/api/cache-settings/*`.

use dto::cache_admin::{CacheHealth, CacheServiceStatus, PerformanceReport, Warmed, WorkspaceInvalidated};
use dto::settings::{SettingsBody, SettingsWritten};

use super::super::failures::UNAVAILABLE;
use super::super::operation::Described;
use super::super::schemas::{self, Counts};
use super::super::security::Caller;
use super::super::{bodies, headers, parameters};

const TAG: &str = "cache settings";
const SETTINGS: &str = "/api/cache-settings/workspace/{workspaceId}/settings";

/// All of them.
pub fn all() -> [Described; 8] {
    [
        Described::get("/api/cache-settings/health", TAG, "getCacheHealth", "Whether every tier answers")
            .asked_by(Caller::Anybody)
            .answers(200, schemas::unstored::<CacheHealth>("Also where one does not: reads go on without it."))
            .fails(&[UNAVAILABLE]),
        Described::get("/api/cache-settings/status", TAG, "getCacheStatus", "The figures of this process")
            .asked_by(Caller::Anybody)
            .answers(200, schemas::unstored::<CacheServiceStatus>("The figures."))
            .fails(&[UNAVAILABLE]),
        of_path(Described::get(SETTINGS, TAG, "getCacheSettings", "What of a workspace is cached, and for how long"))
            .answers(200, schemas::unstored::<SettingsBody>("The settings.")),
        of_path(Described::post(SETTINGS, TAG, "changeCacheSettings", "Changes what is cached, at once"))
            .description("For admins of the workspace. What is turned off is unservable from now on, at the edge as well.")
            .reads(bodies::settings())
            .answers(200, schemas::unstored::<SettingsWritten<'static>>("What they are from now on.")),
        counts(),
        of_body(Described::post(
            "/api/cache-settings/test-performance",
            TAG,
            "testPerformance",
            "Measures what the cache saves, on entries of its own",
        ))
        .answers(200, schemas::unstored::<PerformanceReport>("What was measured.")),
        of_body(Described::post(
            "/api/cache-settings/invalidate",
            TAG,
            "invalidateWorkspace",
            "Makes everything unservable that the workspace has cached",
        ))
        .answers(200, schemas::unstored::<WorkspaceInvalidated>("It is.")),
        of_body(Described::post(
            "/api/cache-settings/warm-cache",
            TAG,
            "warmCache",
            "Reads what the workspace asks for most, before somebody waits for it",
        ))
        .answers(200, schemas::unstored::<Warmed>("What was read.")),
    ]
}

fn counts() -> Described {
    let answer =
        schemas::unstored::<Counts>("The counts.").header("X-Cache-Generation", headers::generation());
    of_path(Described::get(
        "/api/cache-settings/workspace/{workspaceId}/counts",
        TAG,
        "getCounts",
        "How many contacts each filter has",
    ))
    .takes([parameters::use_cache(), parameters::generation()])
    .answers(200, answer)
}

/// A route that names the workspace in its path.
fn of_path(described: Described) -> Described {
    described
        .asked_by(Caller::Member)
        .takes([
            parameters::in_path("workspaceId", "The workspace."),
            parameters::optional_workspace("If sent, the workspace of the path."),
            parameters::user(),
        ])
        .fails(&[400, 404, UNAVAILABLE])
}

/// A route that names it in its body, or in a header.
fn of_body(described: Described) -> Described {
    described
        .asked_by(Caller::Member)
        .takes([
            parameters::optional_workspace("The workspace, unless the body names it."),
            parameters::user(),
        ])
        .reads(bodies::workspace())
        .fails(&[400, 404, UNAVAILABLE])
}
