//! The way in. What is asked for most, a list by a reader or by the edge, goes straight to its answer, everything else by axum's router.
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
use axum::http::request::Parts;
use axum::http::{Method, Request};
use axum::response::{IntoResponse as _, Response};
use ids::BoardId;
use tower::Service as _;

use super::gate::{Gate, concerns_cors};
use super::{internal, list};
use crate::tokens::LastShown;

/// Answers every request. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Ways>);

/// A list that is asked for plainly.
#[derive(Debug)]
pub enum PlainList {
    /// By a reader, for a browser.
    Public(BoardId),
    /// By the edge, for itself.
    Internal(BoardId),
}

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
        let (head, body) = request.into_parts();
        if let Some(list) = self.plain(&head) {
            return self.list(list, &head, &mut LastShown::default()).await;
        }
        let Ok(response) = Box::pin(self.0.router.clone().call(Request::from_parts(head, body))).await;
        response
    }

    /// The list that is asked for, if it is asked for plainly and [`list`](Self::list) answers. A body, which such a request should not have, is for the caller to
    /// see to.
    #[must_use]
    pub fn plain(&self, head: &Parts) -> Option<PlainList> {
        if head.method != Method::GET || concerns_cors(&head.method, &head.headers) {
            return None;
        }
        let path = head.uri.path();
        let public = list::board_in("/api", path).map(PlainList::Public);
        public.or_else(|| list::board_in("/internal", path).map(PlainList::Internal))
    }

    /// Answers a request for a list, on a connection that showed `shown` last.
    pub async fn list(&self, list: PlainList, head: &Parts, shown: &mut LastShown) -> Response {
        let gate = &self.0.gate;
        // Pinned here, so that what they are handed through holds a pointer: each would have room for them twice over.
        match list {
            PlainList::Public(board) => {
                let answering = pin!(async {
                    let query = head.uri.query();
                    list::answer(gate.app(), board, query, &head.headers, shown).await.into_response()
                });
                gate.pass(list::TEMPLATE, head, answering).await
            }
            PlainList::Internal(board) => {
                let answering = Box::pin(async {
                    internal::plain_list(gate.app(), board, head, shown).await.into_response()
                });
                gate.pass(internal::LIST, head, answering).await
            }
        }
    }
}
