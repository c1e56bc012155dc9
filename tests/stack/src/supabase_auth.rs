//! Supabase Auth, as far as a browser signs in with an e-mail and a password: the HTTP contract of GoTrue, in this process.
//!
//! GoTrue is a program of its own with tables of its own, of which nothing here needs more than this. The demo users sign in as
//! `{user id}@example.com`, with one password that is made at each start. Tokens are signed with the project's secret, as GoTrue signs
//! them, and a refresh token is good for one use. For tests: a password is compared, and never stored, hashed or limited.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::{demo, secrets::random_hex, tokens};

/// How long a token is good for unless something else is set: as in a new project.
const TOKEN_TTL: Duration = Duration::from_hours(1);
/// The version of the API in which failures are `{"code", "message"}`: what Supabase's client asks for.
const API_VERSION: &str = "2024-01-01";
const API_VERSION_HEADER: &str = "x-supabase-api-version";

/// Signs the demo users in and out.
#[derive(Debug)]
pub struct SupabaseAuth {
    jwt_secret: Secret,
    password: Secret,
    token_ttl_secs: AtomicU64,
    sessions: Mutex<Vec<Session>>,
}

/// Not printed.
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Somebody who is signed in.
#[derive(Debug)]
struct Session {
    user_id: &'static str,
    access_token: Secret,
    refresh_token: Secret,
}

/// Why somebody is not let in, as GoTrue says it.
struct Refusal(StatusCode, &'static str, &'static str);

const BAD_CREDENTIALS: Refusal =
    Refusal(StatusCode::BAD_REQUEST, "invalid_credentials", "Invalid login credentials");
const BAD_REFRESH_TOKEN: Refusal = Refusal(
    StatusCode::BAD_REQUEST,
    "refresh_token_not_found",
    "Invalid Refresh Token: Refresh Token Not Found",
);
const BAD_REQUEST: Refusal = Refusal(StatusCode::BAD_REQUEST, "bad_json", "Could not parse request body");
const NO_SESSION: Refusal = Refusal(
    StatusCode::FORBIDDEN,
    "session_not_found",
    "Session from session_id claim in JWT does not exist",
);
const NOT_FOUND: Refusal = Refusal(StatusCode::NOT_FOUND, "not_found", "404 page not found");
const FAILED: Refusal =
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, "unexpected_failure", "Unexpected failure");

impl SupabaseAuth {
    pub(crate) fn new(jwt_secret: &str) -> Result<Self> {
        Ok(Self {
            jwt_secret: Secret(jwt_secret.to_owned()),
            password: Secret(random_hex(12)?),
            token_ttl_secs: AtomicU64::new(TOKEN_TTL.as_secs()),
            sessions: Mutex::default(),
        })
    }

