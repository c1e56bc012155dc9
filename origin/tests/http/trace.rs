//! What follows a request: into the answer, the log and the question to PostgREST.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use dto::trace::TraceContext;
use origin::source::ContactSource as _;
use origin::source::supabase::{SupabaseConfig, SupabaseSource};
use origin::trace::log_line::LogLine;
use origin::trace::{Call, RequestContext, within};
use parking_lot::Mutex;
use serde_json::Value;
use tracing_subscriber::fmt::format::JsonFields;

use crate::world::{KEY, World, world};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn id_of_answer(world: &World, sent: &[&str]) -> String {
    let mut request = Request::get("/health");
    for id in sent {
        request = request.header("X-Request-ID", *id);
    }
    let response = world.send(request.body(Body::empty()).unwrap()).await;
    response.headers()["x-request-id"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_has_the_id_that_was_sent_or_one_of_ours() {
    let world = world();
    assert_eq!(id_of_answer(&world, &["the_callers-own-1"]).await, "the_callers-own-1");
    let long = "x".repeat(65);
    let mut made = std::collections::HashSet::new();
    for sent in [&[][..], &["a b"], &[""], &["a\"}"], &[&long], &["one", "two"]] {
        let id = id_of_answer(&world, sent).await;
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(made.insert(id));
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Writes what this thread logs from now on, as the process does.
    fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(JsonFields::new())
            .event_format(LogLine::default())
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test]
async fn each_line_of_a_request_names_it_and_none_says_what_was_searched() {
    let (world, log) = (world(), Log::default());
    world.source_is_down(true);
    let logging = log.begin();
    let request = Request::get("/api/boards/b/contacts?search=ann%40example.com")
        .header("X-Internal-Auth", KEY)
        .header("X-Workspace-ID", "w")
        .header("X-Request-ID", "request-1")
        .header("traceparent", TRACEPARENT)
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.send(request).await.status(), 503);
    drop(logging);

    let lines: Vec<Value> = log
        .lines()
        .into_iter()
        .filter(|line| line["target"].as_str().unwrap().starts_with("origin") || line["target"] == "access")
        .collect();
    assert!(lines.iter().any(|line| line["message"] == "the source failed"), "from the load's own task");
    for line in &lines {
        assert_eq!(line["span"]["request_id"], "request-1", "{line}");
        assert_eq!(line["span"]["trace_id"], TRACE_ID, "{line}");
        let text = line.to_string();
        assert!(!text.contains("ann") && !text.contains("example.com"), "{text}");
    }
    let access = lines.iter().find(|line| line["target"] == "access").unwrap();
    assert_eq!(access["level"], "INFO");
    assert_eq!(access["method"], "GET");
    assert_eq!(access["route"], "/api/boards/{board_id}/contacts");
    assert_eq!(access["status"], 503);
    assert!(access["duration_ms"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn the_access_line_says_which_tier_answered() {
    let (world, log) = (world(), Log::default());
    let logging = log.begin();
    world.list().await;
    world.list().await;
    drop(logging);
    let lines = log.lines();
    let tiers: Vec<&str> = lines
        .iter()
        .filter(|line| line["target"] == "access")
        .map(|line| line["tier"].as_str().unwrap())
        .collect();
    assert_eq!(tiers, ["database", "origin_memory"]);
}

#[tokio::test]
async fn postgrest_is_asked_under_the_requests_trace_and_id() {
    let seen = Arc::new(Mutex::new(Vec::<HeaderMap>::new()));
    let requests = seen.clone();
    let stub = Router::new().fallback(move |headers: HeaderMap| {
        requests.lock().push(headers);
        async { "[]" }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, stub).await });
    let source = SupabaseSource::new(SupabaseConfig {
        rest_url: format!("{url}/rest/v1"),
        anon_key: "anon".to_owned(),
        service: None,
        timeout: Duration::from_secs(5),
    })
    .unwrap();

    source.ready().await.unwrap();
    let context = RequestContext::begin(Some("request-1"), Some(TRACEPARENT), &Arc::default());
    let own = context.trace.span_id();
    within(context, source.ready()).await.unwrap();

    let seen = seen.lock();
    assert!(!seen[0].contains_key("traceparent") && !seen[0].contains_key("x-request-id"));
    assert_eq!(seen[1]["x-request-id"], "request-1");
    let asked = TraceContext::parse(seen[1]["traceparent"].to_str().unwrap()).unwrap();
    assert_eq!(asked.trace_id(), TRACE_ID);
    assert!(asked.span_id() != own && asked.span_id() != "00f067aa0ba902b7", "a span of its own");
}

#[tokio::test]
async fn a_trace_goes_along_into_a_task_of_its_own() {
    let context = RequestContext::begin(None, Some(TRACEPARENT), &Arc::default());
    let onward = || async { Call::begin("a question").headers() };
    let carried = within(context, async { tokio::spawn(origin::trace::carried(onward())).await.unwrap() });
    assert!(carried.await[0].1.contains(TRACE_ID));
    assert!(onward().await.is_empty());
}
