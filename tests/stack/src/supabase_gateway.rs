//! What Supabase has in front of PostgREST and of Auth: the prefixes `/rest/v1` and `/auth/v1`, and the check of the `apikey` header.
//!
//! In this process, so that tests can count requests and break things.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use tokio::{net::TcpListener, task::JoinHandle, time};

use crate::SupabaseAuth;

/// The largest request body that is passed on, in bytes.
const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// What a test may see and change of a running gateway.
#[derive(Debug, Default)]
struct Controls {
    requests: AtomicU64,
    delay_ms: AtomicU64,
    is_down: AtomicBool,
}

struct Upstream {
    postgrest_url: String,
    auth: Arc<SupabaseAuth>,
    api_keys: [String; 2],
    client: reqwest::Client,
    controls: Arc<Controls>,
}

/// A running gateway. Dropping it closes it.
#[derive(Debug)]
pub struct SupabaseGateway {
    url: String,
    controls: Arc<Controls>,
    auth: Arc<SupabaseAuth>,
    server: JoinHandle<()>,
}

impl SupabaseGateway {
    /// Serves `{url}/rest/v1/…` from the PostgREST there, and `{url}/auth/v1/…`, to whoever shows one of the two project keys.
    pub async fn start(
        postgrest_url: &str,
        auth: SupabaseAuth,
        anon_key: &str,
        service_key: &str,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let controls = Arc::new(Controls::default());
        let auth = Arc::new(auth);
        let upstream = Upstream {
            postgrest_url: postgrest_url.to_owned(),
            auth: Arc::clone(&auth),
            api_keys: [anon_key.to_owned(), service_key.to_owned()],
            client: reqwest::Client::new(),
            controls: Arc::clone(&controls),
        };
        let router = Router::new().fallback(pass_on).with_state(Arc::new(upstream));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, controls, auth, server })
    }

    /// What a client takes for `SUPABASE_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Who signs users in.
    #[must_use]
    pub fn auth(&self) -> &SupabaseAuth {
        &self.auth
    }

    /// How many requests came in since the start, whatever became of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.controls.requests.load(Ordering::Relaxed)
    }

    /// Makes each request wait before it is passed on.
    pub fn set_delay(&self, delay: Duration) {
        self.controls.delay_ms.store(delay.as_millis() as u64, Ordering::Relaxed);
    }

    /// While down, each request is answered 503, as Supabase does when a project is paused or restarting.
    pub fn set_down(&self, is_down: bool) {
        self.controls.is_down.store(is_down, Ordering::Relaxed);
    }
}

impl Drop for SupabaseGateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass_on(State(upstream): State<Arc<Upstream>>, request: Request) -> Response {
    upstream.controls.requests.fetch_add(1, Ordering::Relaxed);
    let delay_ms = upstream.controls.delay_ms.load(Ordering::Relaxed);
    if delay_ms > 0 {
        time::sleep(Duration::from_millis(delay_ms)).await;
    }
    if upstream.controls.is_down.load(Ordering::Relaxed) {
        return message(StatusCode::SERVICE_UNAVAILABLE, "name resolution failed");
    }
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let service = if let Some(target) = target.strip_prefix("/rest/v1") {
        Service::Rest(format!("{}{target}", upstream.postgrest_url))
    } else if let Some(target) = target.strip_prefix("/auth/v1") {
        Service::Auth(target.to_owned())
    } else {
        return message(StatusCode::NOT_FOUND, "no Route matched with those values");
    };
    // A browser asks whether it may ask, without a key; the service itself answers that.
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    match request.headers().get("apikey") {
        _ if is_preflight => {}
        None => return message(StatusCode::UNAUTHORIZED, "No API key found in request"),
        Some(key) if upstream.api_keys.iter().any(|known| known.as_bytes() == key.as_bytes()) => {}
        Some(_) => return message(StatusCode::UNAUTHORIZED, "Invalid authentication credentials"),
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_REQUEST_BYTES).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "request body too large");
    };
    match service {
        Service::Auth(target) => upstream.auth.answer(&parts.method, &target, &parts.headers, &body),
        Service::Rest(url) => {
            let request = upstream.client.request(parts.method, url).headers(end_to_end(&parts.headers));
            match request.body(body).send().await {
                Ok(answer) => answered(answer).await,
                Err(_) => message(
                    StatusCode::BAD_GATEWAY,
                    "An invalid response was received from the upstream server",
                ),
            }
        }
    }
}

/// Who is asked.
enum Service {
    /// PostgREST, at this address.
    Rest(String),
    /// Auth, for this path and query.
    Auth(String),
}

/// The answer with its own status, headers and body.
async fn answered(answer: reqwest::Response) -> Response {
    let (status, headers) = (answer.status(), end_to_end(answer.headers()));
    match answer.bytes().await {
        Ok(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            response
        }
        Err(_) => {
            message(StatusCode::BAD_GATEWAY, "An invalid response was received from the upstream server")
        }
    }
}

/// The headers without those that belong to one connection (RFC 9110, 7.6.1) or to this gateway.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let stays = |name: &HeaderName| {
        ![header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH].contains(name)
            && name != "apikey"
    };
    headers
        .iter()
        .filter(|(name, _)| stays(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn message(status: StatusCode, text: &str) -> Response {
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, json, Bytes::from(format!("{{\"message\":\"{text}\"}}"))).into_response()
}
