//! What it costs to know who asks, of a hit in the isolate's memory: see `origin/src/http/auth_cost.rs`, which measures the same way.
//!
//! Natively, over the platform of the tests, where a hit is a few microseconds and identity a sixth of that in an optimised build. In the
//! runtime a hit costs far more, for the request that crosses from JavaScript and the response that crosses back, and identity costs what it
//! costs here: so what is bounded is its time, not its share.

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use identity::{VerifiedWorkspace, bearer_token};
use ids::WorkspaceId;

use crate::http::request::Inbound as _;
use crate::membership::Asker;
use crate::platform::Clock as _;
use crate::world::{FakePlatform, Isolate, PAGE, Request, World, run};

/// The most that identity may take, in microseconds.
const MAX_MICROS: f64 = 5.0;
const BATCHES: usize = 400;
const HITS: u32 = 50;
/// About what 50 contacts have, in bytes.
const PAGE_BYTES: usize = 20_000;

/// All that [`crate::read`] does to know whose request it is.
async fn identify(isolate: &Isolate, platform: &Rc<FakePlatform>, request: &Request) -> bool {
    let (edge, began_ms) = (&isolate.edge, platform.now_ms());
    let authorization = request.header("Authorization").unwrap_or_default();
    let token = bearer_token(Some(&authorization)).unwrap();
    let user = edge.tokens.verify(platform, token, began_ms / 1000).await.unwrap();
    let workspace = WorkspaceId::parse("w").unwrap();
    let asker = Asker { user, workspace, authorization, began_ms };
    let membership = edge.members.of(platform, &edge.origin, &asker).await.unwrap();
    VerifiedWorkspace::of_member(&asker.user, &membership).is_some()
}

fn quickest_tenth(mut batches: Vec<Duration>) -> f64 {
    batches.sort_unstable();
    let tenth = batches.len() / 10;
    batches[..tenth].iter().sum::<Duration>().as_secs_f64() * 1e6 / tenth as f64 / f64::from(HITS)
}

#[test]
#[ignore = "a measurement"]
fn identity_costs_a_hit_at_the_edge_microseconds() {
    run(async |world: Rc<World>| {
        world.source.borrow_mut().padding = PAGE_BYTES;
        let isolate = world.isolate();
        isolate.read().await;
        let (mut hits, mut identified, mut bytes) = (Vec::new(), Vec::new(), 0);
        let request = Request::get(PAGE);
        for _ in 0..BATCHES {
            let requests: Vec<_> = (0..HITS).map(|_| request.clone()).collect();
            let began = Instant::now();
            for request in requests {
                let response = isolate.handle(request).await;
                assert_eq!(response.status, 200);
                bytes = response.body.len();
            }
            hits.push(began.elapsed());
            let platform = Rc::new(FakePlatform::new(&world));
            let began = Instant::now();
            for _ in 0..HITS {
                assert!(black_box(identify(&isolate, &platform, black_box(&request)).await));
            }
            identified.push(began.elapsed());
        }
        assert_eq!(world.membership_questions(), 1, "everything was remembered");
        let (hit, identity) = (quickest_tenth(hits), quickest_tenth(identified));
        let share = identity / (hit - identity);
        println!(
            "edge: a hit of {bytes} bytes takes {hit:.2} µs, {identity:.2} µs of it to know who asks: {:.1} % more than without",
            share * 100.0
        );
        assert!(identity <= MAX_MICROS, "identity takes {identity:.2} µs");
    });
}
