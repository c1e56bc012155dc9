use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use identity::{KEEP_GONE_SECS, MIN_INTERVAL_SECS, REFRESH_SECS};
use parking_lot::Mutex;
use serde_json::{Value, json};
use stack::{KeySetServer, SigningKey, key_set};

use super::*;

const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";
const NOW: u64 = 1_785_000_000;

/// A project that publishes keys under the test's control.
#[derive(Clone, Default)]
struct Project(Arc<State>);

#[derive(Default)]
struct State {
    set: Mutex<Value>,
    asked: AtomicU64,
    down: AtomicBool,
}

#[async_trait]
impl FetchKeys for Project {
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnreachable> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        if self.0.down.load(Ordering::SeqCst) {
            return Err(KeysUnreachable("down".to_owned()));
        }
        Ok(self.0.set.lock().to_string().into_bytes())
    }
}

impl Project {
    fn publish(&self, keys: &[&SigningKey]) {
        *self.0.set.lock() = key_set(keys);
    }

    fn asked(&self) -> u64 {
        self.0.asked.load(Ordering::SeqCst)
    }

    fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    fn tokens(&self) -> Tokens {
        Tokens::of_keys(TokenVerifier::public_keys(), PublishedKeys::from(self.clone()))
    }
}

fn claims(user: &str, expires_at_secs: u64) -> Value {
    json!({"sub": user, "aud": "authenticated", "exp": expires_at_secs})
}

fn token(key: &SigningKey, user: &str) -> String {
    key.sign(&claims(user, NOW + 86_400)).unwrap()
}

#[tokio::test]
async fn tokens_of_both_algorithms_are_verified_and_altered_ones_are_not() {
    let (ec, rsa) = (SigningKey::es256("ec").unwrap(), SigningKey::rs256("rsa").unwrap());
    let project = Project::default();
    project.publish(&[&ec, &rsa]);
    let tokens = project.tokens();
    for key in [&ec, &rsa] {
        let good = token(key, "user_1");
        assert_eq!(tokens.verify(&good, NOW).await.unwrap().id().as_str(), "user_1");
        let (_, signature) = good.rsplit_once('.').unwrap();
        let (other, _) =
            token(key, "user_2").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let mixed = format!("{other}.{signature}");
        assert_eq!(tokens.verify(&mixed, NOW).await, Err(TokenError::Signature), "{}", key.alg());
        let unsigned = format!("{other}.");
        assert_eq!(tokens.verify(&unsigned, NOW).await, Err(TokenError::Signature), "{}", key.alg());
        let expired = key.sign(&claims("user_1", NOW - 60)).unwrap();
        assert_eq!(tokens.verify(&expired, NOW).await, Err(TokenError::Expired), "{}", key.alg());
    }
    // One key's signature under the other's name, or its algorithm.
    for (header, error) in [
        (json!({"alg": "ES256", "kid": "rsa"}), TokenError::Algorithm),
        (json!({"alg": "RS256", "kid": "rsa"}), TokenError::Signature),
        (json!({"alg": "HS256", "kid": "ec"}), TokenError::Algorithm),
        (json!({"alg": "none"}), TokenError::Algorithm),
    ] {
        let forged = ec.sign_as(&header, &claims("user_1", NOW + 60)).unwrap();
        assert_eq!(tokens.verify(&forged, NOW).await, Err(error), "{header}");
    }
    assert_eq!(project.asked(), 1);
}

