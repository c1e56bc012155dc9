//! What a scenario may break and mend: `POST /edge/stop` and the like, on a loopback port of its own.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use end_to_end::World;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

type Shared = Arc<Mutex<World>>;

/// Starts it, and says where it is.
pub async fn start(world: Shared) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = Router::new().route("/{part}/{action}", post(act)).with_state(world);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn act(
    State(world): State<Shared>,
    Path((part, action)): Path<(String, String)>,
) -> (StatusCode, String) {
    let mut world = world.lock().await;
    let done = match (part.as_str(), action.as_str()) {
        ("edge", "stop") => world.edge.stop().await,
        ("edge", "start") => world.edge.restart().await,
        ("redis", "stop") => world.redis.stop().await,
        ("redis", "start") => world.redis.restart().await,
        // A change that the product's backend reports.
        ("backend", "changed") => world.contact_changed().await.map(drop),
        _ => return (StatusCode::NOT_FOUND, format!("{part} cannot {action}")),
    };
    match done {
        Ok(()) => (StatusCode::OK, String::new()),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")),
    }
}
