//! The public keys that the project publishes at `SUPABASE_JWKS_URL`: fetched when they are needed, one question at a time.
//!
//! When to ask is [`KeyRing`]'s to say. A question has an end: a time limit, and a bound on what is read of the answer. Whoever needs a
//! key that is not known waits for the question under way; a refresh of keys that do is waited for by nobody.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use identity::{KeyRing, MAX_KEY_SET_LEN, PublicKey};
use parking_lot::RwLock;
use reqwest::redirect;
use tokio::sync::Mutex;

use super::accepted::Accepted;

/// How long a question may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The keys did not come. Says nothing of where they should have come from.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the token keys cannot be fetched: {0}")]
pub struct KeysUnreachable(pub String);

/// Fetches a key set.
#[async_trait]
pub trait FetchKeys: Send + Sync + 'static {
    /// The key set as it is published.
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnreachable>;
}

/// The keys that are known, and how more are come by. Cheap to clone.
#[derive(Clone)]
pub struct PublishedKeys(Arc<Inner>);

struct Inner {
    source: Box<dyn FetchKeys>,
    ring: RwLock<Arc<KeyRing>>,
    /// Held while keys are asked for.
    asking: Mutex<()>,
}

impl PublishedKeys {
    /// Those of this address.
    pub fn at(url: &str) -> Result<Self, KeysUnreachable> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| KeysUnreachable(error.to_string()))?;
        Ok(Self::from(KeySetUrl { url: url.to_owned(), client }))
    }

    /// Those of this source.
    pub fn from(source: impl FetchKeys) -> Self {
        Self(Arc::new(Inner { source: Box::new(source), ring: RwLock::default(), asking: Mutex::default() }))
    }

    /// The keys that are known now.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        self.0.ring.read().clone()
    }

    /// Asks for keys, unless they came since `seen`, or may not be asked for again so soon. Returns what is known then. A caller
    /// that goes away does not take the question with it: others wait for the answer.
    pub(super) async fn ask(
        &self,
        seen: &Arc<KeyRing>,
        now_secs: u64,
        accepted: &Arc<Accepted>,
    ) -> Arc<KeyRing> {
        let (keys, seen, accepted) = (self.clone(), seen.clone(), accepted.clone());
        let asking = tokio::spawn(async move { keys.ask_now(&seen, now_secs, &accepted).await });
        asking.await.unwrap_or_else(|_| self.ring())
    }

    async fn ask_now(&self, seen: &Arc<KeyRing>, now_secs: u64, accepted: &Accepted) -> Arc<KeyRing> {
        let _asking = self.0.asking.lock().await;
        let known = self.ring();
        let came_meanwhile = !Arc::ptr_eq(seen, &known) && known.is_current();
        if came_meanwhile || !known.may_ask(now_secs) {
            return known;
        }
        // Noted before the answer is there: whoever asks gives up, and must not be followed by the next one at once.
        let mut ring = (*known).clone();
        ring.asked(now_secs);
        self.set(&ring);
        match self.fetch().await {
            Ok(keys) => {
                let gave_up = ring.replace(keys, now_secs);
                self.set(&ring);
                if gave_up {
                    accepted.forget_all();
                }
            }
            Err(error) => tracing::warn!(%error, "tokens are verified with the keys that are known"),
        }
        self.ring()
    }

    /// Asks for keys that have been known for long; nobody waits.
    pub(super) fn refresh_in_background(&self, now_secs: u64, accepted: &Arc<Accepted>) {
        let ring = self.ring();
        if ring.is_known() && ring.is_due(now_secs) {
            let (keys, accepted) = (self.clone(), accepted.clone());
            tokio::spawn(async move { keys.ask_now(&ring, now_secs, &accepted).await });
        }
    }

    async fn fetch(&self) -> Result<Vec<PublicKey>, KeysUnreachable> {
        let text = self.0.source.fetch().await?;
        PublicKey::parse_set(&text).map_err(|error| KeysUnreachable(error.to_string()))
    }

    fn set(&self, ring: &KeyRing) {
        *self.0.ring.write() = Arc::new(ring.clone());
    }
}

/// A key set that is published by HTTP.
struct KeySetUrl {
    url: String,
    client: reqwest::Client,
}

#[async_trait]
impl FetchKeys for KeySetUrl {
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnreachable> {
        // Without the address: it is the operator's.
        let unreachable = |error: reqwest::Error| KeysUnreachable(error.without_url().to_string());
        let mut answer = self.client.get(&self.url).send().await.map_err(unreachable)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(KeysUnreachable(format!("status {}", answer.status().as_u16())));
        }
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if text.len() + chunk.len() > MAX_KEY_SET_LEN {
                return Err(KeysUnreachable("the answer is too large".to_owned()));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }
}