#[tokio::test]
async fn the_secret_is_taken_beside_the_keys_while_a_project_moves_to_them() {
    let ec = SigningKey::es256("ec").unwrap();
    let project = Project::default();
    project.publish(&[&ec]);
    let verifier = TokenVerifier::hs256(SECRET).unwrap().and_public_keys();
    let tokens = Tokens::of_keys(verifier, PublishedKeys::from(project.clone()));
    let header = json!({"alg": "HS256", "kid": "old"});
    let old = stack::tokens::sign(&header, &claims("user_1", NOW + 60), SECRET).unwrap();
    assert!(tokens.verify(&old, NOW).await.is_ok());
    assert_eq!(project.asked(), 0, "the secret needs no keys");
    assert!(tokens.verify(&token(&ec, "user_1"), NOW).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_asked_for_once_however_many_need_it() {
    let (old, new) = (SigningKey::es256("old").unwrap(), SigningKey::es256("new").unwrap());
    let project = Project::default();
    project.publish(&[&old]);
    let tokens = Arc::new(project.tokens());
    tokens.verify(&token(&old, "user_1"), NOW).await.unwrap();
    project.publish(&[&new]);
    let later = NOW + MIN_INTERVAL_SECS;
    let many = (0..50).map(|n| {
        let (tokens, token) = (tokens.clone(), token(&new, &format!("user_{n}")));
        tokio::spawn(async move { tokens.verify(&token, later).await.map(drop) })
    });
    for one in futures_util::future::join_all(many).await {
        assert_eq!(one.unwrap(), Ok(()));
    }
    assert_eq!(project.asked(), 2);
    tokens.verify(&token(&old, "user_2"), later).await.expect("the old key is kept");
}

#[tokio::test]
async fn whoever_names_keys_that_do_not_exist_does_not_have_us_ask_and_ask() {
    let (known, unknown) = (SigningKey::es256("known").unwrap(), SigningKey::es256("unknown").unwrap());
    let project = Project::default();
    project.publish(&[&known]);
    let tokens = project.tokens();
    for n in 0..100 {
        let refused = tokens.verify(&token(&unknown, &format!("user_{n}")), NOW).await;
        assert_eq!(refused, Err(TokenError::UnknownKey));
    }
    assert_eq!(project.asked(), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_no_reason_to_call_a_token_bad() {
    let (old, new) = (SigningKey::es256("old").unwrap(), SigningKey::es256("new").unwrap());
    let project = Project::default();
    project.publish(&[&old, &new]);
    project.down(true);
    let tokens = project.tokens();
    assert_eq!(tokens.verify(&token(&old, "user_1"), NOW).await, Err(TokenError::KeysUnavailable));
    project.down(false);
    let later = NOW + MIN_INTERVAL_SECS;
    tokens.verify(&token(&old, "user_1"), later).await.unwrap();
    project.down(true);
    let much_later = later + 10 * REFRESH_SECS;
    tokens.verify(&token(&old, "user_2"), much_later).await.expect("a failure keeps the keys");
}

/// When the project below gives its first key up.
const ROTATED_AT: u64 = NOW + MIN_INTERVAL_SECS;

/// A project that has given a key up, and a token of that key, which was verified before.
async fn rotated() -> (Project, Tokens, String) {
    let (old, new) = (SigningKey::es256("old").unwrap(), SigningKey::es256("new").unwrap());
    let project = Project::default();
    project.publish(&[&old]);
    let tokens = project.tokens();
    let of_old = token(&old, "user_1");
    tokens.verify(&of_old, NOW).await.unwrap();
    project.publish(&[&new]);
    tokens.verify(&token(&new, "user_2"), ROTATED_AT).await.unwrap();
    (project, tokens, of_old)
}

#[tokio::test]
async fn what_a_key_verified_is_forgotten_with_the_key() {
    let (_, tokens, of_old) = rotated().await;
    tokens.verify(&of_old, ROTATED_AT).await.expect("kept for an hour");
    let gone = ROTATED_AT + KEEP_GONE_SECS;
    // Somebody names another key, so that the keys are asked for; the one that is gone is given up.
    let other = SigningKey::es256("other").unwrap();
    assert_eq!(tokens.verify(&token(&other, "user_3"), gone).await, Err(TokenError::UnknownKey));
    assert_eq!(tokens.verify(&of_old, gone).await, Err(TokenError::UnknownKey));
}

#[tokio::test]
async fn a_revoked_key_does_not_live_on_in_what_is_remembered_while_keys_cannot_be_fetched() {
    let (project, tokens, of_old) = rotated().await;
    project.down(true);
    // It is asked for all the time, so that it is always remembered.
    for now_secs in (ROTATED_AT..ROTATED_AT + KEEP_GONE_SECS).step_by(60) {
        tokens.verify(&of_old, now_secs).await.expect("kept for an hour");
    }
    let gone = ROTATED_AT + KEEP_GONE_SECS;
    assert_eq!(tokens.verify(&of_old, gone).await, Err(TokenError::KeysUnavailable));
    project.down(false);
    let later = gone + MIN_INTERVAL_SECS;
    assert_eq!(tokens.verify(&of_old, later).await, Err(TokenError::UnknownKey));
}

#[tokio::test]
async fn a_remembered_token_is_forgotten_when_it_expires() {
    let verifier = TokenVerifier::hs256(SECRET).unwrap();
    let tokens = Tokens::of_secret(verifier);
    let token = stack::tokens::sign(&json!({"alg": "HS256"}), &claims("user_1", NOW + 60), SECRET).unwrap();
    assert!(tokens.verify(&token, NOW).await.is_ok());
    assert!(tokens.verify(&token, NOW + 59).await.is_ok());
    assert_eq!(tokens.verify(&token, NOW + 60 + identity::LEEWAY_SECS).await, Err(TokenError::Expired));
}

#[tokio::test]
async fn keys_are_fetched_by_http_and_an_answer_that_is_too_large_is_not_read() {
    let ec = SigningKey::es256("ec").unwrap();
    let server = KeySetServer::start(&[&ec]).await.unwrap();
    let tokens = Tokens::of_keys(TokenVerifier::public_keys(), PublishedKeys::at(server.url()).unwrap());
    tokens.verify(&token(&ec, "user_1"), NOW).await.unwrap();
    assert_eq!(server.requests(), 1);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let large = axum::Router::new().fallback(async || "x".repeat(identity::MAX_KEY_SET_LEN + 1));
    tokio::spawn(async move { axum::serve(listener, large).await });
    let tokens = Tokens::of_keys(TokenVerifier::public_keys(), PublishedKeys::at(&url).unwrap());
    assert_eq!(tokens.verify(&token(&ec, "user_1"), NOW).await, Err(TokenError::KeysUnavailable));
}
