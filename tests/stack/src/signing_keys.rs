//! Keys that sign as a Supabase project with asymmetric keys does, and the address where it publishes them.

use std::{
    net::Ipv4Addr,
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, Result, anyhow, ensure};
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// Prints an RSA key in PKCS #8. Node.js is here for wrangler; the Rust libraries in this tree make no RSA keys.
const MAKE_RSA: &str = "process.stdout.write(require('crypto').generateKeyPairSync('rsa', { modulusLength: 2048, \
     privateKeyEncoding: { type: 'pkcs8', format: 'der' }, publicKeyEncoding: { type: 'spki', format: 'der' } }).privateKey)";

/// A private key with a name.
pub struct SigningKey {
    kid: String,
    pair: Pair,
}

enum Pair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl SigningKey {
    /// A fresh key on P-256.
    pub fn es256(kid: &str) -> Result<Self> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document =
            EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| anyhow!("no key was made"))?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
            .map_err(|error| anyhow!("the key cannot be used: {error}"))?;
        Ok(Self { kid: kid.to_owned(), pair: Pair::Es256(pair) })
    }

    /// A fresh RSA key of 2048 bits.
    pub fn rs256(kid: &str) -> Result<Self> {
        let made = Command::new("node").args(["-e", MAKE_RSA]).output().context("node cannot be run")?;
        ensure!(made.status.success(), "node made no key");
        let pair = RsaKeyPair::from_pkcs8(&made.stdout)
            .map_err(|error| anyhow!("the key cannot be used: {error}"))?;
        Ok(Self { kid: kid.to_owned(), pair: Pair::Rs256(pair) })
    }

    /// The name of its algorithm.
    #[must_use]
    pub const fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Es256(_) => "ES256",
            Pair::Rs256(_) => "RS256",
        }
    }

    /// The public key as it is published.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Es256(pair) => {
                // An uncompressed point: 4, x, y.
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": number(&point[1..33]), "y": number(&point[33..])})
            }
            Pair::Rs256(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "n": number(&public.n), "e": number(&public.e)})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.alg());
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        self.sign_as(&json!({"alg": self.alg(), "kid": self.kid, "typ": "JWT"}), claims)
    }

    /// A token with this header, signed in the key's own way whatever the header says.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> Result<String> {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Es256(pair) => {
                let made =
                    pair.sign(&random, signed.as_bytes()).map_err(|_| anyhow!("nothing was signed"))?;
                made.as_ref().to_vec()
            }
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)
                    .map_err(|_| anyhow!("nothing was signed"))?;
                signature
            }
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Keys as a project publishes them.
#[must_use]
pub fn key_set(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

#[derive(Default)]
struct Published {
    set: Mutex<Value>,
    requests: AtomicU64,
    is_down: AtomicBool,
}

/// Publishes keys. Dropping it closes it.
pub struct KeySetServer {
    url: String,
    published: Arc<Published>,
    server: JoinHandle<()>,
}

impl KeySetServer {
    /// Publishes these keys on a free port.
    pub async fn start(keys: &[&SigningKey]) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/auth/v1/.well-known/jwks.json", listener.local_addr()?);
        let published = Arc::<Published>::default();
        let router = Router::new()
            .route("/auth/v1/.well-known/jwks.json", get(answer))
            .with_state(Arc::clone(&published));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let started = Self { url, published, server };
        started.publish(keys);
        Ok(started)
    }

    /// What a client takes for `SUPABASE_JWKS_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Publishes these keys from now on, and no others.
    pub fn publish(&self, keys: &[&SigningKey]) {
        *self.published.set.lock().unwrap_or_else(PoisonError::into_inner) = key_set(keys);
    }

    /// How many times it was asked.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.published.requests.load(Ordering::Relaxed)
    }

    /// While down it answers 503.
    pub fn set_down(&self, is_down: bool) {
        self.published.is_down.store(is_down, Ordering::Relaxed);
    }
}

impl Drop for KeySetServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(published): State<Arc<Published>>) -> axum::response::Response {
    published.requests.fetch_add(1, Ordering::Relaxed);
    if published.is_down.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let set = published.set.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Json(set).into_response()
}
