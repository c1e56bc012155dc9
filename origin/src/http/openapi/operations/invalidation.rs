//! `/api/cache/invalidate`.

use super::super::failures::UNAVAILABLE;
use super::super::operation::Described;
use super::super::security::Caller;
use super::super::{bodies, parameters, schemas};
use crate::http::invalidate::Acknowledged;

/// What a backend, or the database, says has changed.
pub fn from_backend() -> Described {
    Described::post("/api/cache/invalidate", "invalidation", "invalidate", "Says what changed")
        .description("Idempotent, and durable when it is answered. The body has at most 512 KiB.")
        .asked_by(Caller::Service)
        .takes([parameters::optional_workspace("The workspace, unless the body names it.")])
        .reads(bodies::invalidation())
        .answers(200, schemas::unstored::<Acknowledged>("Nothing older is served from now on."))
        .fails(&[400, UNAVAILABLE])
}
