//! The way in. What is asked for most goes straight to its answer, everything else by axum's router.
//!
//! A route of axum costs a request a dozen allocations and as many layers of boxed futures before its handler is called: about a fifth of what a hit
//! in memory took. A list that is plainly asked for passes the same gate as every request and is answered by the same function as by its route; only the
//! way there is shorter. What is anything else (another method, a path that must be decoded, a browser on behalf of another origin's
//! page) is left to the router, which has the last word on what a path means.

use std::pin::pin;
use std::sync::Arc;

use axum::BoxError;
use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::http::{Method, Request};
use axum::response::{IntoResponse as _, Response};
use ids::BoardId;
use tower::Service as _;

use super::gate::{Gate, concerns_cors};
use super::list;

/// Answers every request. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Ways>);

struct Ways {
    gate: Arc<Gate>,
    /// Every route, each behind the gate.
    router: Router,
}

impl Front {
    pub(super) fn new(gate: Arc<Gate>, router: Router) -> Self {
        Self(Arc::new(Ways { gate, router }))
    }

    /// Answers a request.
    pub async fn answer<B>(self, request: Request<B>) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Ways { gate, router } = &*self.0;
        let Some(board) = plainly_listed(&request) else {
            let Ok(response) = Box::pin(router.clone().call(request)).await;
            return response;
        };
        let (head, _) = request.into_parts();
        // Pinned here, so that what it is handed through holds a pointer: each would have room for it twice over.
        let answering = pin!(async {
            list::answer(gate.app(), board, head.uri.query(), &head.headers).await.into_response()
        });
        gate.pass(list::TEMPLATE, &head, answering).await
    }
}

/// The board whose contacts are asked for, if that is plain.
fn plainly_listed<B>(request: &Request<B>) -> Option<BoardId> {
    let is_plain = request.method() == Method::GET && !concerns_cors(request.method(), request.headers());
    if is_plain { list::board_in(request.uri().path()) } else { None }
}
