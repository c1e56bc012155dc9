//! What follows a request from the edge to the origin.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

mod world;

use std::rc::Rc;

use dto::trace::TraceContext;
use world::{FakePlatform, PAGE, Request, World, run};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const RAY: &str = "8f2c1e9b5a7d4c3e-LAX";

/// `traceparent` and `X-Request-ID` of each question that a read puts to the origin.
async fn questions(world: &Rc<World>, request: Request) -> Vec<(String, String)> {
    let platform = Rc::new(FakePlatform::tracing(world, &request));
    let response = world.isolate().handle_on(&platform, request).await;
    assert_eq!(response.status, 200);
    let asked = world.origin_requests.take();
    asked
        .iter()
        .map(|question| {
            let values = |name: &str| {
                let values: Vec<_> = question.headers.iter().filter(|(known, _)| *known == name).collect();
                assert_eq!(values.len(), 1, "{name}: {values:?}");
                values[0].1.clone()
            };
            (values("traceparent"), values("X-Request-ID"))
        })
        .collect()
}

#[test]
fn the_browsers_trace_goes_on_and_cloudflares_name_with_it() {
    run(async |world: Rc<World>| {
        let request = Request::get(PAGE).with("traceparent", TRACEPARENT).with("CF-Ray", RAY);
        let questions = questions(&world, request).await;
        assert_eq!(questions.len(), 2, "a membership and a page");
        for (traceparent, id) in questions {
            let trace = TraceContext::parse(&traceparent).unwrap();
            assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_ne!(trace.span_id(), "00f067aa0ba902b7");
            assert_eq!(id, RAY);
        }
    });
}

#[test]
fn what_is_missing_or_malformed_is_made_anew() {
    run(async |world: Rc<World>| {
        let plain = Request::get(PAGE);
        let forged = Request::get(PAGE)
            .with("traceparent", &TRACEPARENT.to_uppercase())
            .with("CF-Ray", "a\"b")
            .with("X-Request-ID", "the-browsers");
        for request in [plain, forged] {
            for (traceparent, id) in questions(&world, request).await {
                let trace = TraceContext::parse(&traceparent).unwrap();
                assert_eq!(id, trace.trace_id());
                assert_ne!(id, "4bf92f3577b34da6a3ce929d0e0e4736");
            }
        }
    });
}
