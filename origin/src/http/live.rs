//! `GET /api/live` and `GET /api/system/live`: figures as they come, as server-sent events.
//!
//! A browser's `EventSource` cannot send the headers that say who asks, so clients read the stream of a `fetch`; the format is that of the
//! HTML standard all the same. Who asks is verified before the stream begins, and again while it goes on, whether it is read or not: it
//! ends when the token has expired, or when the user is a member no more.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use dto::{ApiError, headers};
use futures_util::{StreamExt as _, stream};
use ids::WorkspaceId;
use tokio::sync::mpsc;

use super::cache_settings::agree;
use super::errors::Failure;
use super::{auth, fields};
use crate::app::App;
use crate::cache::request::Reader;
use crate::live::{News, Scope, Watcher, Watching};

/// When a client is to come back after its connection was lost.
const RETRY: Duration = Duration::from_secs(2);
/// When it is to come back after we ended.
const RETRY_AFTER_END: Duration = Duration::from_secs(1);
/// How often something is sent though there is nothing to tell, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the caller still may watch.
const RECHECK: Duration = Duration::from_secs(10);

/// The figures of one workspace, for its members.
pub async fn workspace(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    method: Method,
    fields: HeaderMap,
) -> Result<Response, Failure> {
    let workspace = workspace_in_query(query.as_deref().unwrap_or_default())?;
    agree(&fields, &workspace)?;
    begin(app, &method, fields, Scope::Workspace(workspace)).await
}

/// The figures of all workspaces, for system admins.
pub async fn system(
    State(app): State<Arc<App>>,
    method: Method,
    fields: HeaderMap,
) -> Result<Response, Failure> {
    begin(app, &method, fields, Scope::System).await
}

fn workspace_in_query(query: &str) -> Result<WorkspaceId, ApiError> {
    const NAME: &str = "workspaceId";
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix("workspaceId="));
    match (values.next(), values.next()) {
        (None, _) => Err(ApiError::invalid(NAME, "is required")),
        (Some(text), None) => {
            WorkspaceId::parse(text).map_err(|error| ApiError::invalid(NAME, &error.to_string()))
        }
        (Some(_), Some(_)) => Err(ApiError::invalid(NAME, "must be given once")),
    }
}

/// Whether the caller may watch, and who it is.
async fn verify(app: &App, fields: &HeaderMap, scope: &Scope) -> Result<Watcher, Failure> {
    match scope {
        Scope::System => {
            let admin = auth::system_admin(app, fields).await?;
            Ok(Watcher::User(admin.user().id().clone()))
        }
        Scope::Workspace(workspace) => {
            let caller = auth::caller_of(app, fields, workspace.clone()).await?;
            Ok(match caller.reader {
                Reader::User { id, .. } => Watcher::User(id),
                Reader::Service => Watcher::Service,
            })
        }
    }
}

async fn begin(app: Arc<App>, method: &Method, fields: HeaderMap, scope: Scope) -> Result<Response, Failure> {
    let watcher = verify(&app, &fields, &scope).await?;
    if method == Method::HEAD {
        // Nothing will be told, so nothing is watched: it would hold a place for as long as somebody may come back.
        return Ok(streaming(Sse::new(stream::empty::<Result<Event, Infallible>>()).into_response()));
    }
    // One that is no number is another server's: then there is nothing to go on from.
    let last_id = auth::single(&fields, &fields::LAST_EVENT_ID)?.and_then(|id| id.parse().ok());
    let watching = app.live.watch(&app, scope, watcher, last_id)?;
    let (events, mut told) = mpsc::channel(1);
    tokio::spawn(Watch { app, fields, watching }.run(events));
    let told = stream::poll_fn(move |context| told.poll_recv(context)).map(Ok::<_, Infallible>);
    let told = Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(streaming(told.into_response()))
}

/// The answer, with what keeps those in between from storing or gathering it.
fn streaming(mut response: Response) -> Response {
    let out = response.headers_mut();
    out.insert(CACHE_CONTROL, HeaderValue::from_static(headers::NO_STORE));
    // A proxy that gathers an answer before it passes it on would pass on nothing.
    out.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// One stream. It goes on by itself, not when the answer is read: whoever does not read holds no place for longer than they may watch.
struct Watch {
    app: Arc<App>,
    /// The headers of the request, by which the caller is verified again.
    fields: HeaderMap,
    watching: Watching,
}

impl Watch {
    /// Watches until the client has gone, the caller may not any more, or the process ends.
    async fn run(mut self, events: mpsc::Sender<Event>) {
        let scope = self.watching.scope().clone();
        tokio::select! {
            () = events.closed() => {}
            () = until_refused(&self.app, &self.fields, &scope) => {}
            () = tell(&mut self.watching, &events) => {}
        }
    }
}

/// Asks again and again whether the caller may watch, and returns when they may not. A source that does not answer says nothing of the
/// caller: the stream ends all the same, and the client comes back.
async fn until_refused(app: &App, fields: &HeaderMap, scope: &Scope) {
    loop {
        tokio::time::sleep(RECHECK).await;
        if verify(app, fields, scope).await.is_err() {
            return;
        }
    }
}

/// Sends what happens, when there is room for it.
async fn tell(watching: &mut Watching, events: &mpsc::Sender<Event>) {
    let greeting = Event::default().retry(RETRY).comment("live figures");
    if events.send(greeting).await.is_err() {
        return;
    }
    while let Ok(room) = events.reserve().await {
        match watching.next().await {
            News::Figures(sample) => {
                room.send(Event::default().event("figures").id(sample.id.to_string()).data(&*sample.json));
            }
            News::Invalidated(generation) => {
                let data = generation.map_or_else(
                    || serde_json::json!({}),
                    |generation| serde_json::json!({ "generation": generation }),
                );
                room.send(Event::default().event("invalidated").data(data.to_string()));
            }
            News::Ending => {
                let bye = Event::default().event("bye").retry(RETRY_AFTER_END);
                return room.send(bye.data("the server is ending"));
            }
        }
    }
}