    /// The password of every demo user.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password.0
    }

    /// How long tokens are good for that are issued from now on.
    pub fn set_token_ttl(&self, ttl: Duration) {
        self.token_ttl_secs.store(ttl.as_secs(), Ordering::Relaxed);
    }

    /// Answers a request for `/auth/v1{target}`.
    pub(crate) fn answer(&self, method: &Method, target: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let answered = match (method.as_str(), path, query) {
            // What a browser asks before it asks; it may send what Supabase's client sends.
            ("OPTIONS", ..) => Ok((StatusCode::NO_CONTENT, Value::Null)),
            ("POST", "/token", "grant_type=password") => self.sign_in(body),
            ("POST", "/token", "grant_type=refresh_token") => self.refresh(body),
            ("POST", "/logout", _) => self.sign_out(headers),
            _ => Err(NOT_FOUND),
        };
        let (status, body) = answered.unwrap_or_else(|Refusal(status, code, message)| {
            (status, json!({"code": code, "message": message}))
        });
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let name = HeaderName::from_static;
        let fields = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (name(API_VERSION_HEADER), HeaderValue::from_static(API_VERSION)),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("X-Supabase-Api-Version")),
            (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE")),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(
                    "apikey, authorization, content-type, x-client-info, x-supabase-api-version",
                ),
            ),
        ];
        (status, fields, body).into_response()
    }

    fn sign_in(&self, body: &[u8]) -> Result<(StatusCode, Value), Refusal> {
        let body = parsed(body)?;
        let known = demo::user_ids().find(|id| body["email"] == email(id));
        match known {
            Some(user_id) if body["password"] == self.password.0 => self.issue(user_id),
            _ => Err(BAD_CREDENTIALS),
        }
    }

    fn refresh(&self, body: &[u8]) -> Result<(StatusCode, Value), Refusal> {
        let body = parsed(body)?;
        let ended = self.end(|session| body["refresh_token"] == session.refresh_token.0);
        self.issue(ended.ok_or(BAD_REFRESH_TOKEN)?.user_id)
    }

    fn sign_out(&self, headers: &HeaderMap) -> Result<(StatusCode, Value), Refusal> {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).ok_or(NO_SESSION)?;
        self.end(|session| session.access_token.0 == token).ok_or(NO_SESSION)?;
        Ok((StatusCode::NO_CONTENT, Value::Null))
    }

    /// Begins a session.
    fn issue(&self, user_id: &'static str) -> Result<(StatusCode, Value), Refusal> {
        let ttl = Duration::from_secs(self.token_ttl_secs.load(Ordering::Relaxed));
        let claims = json!({"email": email(user_id), "aal": "aal1", "is_anonymous": false});
        let token = demo::token(user_id, &self.jwt_secret.0, ttl, &claims);
        let (Ok(access_token), Ok(refresh_token)) = (token, random_hex(12)) else { return Err(FAILED) };
        let answer = json!({
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": ttl.as_secs(),
            "expires_at": tokens::unix_secs() + ttl.as_secs(),
            "refresh_token": refresh_token,
            "user": user(user_id),
        });
        let session =
            Session { user_id, access_token: Secret(access_token), refresh_token: Secret(refresh_token) };
        self.sessions().push(session);
        Ok((StatusCode::OK, answer))
    }

    /// Ends a session.
    fn end(&self, is_meant: impl Fn(&Session) -> bool) -> Option<Session> {
        let mut sessions = self.sessions();
        let index = sessions.iter().position(is_meant)?;
        Some(sessions.swap_remove(index))
    }

    fn sessions(&self) -> MutexGuard<'_, Vec<Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parsed(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| BAD_REQUEST)
}

fn email(user_id: &str) -> String {
    format!("{user_id}@example.com")
}

fn user(user_id: &str) -> Value {
    const LONG_AGO: &str = "2026-01-05T08:00:00Z";
    json!({
        "id": user_id,
        "aud": "authenticated",
        "role": "authenticated",
        "email": email(user_id),
        "email_confirmed_at": LONG_AGO,
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {},
        "identities": [],
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "is_anonymous": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(auth: &SupabaseAuth, target: &str, bearer: &str, body: &Value) -> Response {
        let headers = HeaderMap::from_iter([(
            header::AUTHORIZATION,
            HeaderValue::from_str(&format!("Bearer {bearer}")).expect("a header"),
        )]);
        auth.answer(&Method::POST, target, &headers, body.to_string().as_bytes())
    }

    async fn json(response: Response) -> Value {
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    #[tokio::test]
    async fn a_session_begins_with_the_password_goes_on_with_each_refresh_token_once_and_ends() {
        let auth = SupabaseAuth::new("a secret of at least thirty-two bytes").expect("random bytes");
        let with = |password: &str| json!({"email": "user_admin_15213@example.com", "password": password});
        let refused = post(&auth, "/token?grant_type=password", "", &with("wrong"));
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert_eq!(json(refused).await["code"], "invalid_credentials");
        let first = json(post(&auth, "/token?grant_type=password", "", &with(auth.password()))).await;
        assert_eq!(first["user"]["id"], "user_admin_15213");
        let refresh = |session: &Value| {
            let token = json!({"refresh_token": session["refresh_token"]});
            post(&auth, "/token?grant_type=refresh_token", "", &token)
        };
        let second = json(refresh(&first)).await;
        assert_eq!(refresh(&first).status(), StatusCode::BAD_REQUEST, "it was good for one use");
        let token = second["access_token"].as_str().expect("a token");
        assert_eq!(post(&auth, "/logout?scope=local", token, &Value::Null).status(), StatusCode::NO_CONTENT);
        assert_eq!(refresh(&second).status(), StatusCode::BAD_REQUEST, "the session has ended");
    }
}
