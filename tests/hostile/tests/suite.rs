//! Thousands of hostile requests to the whole chain as it is deployed: none shows a row of another workspace, none makes a server fail, and nothing that an
//! attacker sends is in a victim's answer.
//!
//! `cargo test -p hostile --test suite -- --nocapture` prints how many there were.

use std::time::Instant;

use anyhow::Result;
use end_to_end::{Shape, World};
use hostile::leak::Detector;
use hostile::run::{Outcome, attack, poison};
use hostile::target::Target;
use hostile::{bodies, crossing, deception, injection, public_keys, smuggling, store, tokens};

#[tokio::test]
async fn no_request_however_crafted_gets_what_is_not_its_own() -> Result<()> {
    let world = World::start(
        "hostile",
        Shape { public_keys: true, issuer: Some(stack::tokens::ISSUER), ..Shape::default() },
    )
    .await?;
    let detector = Detector::new();
    let mut target = Target::new(&world)?;
    let began = Instant::now();
    println!("{} right requests were answered", target.warm().await?);

    let mut sum = Outcome::default();
    for (group, cases) in [
        ("right tokens of the project's keys", public_keys::controls(&target)?),
        ("tokens", tokens::cases(&target)?),
        ("injection", injection::cases(&target)),
        ("smuggling", smuggling::cases(&target)),
        ("deception", deception::cases(&target)),
        ("crossing", crossing::cases(&target)?),
        ("a store that mixes up", store::cases(&target, &world.redis.url()).await?),
        ("bodies", bodies::cases(&target)),
    ] {
        let outcome = attack(&target, &detector, &cases).await?;
        println!("{group}: {}", outcome.line());
        sum.add(outcome);
    }
    let outcome = poison(&target, &detector).await?;
    println!("poisoning: {}", outcome.line());
    sum.add(outcome);
    println!("{} in {:.1} s", sum.line(), began.elapsed().as_secs_f64());

    assert!(sum.is_clean(), "{}", sum.report());
    assert!(sum.cases > 2000, "{} cases are too few to mean much", sum.cases);
    assert!(sum.answered > 500, "refusals alone prove little: {} were answered", sum.answered);
    Ok(())
}
