//! HTTP requests: how many, how they ended, how long they took.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use foldhash::HashMap;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::latency::Latency;

/// What stands for a path that is no route's: the path itself is the caller's text.
pub const NO_ROUTE: &str = "none";
const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "OPTIONS", "other"];
/// How a request ended; the last one: its client went away.
const ENDS: [&str; 5] = ["2xx", "3xx", "4xx", "5xx", "cancelled"];
const CANCELLED: usize = 4;

/// The figures of one route, found by its template once and then counted into without a look-up.
#[derive(Debug, Clone)]
struct Route {
    ended: [[Counter; ENDS.len()]; METHODS.len()],
    took: Latency,
}

/// The figures of all routes.
#[derive(Debug)]
pub struct Requests {
    /// Never written after it was made.
    routes: HashMap<&'static str, Route>,
    none: Route,
    in_flight: Gauge,
    shed: Counter,
}

impl Requests {
    /// Instruments for the routes with these templates; any other path counts as [`NO_ROUTE`].
    pub(super) fn register(registry: &mut Registry, templates: &[&'static str]) -> Self {
        let ended = Family::<[(&str, &str); 3], Counter>::default();
        let took = Family::<[(&str, &str); 1], Latency>::default();
        let route = |template: &'static str| Route {
            ended: METHODS.map(|method| {
                ENDS.map(|end| {
                    ended.get_or_create_owned(&[("route", template), ("method", method), ("status", end)])
                })
            }),
            took: took.get_or_create_owned(&[("route", template)]),
        };
        let routes = templates.iter().map(|template| (*template, route(template))).collect();
        let none = route(NO_ROUTE);
        let (in_flight, shed) = (Gauge::default(), Counter::default());
        registry.register("http_requests", "Requests, by how they ended", ended);
        registry.register_with_unit(
            "http_request_duration",
            "How long requests took, from their head to the head of the answer",
            Unit::Seconds,
            took,
        );
        registry.register("http_requests_in_flight", "Requests that are being answered", in_flight.clone());
        registry.register(
            "http_requests_shed",
            "Requests that were refused because too many were being answered",
            shed.clone(),
        );
        Self { routes, none, in_flight, shed }
    }

    /// A request has begun. It is counted as cancelled if what this returns is dropped before it is told how it ended.
    #[must_use]
    pub fn begin(&self, template: Option<&str>, method: &Method) -> RequestUnderWay<'_> {
        let route = template.and_then(|template| self.routes.get(template)).unwrap_or(&self.none);
        let method = METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1);
        self.in_flight.inc();
        RequestUnderWay {
            ended: &route.ended[method],
            took: &route.took,
            in_flight: &self.in_flight,
            began: Instant::now(),
            end: CANCELLED,
        }
    }

    /// A request was refused because too many are being answered.
    pub fn shed(&self) {
        self.shed.inc();
    }
}

/// A request that is being answered.
pub struct RequestUnderWay<'a> {
    ended: &'a [Counter; ENDS.len()],
    took: &'a Latency,
    in_flight: &'a Gauge,
    began: Instant,
    end: usize,
}

impl RequestUnderWay<'_> {
    /// It was answered. Returns how long that took.
    #[allow(clippy::must_use_candidate, reason = "counting is what it is for")]
    pub fn answered(mut self, status: StatusCode) -> Duration {
        self.end = match status.as_u16() {
            ..300 => 0,
            300..400 => 1,
            400..500 => 2,
            500.. => 3,
        };
        let took = self.began.elapsed();
        self.took.observe(took);
        took
    }
}

impl Drop for RequestUnderWay<'_> {
    fn drop(&mut self) {
        self.in_flight.dec();
        self.ended[self.end].inc();
    }
}
