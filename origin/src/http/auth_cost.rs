//! What it costs to know who asks, of a hit: a token that is remembered and a membership that is, against all else that a hit does.
//!
//! `cargo test -p origin -p edge-worker identity_costs -- --ignored --nocapture` prints it for both tiers. Batches of whole hits and of what of a hit
//! identifies the caller take turns, so that both see the same machine; of each the quickest tenth counts, which is what it takes when
//! nobody else wants the processor.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use dto::cors::AllowedOrigins;
use identity::{InternalKeys, TokenVerifier};
use serde_json::json;

use super::auth;
use crate::app::App;
use crate::clock::{Clock, SystemClock};
use crate::source::sqlite::SqliteSource;
use crate::tokens::LastShown;

const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
/// The most that identity may add to a hit.
const MAX_SHARE: f64 = 0.05;
const BATCHES: usize = 400;
const HITS: u32 = 50;

/// An origin with the varied demo workspace.
async fn app() -> Arc<App> {
    let source = SqliteSource::open_in_memory().unwrap();
    source
        .seed_demo(demo_data::Anchor::of_day_containing(SystemClock.now_secs().cast_signed()))
        .await
        .unwrap();
    let keys = InternalKeys::parse("an-internal-key-for-tests").unwrap();
    App::alone(Arc::new(source), TokenVerifier::hs256(SECRET).unwrap(), keys, 64 << 20)
}

fn request(token: &str) -> Request<Body> {
    Request::get("/api/boards/board_sales/contacts?per_page=50")
        .header("authorization", format!("Bearer {token}"))
        .header("x-workspace-id", "20771")
        .body(Body::empty())
        .unwrap()
}

fn quickest_tenth(mut batches: Vec<Duration>) -> f64 {
    batches.sort_unstable();
    let tenth = batches.len() / 10;
    batches[..tenth].iter().sum::<Duration>().as_secs_f64() * 1e6 / tenth as f64 / f64::from(HITS)
}

#[tokio::test]
#[ignore = "a measurement: minutes of one processor"]
async fn identity_costs_a_hit_at_the_origin_a_twentieth_at_most() {
    let app = app().await;
    let front = super::router(app.clone(), AllowedOrigins::default());
    let claims = json!({"sub": "user_member_20771", "role": "authenticated", "aud": "authenticated", "exp": 4_102_444_800_u64,
        "app_metadata": {"provider": "email"}, "email": "somebody@example.com", "session_id": "00000000-0000-4000-8000-000000000000"});
    let token = stack::tokens::sign(&json!({"alg": "HS256", "typ": "JWT"}), &claims, SECRET).unwrap();
    let fields: HeaderMap = request(&token).headers().clone();
    let mut shown = LastShown::default();
    let (mut hits, mut identified, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..BATCHES {
        let requests: Vec<_> = (0..HITS).map(|_| request(&token)).collect();
        let began = Instant::now();
        for request in requests {
            let response = front.clone().answer(request).await;
            assert_eq!(response.status(), StatusCode::OK);
            bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().len();
        }
        hits.push(began.elapsed());
        let began = Instant::now();
        for _ in 0..HITS {
            black_box(auth::member_or_service(&app, black_box(&fields), &mut shown).await.is_ok());
        }
        identified.push(began.elapsed());
    }
    let (hit, identity) = (quickest_tenth(hits), quickest_tenth(identified));
    let share = identity / (hit - identity);
    println!(
        "origin: a hit of {bytes} bytes takes {hit:.2} µs, {identity:.2} µs of it to know who asks: {:.1} % more than without",
        share * 100.0
    );
    assert!(share <= MAX_SHARE, "identity costs {:.1} % of a hit", share * 100.0);
}
