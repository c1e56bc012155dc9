//! Spans for whoever collects traces: OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector.
//!
//! A span is what this process did for a request, or what it asked of somebody else on its behalf. It has names, codes and times; never a
//! URL, a search, a token or a row. Whoever ends one never waits: spans wait in a bounded queue, are sent in batches by a thread of their
//! own, and are dropped when the queue is full.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use dto::trace::TraceContext;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _};
use tokio::runtime::Handle;

/// How long one batch may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last batch may take when the process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Where spans go, and which.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportConfig {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector, without `/v1/traces`.
    pub endpoint: String,
    /// `OTEL_SERVICE_NAME`: what this process is called there.
    pub service_name: String,
    /// `OTEL_TRACES_SAMPLER_ARG`: the share of traces that is sent, from 0 to 1.
    pub sampled_share: f64,
}

/// The collector cannot be used as configured.
#[derive(Debug, Clone, thiserror::Error)]
#[error("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: {0}")]
pub struct ExportError(String);

/// One thing that was done.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) place: TraceContext,
    /// The span that caused it; 0 for the first of a trace.
    pub(super) parent: u64,
    /// Whether the cause is another process's.
    pub(super) parent_is_remote: bool,
    pub(super) kind: SpanKind,
    pub(super) name: String,
    pub(super) began: SystemTime,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) failed: bool,
}

/// Sends spans.
pub struct Export {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    /// A trace is sent if the lower half of its id, without the sign, is below.
    sampled_below: u64,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Export(…)")
    }
}

impl Export {
    /// Begins to send. Call it within the runtime that is to do the sending.
    pub fn start(config: &ExportConfig) -> Result<Self, ExportError> {
        let error = |text: String| ExportError(text);
        let client = reqwest::Client::builder()
            .timeout(SEND_TIMEOUT)
            .build()
            .map_err(|source| error(source.without_url().to_string()))?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Client { client, runtime: Handle::current() })
            .with_endpoint(format!("{}/v1/traces", config.endpoint.trim_end_matches('/')))
            .with_timeout(SEND_TIMEOUT)
            .build()
            // Without its text: that may repeat the address.
            .map_err(|_| error("the exporter does not start".to_owned()))?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        let name = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        processor.set_resource(
            &Resource::builder().with_service_name(config.service_name.clone()).with_attribute(name).build(),
        );
        Ok(Self {
            processor,
            scope: InstrumentationScope::builder("boardcache").build(),
            sampled_below: (config.sampled_share.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64,
        })
    }

    /// Whether the spans of a trace are sent: not if whoever began it said no, and of the rest the configured share. The same is found
    /// wherever the trace goes, as with OpenTelemetry's `TraceIdRatioBased`.
    #[must_use]
    pub(super) fn takes(&self, place: &TraceContext) -> bool {
        place.is_sampled() && (place.ids().0 as u64 >> 1) < self.sampled_below
    }

    /// Sends a span that ends now.
    pub(super) fn ended(&self, span: Span) {
        let (trace_id, span_id) = span.place.ids();
        self.processor.on_end(SpanData {
            span_context: SpanContext::new(
                TraceId::from(trace_id),
                SpanId::from(span_id),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            parent_span_id: SpanId::from(span.parent),
            parent_span_is_remote: span.parent_is_remote,
            span_kind: span.kind,
            name: span.name.into(),
            start_time: span.began,
            end_time: SystemTime::now(),
            attributes: span.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if span.failed { Status::error("") } else { Status::Unset },
            instrumentation_scope: self.scope.clone(),
        });
    }

    /// Sends what waits, within two seconds, and ends. What is left is lost.
    pub fn finish(&self) {
        if self.processor.shutdown_with_timeout(FLUSH_TIMEOUT).is_err() {
            tracing::warn!("some spans did not reach the collector");
        }
    }
}

/// Sends through the process's runtime: the thread that batches has none.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let answer = client.execute(reqwest::Request::try_from(request)?).await?;
            let status = answer.status();
            let mut response = http::Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        });
        match sending.await {
            Ok(sent) => sent.map_err(|error| error.without_url().into()),
            Err(error) => Err(error.into()),
        }
    }
}
