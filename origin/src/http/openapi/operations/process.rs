//! What is asked of the process itself.

use utoipa::openapi::{ContentBuilder, ObjectBuilder, ResponseBuilder, Type};

use super::super::failures::UNAVAILABLE;
use super::super::headers;
use super::super::operation::Described;
use super::super::schemas;
use super::super::security::Caller;
use crate::http::health::Health;
use crate::metrics;

const TAG: &str = "process";

/// All of them.
pub fn all() -> [Described; 4] {
    [
        Described::get("/health", TAG, "getHealth", "Whether the process runs")
            .asked_by(Caller::Anybody)
            .answers(200, schemas::unstored::<Health>("It does.")),
        Described::get("/ready", TAG, "getReadiness", "Whether the database answers")
            .asked_by(Caller::Anybody)
            .answers(200, schemas::unstored::<Health>("It does."))
            .fails(&[UNAVAILABLE]),
        Described::get("/metrics", TAG, "getMetrics", "The figures of the process, for Prometheus")
            .asked_by(Caller::Anybody)
            .answers(200, headers::of_unstored(figures())),
        Described::get("/openapi.json", TAG, "getDescription", "This document")
            .asked_by(Caller::Anybody)
            .answers(200, headers::of_unstored(document()))
            .fails(&[UNAVAILABLE]),
    ]
}

fn figures() -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
    ResponseBuilder::new().description("OpenMetrics text.").content(metrics::CONTENT_TYPE, content)
}

fn document() -> ResponseBuilder {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Object)
        .required("openapi")
        .property("openapi", ObjectBuilder::new().schema_type(Type::String));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description("OpenAPI 3.1.").content("application/json", content)
}
