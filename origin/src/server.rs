//! Listening, and ending well.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::app::App;
use crate::config::Config;
use crate::{change_feed, http};

/// How long requests under way may take to end after the process was asked to.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until the process is asked to end (SIGTERM or Ctrl-C), then drains.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.bind_addr)
        .await
        .with_context(|| format!("BIND_ADDR {} cannot be used", config.bind_addr))?;
    let app: Arc<App> = App::start(&config).await?;
    if let Some(database_url) = config.change_feed_database_url.clone() {
        tokio::spawn(change_feed::run(app.clone(), database_url));
    }
    let router = http::router(app, config.allowed_origins);
    tracing::info!(addr = %listener.local_addr()?, source = ?config.source, "listening");
    let (asked, mut draining) = tokio::sync::watch::channel(false);
    let serving = axum::serve(tcp_nodelay(listener), router).with_graceful_shutdown(async move {
        end_signal().await;
        let _ = asked.send(true);
    });
    tokio::select! {
        ended = async { serving.await } => ended.context("serving failed"),
        () = async {
            let _ = draining.wait_for(|asked| *asked).await;
            tokio::time::sleep(DRAIN).await;
        } => {
            tracing::warn!("requests were still under way after {} s", DRAIN.as_secs());
            Ok(())
        }
    }
}

fn tcp_nodelay(listener: TcpListener) -> impl axum::serve::Listener<Addr = std::net::SocketAddr> {
    use axum::serve::ListenerExt as _;
    listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    })
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
