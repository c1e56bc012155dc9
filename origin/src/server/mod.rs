//! Listening, and ending well.
//!
//! The listener is ours rather than axum's, which bounds neither how long a client may take over the head of a request, nor
//! how large that may be, nor how long an answer may wait for a client that does not read it. What bounds a request once its head is there is in `http::limits`. What is plainly
//! a list is read and answered by `connection` itself, everything else by hyper.

mod answer;
mod connection;
mod drain;
mod head;
mod patience;
mod rewound;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hyper::server::conn::http1;
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};

use self::connection::Service;
use self::drain::Drain;
use crate::app::App;
use crate::config::Config;
use crate::http::Front;
use crate::http::limits::Limits;
use crate::{change_feed, http};

/// How long requests under way may take to end after the process was asked to.
const DRAIN: Duration = Duration::from_secs(10);
/// How long after that the outbox may take to tell the edge what it was not told yet. What is left is told after the next start.
const FLUSH: Duration = Duration::from_secs(3);
/// The most that the head of a request may have, in bytes: four times the longest URL, for that and the headers.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// How long an answer may wait for a client that takes nothing of it. A slow client takes something all the time.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait before accepting again when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until the process is asked to end (SIGTERM or Ctrl-C), then drains.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.bind_addr)
        .await
        .with_context(|| format!("BIND_ADDR {} cannot be used", config.bind_addr))?;
    let app: Arc<App> = App::start(&config).await?;
    if let Some(database_url) = config.change_feed_database_url.clone() {
        tokio::spawn(change_feed::run(app.clone(), database_url));
    }
    let limits = Limits { max_concurrent_requests: config.max_concurrent_requests, ..Limits::default() };
    let front = http::router_with(app.clone(), config.allowed_origins, limits);
    tracing::info!(addr = %listener.local_addr()?, source = ?config.source, "listening");
    let asked = async {
        end_signal().await;
        // Streams without an end would be waited for.
        app.live.end();
    };
    serve_until(listener, front, config.header_read_timeout, asked).await;
    if let Some(outbox) = &app.outbox {
        match outbox.flush(FLUSH).await {
            Ok(0) => {}
            Ok(left) => tracing::warn!(left, "the edge is told of the rest after the next start"),
            Err(error) => tracing::error!(%error, "the outbox could not be emptied"),
        }
    }
    // Last: what the outbox holds is owed to the edge, and a collector that is away takes its time.
    let _ = tokio::task::spawn_blocking(move || app.tracer.finish()).await;
    Ok(())
}

/// How long clients are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// How long a connection may take until the head of its next request is there, and so how long it may be idle.
    pub header_read: Duration,
    /// How long an answer may wait for a client that takes nothing of it; then the connection is closed, and whatever made the answer ends.
    pub write: Duration,
}

/// [`serve_within`] the usual time for what is written.
pub async fn serve_until(
    listener: TcpListener,
    front: Front,
    header_read_timeout: Duration,
    asked: impl Future<Output = ()>,
) {
    let timeouts = Timeouts { header_read: header_read_timeout, write: WRITE_TIMEOUT };
    serve_within(listener, front, timeouts, asked).await;
}

/// Serves until `asked` ends, then accepts no more and waits for the requests under way, for ten seconds at most.
pub async fn serve_within(
    listener: TcpListener,
    front: Front,
    timeouts: Timeouts,
    asked: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timeouts.header_read)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(2 * MAX_HEAD_BYTES);
    let service = Arc::new(Service { front, http, timeouts });
    let drain = Drain::new();
    let mut asked = std::pin::pin!(asked);
    loop {
        let stream = tokio::select! {
            () = &mut asked => break,
            accepted = accept(&listener) => accepted,
        };
        tokio::spawn(connection::serve(service.clone(), stream, drain.watch()));
    }
    drop(listener);
    // Each connection has a handle of its own.
    let under_way = Arc::strong_count(&service) - 1;
    tokio::select! {
        () = drain.end() => tracing::info!(connections = under_way, "drained"),
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("requests were still under way after {} s", DRAIN.as_secs());
        }
    }
}

/// The next connection. An error is of that connection, or passes when others are closed.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are written in one piece: waiting for more to send would only delay them.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_the_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn end_signal() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
