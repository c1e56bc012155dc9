//! Tokens of a project's public keys at the edge: fetched once, checked once, remembered, and never past their time.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod world;

use std::rc::Rc;

use identity::{KEEP_GONE_SECS, MIN_INTERVAL_SECS, REFRESH_SECS};
use serde_json::{Value, json};
use stack::{SigningKey, key_set};
use world::{Isolate, PAGE, Request, START_MS, World, run};

const KEYS_URL: &str = "https://project.test/auth/v1/.well-known/jwks.json";
const NOW: u64 = START_MS / 1000;

/// An isolate that knows where the keys are, and no secret.
fn isolate(world: &Rc<World>) -> Isolate {
    world.isolate_with(&[("SUPABASE_JWT_SECRET", ""), ("SUPABASE_JWKS_URL", KEYS_URL)])
}

fn publish(world: &World, keys: &[&SigningKey]) {
    *world.key_set.borrow_mut() = key_set(keys);
}

/// An isolate of a project that publishes these keys, and whose database knows whoever comes for a member.
fn isolate_of(world: &Rc<World>, keys: &[&SigningKey]) -> Isolate {
    publish(world, keys);
    world.source.borrow_mut().any_bearer = Some("user_1");
    isolate(world)
}

fn claims(user: &str, expires_at_secs: u64) -> Value {
    json!({"sub": user, "aud": "authenticated", "exp": expires_at_secs})
}

async fn status(isolate: &Isolate, token: &str) -> u16 {
    isolate.handle(Request::get(PAGE).with("Authorization", &format!("Bearer {token}"))).await.status
}

#[test]
fn a_token_is_checked_once_and_its_keys_are_fetched_once() {
    run(async |world| {
        let (ec, rsa) = (SigningKey::es256("ec").unwrap(), SigningKey::rs256("rsa").unwrap());
        publish(&world, &[&ec, &rsa]);
        let isolate = isolate(&world);
        for (n, key) in [(1, &ec), (2, &rsa)] {
            world.source.borrow_mut().any_bearer = Some("user_1");
            let token = key.sign(&claims("user_1", NOW + 3600)).unwrap();
            for _ in 0..3 {
                assert_eq!(status(&isolate, &token).await, 200, "{}", key.alg());
            }
            assert_eq!((world.keys.asked.get(), world.checked_signatures.get()), (1, n));
            let (signed, _) = token.rsplit_once('.').unwrap();
            let (_, other) = key
                .sign(&claims("user_2", NOW + 3600))
                .map(|t| {
                    let (signed, signature) = t.rsplit_once('.').unwrap();
                    (signed.to_owned(), signature.to_owned())
                })
                .unwrap();
            assert_eq!(status(&isolate, &format!("{signed}.{other}")).await, 401, "{}", key.alg());
            world.checked_signatures.set(n);
        }
    });
}

#[test]
fn requests_that_need_the_keys_at_once_make_one_question() {
    run(async |world| {
        let ec = SigningKey::es256("ec").unwrap();
        publish(&world, &[&ec]);
        world.keys.delay_ms.set(200);
        world.source.borrow_mut().any_bearer = Some("user_1");
        let isolate = isolate(&world);
        let tokens: Vec<String> =
            (0..20).map(|n| ec.sign(&claims("user_1", NOW + 3600 + n)).unwrap()).collect();
        let statuses =
            futures_util::future::join_all(tokens.iter().map(|token| status(&isolate, token))).await;
        assert_eq!(statuses, [200; 20]);
        assert_eq!(world.keys.asked.get(), 1);
    });
}

