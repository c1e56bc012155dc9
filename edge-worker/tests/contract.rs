//! The HTTP contract of the edge: statuses, headers, CORS, health and metrics.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use serde_json::Value;
use world::{PAGE, Request, run};

#[test]
fn a_page_has_the_documented_headers() {
    run(async |world| {
        let page = world.isolate().read().await;
        for (name, value) in [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "private, no-cache"),
            ("Vary", "Origin, Authorization"),
            ("X-Cache-Generation", "workspace=0,board:b=0"),
            ("X-Content-Type-Options", "nosniff"),
            ("Age", "0"),
            ("Server-Timing", "total;dur=0"),
        ] {
            assert_eq!(page.header(name), value, "{name}");
        }
        assert!(page.header("ETag").starts_with('"'));
        let body = String::from_utf8(page.0.body).unwrap();
        assert!(body.starts_with(r#"{"success":true,"data":{"contacts":["#), "{body}");
        assert!(
            body.contains(
                r#""_cache":{"status":"MISS","source":"database","ttl":180,"edge_location":"LAX","#
            )
        );
    });
}

#[test]
fn server_timing_names_the_stages_that_took_time() {
    run(async |world| {
        world.ledger.delay_ms.set(3);
        world.origin.delay_ms.set(20);
        world.kv.delay_ms.set(5);
        let page = world.isolate().read().await;
        let timing = "ledger;dur=3, membership;dur=20, kv;dur=5, origin;dur=20, total;dur=48";
        assert_eq!(page.header("Server-Timing"), timing);
        assert_eq!(page.took_ms(), 48);
    });
}

#[test]
fn who_has_the_page_already_gets_a_304() {
    run(async |world| {
        let isolate = world.isolate();
        let etag = isolate.read().await.header("ETag").to_owned();
        let response =
            isolate.handle(Request::get(PAGE).with("If-None-Match", &format!("\"x\", W/{etag}"))).await;
        assert_eq!((response.status, response.body.len()), (304, 0));
        assert_eq!(response.header("ETag"), Some(etag.as_str()));
        assert_eq!(response.header("X-Cache-Generation"), Some("workspace=0,board:b=0"));
        isolate.change(2).await;
        let response = isolate.handle(Request::get(PAGE).with("If-None-Match", &etag)).await;
        assert_eq!(response.status, 200);
    });
}

#[test]
fn the_same_data_has_the_same_etag_after_an_invalidation() {
    run(async |world| {
        let isolate = world.isolate();
        let etag = isolate.read().await.header("ETag").to_owned();
        isolate.invalidate().await.unwrap();
        let response = isolate.handle(Request::get(PAGE).with("If-None-Match", &etag)).await;
        assert_eq!(response.status, 304);
    });
}

#[test]
fn a_head_is_a_get_without_its_body() {
    run(async |world| {
        let isolate = world.isolate();
        let mut request = Request::new("HEAD", PAGE).with("X-Workspace-ID", "w");
        assert_eq!(isolate.handle(request.clone()).await.status, 401);
        request = request.with("Authorization", &world::bearer("user_1"));
        let response = isolate.handle(request).await;
        assert_eq!((response.status, response.body.len()), (200, 0));
        assert!(response.header("ETag").is_some());
    });
}

#[test]
fn bad_requests_get_the_right_status_and_leave_no_trace() {
    run(async |world| {
        let isolate = world.isolate();
        let token = world::bearer("user_1");
        let get = |path: &str| Request::get(path);
        let long = format!("{PAGE}?search={}", "x".repeat(10_000));
        for (request, status, field) in [
            (get("/api/boards/b/contacts.css"), 404, ""),
            (get("/api/boards/b%2fc/contacts"), 404, ""),
            (get("/nothing"), 404, ""),
            (Request::new("DELETE", PAGE), 405, ""),
            (Request::new("GET", "/api/cache/invalidate"), 405, ""),
            (get(&long), 414, ""),
            (get(&format!("{PAGE}?page=0")).without("Authorization"), 401, ""),
            (get(&format!("{PAGE}?page=0")), 400, "page"),
            (get(&format!("{PAGE}?per_page=101")), 400, "per_page"),
            (get(&format!("{PAGE}?per_page=abc")), 400, "per_page"),
            (get(&format!("{PAGE}?filter=none")), 400, "filter"),
            (get(&format!("{PAGE}?sort_by=id")), 400, "sort_by"),
            (get(&format!("{PAGE}?search={}", "x".repeat(201))), 400, "search"),
            (get(PAGE).without("X-Workspace-ID"), 400, "X-Workspace-ID"),
            (get(PAGE).with("X-Workspace-ID", "w, w"), 400, "X-Workspace-ID"),
            (get(PAGE).with("X-Cache-Generation", "yesterday"), 400, "X-Cache-Generation"),
            (get(PAGE).with("X-Cache-Generation", "board:b=9000000000000000"), 400, "X-Cache-Generation"),
            (get(PAGE).with("X-User-ID", "user_2"), 403, "X-User-ID"),
        ] {
            let request = request.with("Origin", "https://app.example.com");
            let response = isolate.handle(request).await;
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!((response.status, body["success"].as_bool()), (status, Some(false)), "{body}");
            assert_eq!(body["error"]["field"].as_str().unwrap_or_default(), field, "{body}");
            assert_eq!(response.header("Cache-Control"), Some("no-store"));
            assert_eq!(response.header("Access-Control-Allow-Origin"), Some("https://app.example.com"));
            assert!(!String::from_utf8(response.body).unwrap().contains(token.trim_start_matches("Bearer ")));
        }
        assert_eq!(world.origin.asked.get() + world.kv.asked.get() + world.ledger.asked.get(), 0);
    });
}

#[test]
fn what_differs_in_unknown_parameters_alone_is_one_page() {
    run(async |world| {
        let isolate = world.isolate();
        isolate.read().await;
        isolate.handle(Request::get(&format!("{PAGE}?utm_source=x&page=1&_=17"))).await;
        assert_eq!(world.page_loads(), 1);
        let target = world.origin_requests.borrow()[1].target.clone();
        let canonical = "page=1&per_page=50&filter=all&sort_by=created_at&sort_order=desc";
        assert_eq!(target, format!("/internal/boards/b/contacts?{canonical}"));
    });
}

#[test]
fn a_preflight_is_answered_at_the_edge() {
    run(async |world| {
        let isolate = world.isolate();
        let preflight = |origin: &str| {
            Request::new("OPTIONS", PAGE).with("Origin", origin).with("Access-Control-Request-Method", "GET")
        };
        let response = isolate.handle(preflight("https://app.example.com")).await;
        assert_eq!(response.status, 204);
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some("https://app.example.com"));
        assert_eq!(response.header("Access-Control-Max-Age"), Some("7200"));
        let allowed = response.header("Access-Control-Allow-Headers").unwrap();
        for name in ["Authorization", "X-Workspace-ID", "X-User-ID", "X-Cache-Generation", "If-None-Match"] {
            assert!(allowed.contains(name), "{name}");
        }
        let response = isolate.handle(preflight("https://evil.test")).await;
        assert!(response.headers.iter().all(|(name, _)| !name.starts_with("Access-Control")));
        assert_eq!(world.origin.asked.get(), 0);
    });
}

