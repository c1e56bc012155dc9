//! What a collector is sent: OTLP over HTTP, from a request to the question that it caused.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use origin::trace::export::{Export, ExportConfig};
use origin::trace::{Call, RequestContext, Tracer, within};
use parking_lot::Mutex;
use prost::Message as _;

const TRACE_ID: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const CALLER_ID: u64 = 0x00f0_67aa_0ba9_02b7;
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Collector {
    /// Listens; returns its address.
    async fn listen(&self) -> String {
        let received = self.0.clone();
        let stub = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            assert_eq!(uri.path(), "/v1/traces");
            assert_eq!(headers["content-type"], "application/x-protobuf");
            received.lock().push(ExportTraceServiceRequest::decode(body).unwrap());
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, stub).await });
        url
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.0.lock();
        let scopes = received.iter().flat_map(|sent| &sent.resource_spans).flat_map(|of| &of.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}

fn tracer(endpoint: String, sampled_share: f64) -> Arc<Tracer> {
    let config = ExportConfig { endpoint, service_name: "origin-under-test".to_owned(), sampled_share };
    Arc::new(Tracer::exporting(Export::start(&config).unwrap()))
}

/// One request that asks PostgREST one question, and fails.
async fn serve(tracer: &Arc<Tracer>, traceparent: &str) {
    let context = RequestContext::begin(Some("request-1"), Some(traceparent), tracer);
    within(context.clone(), async { Call::begin("PostgREST table").ended(Some(200)) }).await;
    context.answered("GET", "/api/boards/{board_id}/contacts", 503);
}

async fn finish(tracer: Arc<Tracer>) {
    tokio::task::spawn_blocking(move || tracer.finish()).await.unwrap();
}

#[tokio::test]
async fn a_request_and_its_question_are_spans_of_the_callers_trace() {
    let collector = Collector::default();
    let tracer = tracer(collector.listen().await, 1.0);
    serve(&tracer, SAMPLED).await;
    finish(tracer).await;

    let spans = collector.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    let of_kind = |kind: SpanKind| spans.iter().find(|span| span.kind == kind as i32).unwrap();
    let (request, question) = (of_kind(SpanKind::Server), of_kind(SpanKind::Client));
    assert!(spans.iter().all(|span| span.trace_id == TRACE_ID.to_be_bytes()));
    assert_eq!(request.parent_span_id, CALLER_ID.to_be_bytes());
    assert_eq!(question.parent_span_id, request.span_id);
    assert_eq!(request.name, "GET /api/boards/{board_id}/contacts");
    assert_eq!(request.status.as_ref().unwrap().code, StatusCode::Error as i32);
    assert!(request.start_time_unix_nano <= question.start_time_unix_nano);
    let named: Vec<&str> = request.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(
        named,
        ["http.request.method", "http.route", "http.response.status_code", "boardcache.request_id"]
    );
    let resource = format!("{:?}", collector.0.lock()[0].resource_spans[0].resource);
    assert!(resource.contains("origin-under-test"), "{resource}");
}

#[tokio::test]
async fn what_is_not_sampled_is_not_sent() {
    for (traceparent, share) in [(NOT_SAMPLED, 1.0), (SAMPLED, 0.0)] {
        let collector = Collector::default();
        let tracer = tracer(collector.listen().await, share);
        serve(&tracer, traceparent).await;
        finish(tracer).await;
        assert!(collector.spans().is_empty(), "{traceparent} {share}");
    }
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_keeps_nobody_waiting() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = "http://127.0.0.1:9".to_owned();
    for endpoint in [away, format!("http://{}", silent.local_addr().unwrap())] {
        let tracer = tracer(endpoint, 1.0);
        let began = std::time::Instant::now();
        for _ in 0..10_000 {
            serve(&tracer, SAMPLED).await;
        }
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        finish(tracer).await;
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    }
}