#[test]
fn a_name_that_nobody_knows_is_asked_for_once_in_ten_seconds() {
    run(async |world| {
        let (known, unknown) = (SigningKey::es256("known").unwrap(), SigningKey::es256("unknown").unwrap());
        let isolate = isolate_of(&world, &[&known]);
        for n in 0..20 {
            assert_eq!(
                status(&isolate, &unknown.sign(&claims("user_1", NOW + 3600 + n)).unwrap()).await,
                401
            );
        }
        assert_eq!(world.keys.asked.get(), 1);
        // The key is published; ten seconds later it is found.
        publish(&world, &[&unknown]);
        world.sleep(10_000).await;
        assert_eq!(status(&isolate, &unknown.sign(&claims("user_1", NOW + 3600)).unwrap()).await, 200);
        assert_eq!(status(&isolate, &known.sign(&claims("user_1", NOW + 3600)).unwrap()).await, 200, "kept");
        assert_eq!(world.keys.asked.get(), 2);
    });
}

#[test]
fn keys_that_cannot_be_fetched_are_no_reason_to_call_a_token_bad() {
    run(async |world| {
        let ec = SigningKey::es256("ec").unwrap();
        let isolate = isolate_of(&world, &[&ec]);
        let token = ec.sign(&claims("user_1", NOW + 360_000)).unwrap();
        world.keys.down.set(true);
        assert_eq!(status(&isolate, &token).await, 503);
        world.keys.down.set(false);
        world.sleep(10_000).await;
        assert_eq!(status(&isolate, &token).await, 200);
        world.keys.down.set(true);
        world.sleep(86_400_000).await;
        let another = ec.sign(&claims("user_1", NOW + 360_001)).unwrap();
        assert_eq!(status(&isolate, &another).await, 200, "a failure keeps the keys");
    });
}

#[test]
fn a_revoked_key_does_not_live_on_in_what_is_remembered_while_keys_cannot_be_fetched() {
    run(async |world| {
        let (old, new) = (SigningKey::es256("old").unwrap(), SigningKey::es256("new").unwrap());
        let isolate = isolate_of(&world, &[&old]);
        let of_old = old.sign(&claims("user_1", NOW + 360_000)).unwrap();
        assert_eq!(status(&isolate, &of_old).await, 200);
        publish(&world, &[&new]);
        world.sleep(1000 * MIN_INTERVAL_SECS).await;
        assert_eq!(status(&isolate, &new.sign(&claims("user_1", NOW + 360_000)).unwrap()).await, 200);
        world.keys.down.set(true);
        // It is asked for all the time, so that it is always remembered.
        for _ in 0..KEEP_GONE_SECS / 60 {
            assert_eq!(status(&isolate, &of_old).await, 200, "kept for an hour");
            world.sleep(60_000).await;
        }
        assert_eq!(status(&isolate, &of_old).await, 503, "not known, and nobody can say");
        world.keys.down.set(false);
        world.sleep(1000 * MIN_INTERVAL_SECS).await;
        assert_eq!(status(&isolate, &of_old).await, 401);
    });
}

#[test]
fn what_a_key_signed_is_checked_again_when_its_keys_are_asked_for_anew() {
    run(async |world| {
        let ec = SigningKey::es256("ec").unwrap();
        let isolate = isolate_of(&world, &[&ec]);
        let token = ec.sign(&claims("user_1", NOW + 360_000)).unwrap();
        for (pause_secs, checked) in [(0, 1), (REFRESH_SECS - 1, 1), (1, 2), (REFRESH_SECS - 1, 2)] {
            world.sleep(1000 * pause_secs).await;
            assert_eq!(status(&isolate, &token).await, 200);
            assert_eq!(world.checked_signatures.get(), checked);
        }
    });
}

#[test]
fn a_token_of_a_key_is_forgotten_when_it_expires() {
    run(async |world| {
        let ec = SigningKey::es256("ec").unwrap();
        let isolate = isolate_of(&world, &[&ec]);
        let token = ec.sign(&claims("user_1", NOW + 60)).unwrap();
        assert_eq!(status(&isolate, &token).await, 200);
        world.sleep(66_000).await;
        assert_eq!(status(&isolate, &token).await, 401);
    });
}

#[test]
fn a_project_without_a_secret_takes_none() {
    run(async |world| {
        let isolate = isolate(&world);
        publish(&world, &[]);
        assert_eq!(isolate.read().await.0.status, 401, "HS256");
        assert_eq!(world.keys.asked.get(), 0);
    });
}