#[test]
fn health_says_whether_kv_answers() {
    run(async |world| {
        let isolate = world.isolate();
        let health =
            async || String::from_utf8(isolate.handle(Request::new("GET", "/health")).await.body).unwrap();
        assert_eq!(
            health().await,
            concat!(
                r#"{"status":"healthy","worker":"contact-list-cache","version":""#,
                env!("CARGO_PKG_VERSION"),
                r#"","edge_location":"LAX","kv_available":true,"timestamp":"2026-07-25T17:20:00.000Z","#,
                r#""response_time":"0ms"}"#
            )
        );
        world.kv.down.set(true);
        assert!(health().await.contains(r#""status":"degraded""#));
        world.kv.down.set(false);
        world.kv.delay_ms.set(60_000);
        assert!(health().await.contains(r#""kv_available":false"#));
    });
}

#[test]
fn metrics_are_the_locations() {
    run(async |world| {
        let (here, there) = (world.isolate(), world.isolate());
        for isolate in [&here, &there] {
            for _ in 0..5 {
                isolate.read().await;
                world.sleep(10).await;
            }
        }
        // The other isolate's figures arrive within a second, by themselves.
        world.sleep(1100).await;
        let response = here.handle(Request::new("GET", "/metrics")).await;
        let metrics: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(metrics["edge_location"], "LAX");
        let requests = &metrics["metrics"]["requests"];
        assert_eq!((requests["total"].as_u64(), requests["cache_hits"].as_u64()), (Some(10), Some(9)));
        let cache = &metrics["metrics"]["cache"];
        assert_eq!((cache["kv_hits"].as_u64(), cache["database_hits"].as_u64()), (Some(9), Some(1)));
        assert!((cache["hit_rate"].as_f64().unwrap() - 0.9).abs() < 1e-9);

        for request in [
            Request::new("GET", "/metrics?format=prometheus"),
            Request::new("GET", "/metrics").with("Accept", "text/plain;version=0.0.4"),
        ] {
            let response = here.handle(request).await;
            assert_eq!(response.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
            let text = String::from_utf8(response.body).unwrap();
            assert!(text.contains("boardcache_edge_requests_total{location=\"LAX\"} 10\n"), "{text}");
        }
    });
}
