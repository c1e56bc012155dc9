//! The limit: an axum handler that writes the bytes of an answer and knows nothing. No key, no token, no tier, and not even a copy.
//!
//! It is this very program, started once more, so that it shares no thread with the load. Varnish and nginx have it as their
//! backend.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use stack::{StackDirs, guard, ports};

use super::Peer;
use crate::page::Page;

/// What is written.
#[derive(Serialize, Deserialize)]
struct Written {
    headers: Vec<(String, String)>,
    body: String,
}

/// Starts it with an answer to repeat.
pub async fn start(dirs: &StackDirs, page: &Page) -> Result<Peer> {
    let port = ports::free_port()?;
    let file = super::folder("bare-axum")?.join("page.json");
    let written = Written { headers: page.headers.clone(), body: String::from_utf8(page.body.to_vec())? };
    fs::write(&file, serde_json::to_vec(&written)?)?;
    let mut command = guard::command(std::env::current_exe()?);
    command.args(["serve-bytes", "--port", &port.to_string(), "--file"]).arg(&file);
    Peer::start("bare axum", command, &dirs.log("bare-axum"), "TERM", port).await
}

/// Answers every path with the bytes in `file`, until the process is ended.
pub async fn serve(port: u16, file: PathBuf) -> Result<()> {
    let written: Written = serde_json::from_slice(&fs::read(file)?)?;
    let body = Bytes::from(written.body);
    let mut headers = HeaderMap::new();
    for (name, value) in &written.headers {
        headers.insert(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
    }
    let answer = move || {
        let mut response = Response::new(Body::from(body.clone()));
        *response.headers_mut() = headers.clone();
        std::future::ready(response)
    };
    let router = Router::new().route("/api/boards/{board_id}/contacts", get(answer));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    axum::serve(listener, router).await.context("bare axum")
}
