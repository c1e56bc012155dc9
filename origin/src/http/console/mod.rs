//! `/console/`: the web console, a page for people, as `npm run build` in `web/` leaves it. The origin only hands out its files; what the
//! console shows it asks of the public API, with the token of whoever has signed in.
//!
//! The files are read once, when the process starts, and served from memory by their exact names: no path that a client sends is ever
//! one of the file system. A process without them is built and runs all the same, and says how they are built.

pub mod config;
pub mod demo;
pub mod files;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use dto::{ApiError, headers};

use self::config::ConsoleSettings;
use self::demo::Demo;
use self::files::Files;
use super::errors::Failure;
use super::path::InPath;
use super::respond;
use crate::app::App;
use crate::source::sqlite::SqliteSource;

/// What is answered in the place of the console where it is not built.
const NOT_BUILT: &str = "The console is not built: run `cargo xtask build-console` (it needs Node.js) and start the origin again, or set \
                         CONSOLE_DIR to where it is built.\n";
/// The page that the console is.
const INDEX: &str = "index.html";
/// Both change without their names.
const REVALIDATE: &str = "no-cache";

/// The console of this process.
pub struct Console {
    files: Option<Files>,
    /// `config.json`, rendered.
    config: Bytes,
    /// What the browser may load and call.
    policy: HeaderValue,
    /// Set in development alone.
    pub(super) demo: Option<Demo>,
}

impl Console {
    /// Reads the console's files, if there are any, and renders what it is told. `embedded` is where a demo writes.
    pub fn load(settings: &ConsoleSettings, embedded: Option<SqliteSource>) -> anyhow::Result<Self> {
        let files = Files::load(settings.dir.as_deref())?;
        let demo = settings.demo_users.as_deref().map(|users| Demo::load(users, embedded)).transpose()?;
        let told = settings.told(demo.as_ref().is_some_and(Demo::writes));
        Ok(Self {
            files,
            config: serde_json::to_vec(&told)?.into(),
            policy: HeaderValue::from_str(&settings.policy())?,
            demo,
        })
    }

    /// None: what a process has whose console is not built.
    #[must_use]
    pub fn absent() -> Self {
        Self {
            files: None,
            config: Bytes::from_static(b"{}"),
            policy: HeaderValue::from_static(""),
            demo: None,
        }
    }

    fn file(&self, name: &str, request: &HeaderMap) -> Result<Response, Failure> {
        let Some(files) = &self.files else { return Ok(not_built()) };
        let mut response = files.answer(name, request).ok_or_else(ApiError::no_route)?;
        self.protect(response.headers_mut());
        Ok(response)
    }

    /// The console's page runs with the tokens of whoever has signed in: it loads nothing from elsewhere, tells nobody where it was, and is shown in
    /// nobody's frame.
    fn protect(&self, fields: &mut HeaderMap) {
        fields.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        fields.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        let opener = HeaderName::from_static("cross-origin-opener-policy");
        fields.insert(opener, HeaderValue::from_static("same-origin"));
    }
}

fn not_built() -> Response {
    let text = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    respond::no_store((StatusCode::NOT_FOUND, text, NOT_BUILT).into_response())
}

/// `GET /console`: the console's files are found from within its folder.
pub async fn folder() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "console/")]).into_response()
}

/// `GET /console/`.
pub async fn page(State(app): State<Arc<App>>, fields: HeaderMap) -> Result<Response, Failure> {
    app.console.file(INDEX, &fields)
}

/// `GET /console/{path}`: one of its files. Its views are told apart behind the `#`, which no server sees.
pub async fn part(
    State(app): State<Arc<App>>,
    InPath(path): InPath,
    fields: HeaderMap,
) -> Result<Response, Failure> {
    app.console.file(&path, &fields)
}

/// `GET /console/config.json`: where the console finds what it asks. It holds no secret.
pub async fn told(State(app): State<Arc<App>>) -> Response {
    let fields = [(CONTENT_TYPE, headers::JSON_CONTENT_TYPE), (CACHE_CONTROL, headers::NO_STORE)];
    (fields, app.console.config.clone()).into_response()
}
