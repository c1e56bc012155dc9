//! A line of the log: JSON, with the request that it is about.
//!
//! The request is found where the line is written. A span for each request would say the same, and cost every request, also those of which
//! nothing is written, the rendering of its fields.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes lines. Fields are to be formatted as JSON as well.
pub struct LogLine(Format<Json>);

impl Default for LogLine {
    fn default() -> Self {
        let json = Format::default().json().flatten_event(true);
        Self(json.with_current_span(false).with_span_list(false))
    }
}

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(request) = super::current() else { return self.0.format_event(context, writer, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let Some(open) = line.trim_end().strip_suffix('}') else { return writer.write_str(&line) };
        // Both are letters, digits, `_` and `-`.
        let (request_id, trace_id) = (&request.request_id, request.trace.trace_id());
        writeln!(
            writer,
            r#"{open},"span":{{"name":"request","request_id":"{request_id}","trace_id":"{trace_id}"}}}}"#
        )
    }
}
