//! The same requests to an origin whose defences are off, one at a time: the suite goes red. With the defences on it is green.
//!
//! `cargo test -p hostile --test detector -- --nocapture` prints how many leaks were seen.

#![cfg(debug_assertions)] // An optimised origin has no switches.

use std::sync::atomic::Ordering;

use anyhow::Result;
use end_to_end::{Shape, World};
use hostile::leak::Detector;
use hostile::leaky_origin::{LeakyOrigin, edge_before};
use hostile::run::attack;
use hostile::target::Target;
use hostile::{crossing, store, tokens};
use origin::leaky::switches::{SEAL_IS_OFF, WORKSPACE_CHECK_IS_OFF};

#[tokio::test]
async fn the_suite_sees_what_leaks_where_a_defence_is_off_and_nothing_where_all_are_on() -> Result<()> {
    let world = World::start("hostile_leaky", Shape::default()).await?;
    let (detector, redis) = (Detector::new(), world.redis.url());
    let origin = LeakyOrigin::start(&world).await?;
    let mut target = Target::new(&world)?.with_origin(&origin.url);
    target.warm().await?;

    let on = attack(&target, &detector, &crossing::reads(&target)?).await?;
    println!("defences on: {}", on.line());
    assert!(on.is_clean(), "{}", on.report());

    // This chain has no `SUPABASE_JWT_ISSUER`: whoever signs with the project's secret is its issuer.
    let any_issuer = attack(&target, &detector, &tokens::other_issuers(&target)?).await?;
    println!("without the issuer: {}", any_issuer.line());

    // An origin and a Worker that do not remember yet who is no member.
    let origin = LeakyOrigin::start(&world).await?;
    let edge = edge_before(&world, &origin).await?;
    let mut target = target.with_origin(&origin.url).with_edge(&edge.url());
    target.warm().await?;
    WORKSPACE_CHECK_IS_OFF.store(true, Ordering::SeqCst);
    let unchecked = attack(&target, &detector, &crossing::reads(&target)?).await?;
    WORKSPACE_CHECK_IS_OFF.store(false, Ordering::SeqCst);
    println!("without the workspace check: {}", unchecked.line());

    SEAL_IS_OFF.store(true, Ordering::SeqCst);
    let unsealed = attack(&target, &detector, &store::cases(&target, &redis).await?).await?;
    SEAL_IS_OFF.store(false, Ordering::SeqCst);
    println!("without the seal: {}", unsealed.line());

    let seen = |leaks: &[String], tier: &str| leaks.iter().any(|leak| leak.starts_with(tier));
    assert!(seen(&any_issuer.leaks, "Origin"), "another issuer's token is not seen at the origin");
    assert!(seen(&any_issuer.leaks, "Edge"), "another issuer's token is not seen at the edge");
    assert!(seen(&unchecked.leaks, "Origin"), "a missing workspace check is not seen at the origin");
    assert!(seen(&unchecked.leaks, "Edge"), "a missing workspace check is not seen at the edge");
    assert!(seen(&unsealed.leaks, "Origin"), "a missing seal at the origin is not seen");
    assert!(!seen(&unsealed.leaks, "Edge"), "the edge holds what it is sent against the seal itself");
    Ok(())
}
