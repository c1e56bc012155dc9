//! `GET /api/contacts/{contactId}` and its messages.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use cache_key::{ContactQuery, MessagesQuery, PageParams};
use dto::ApiError;
use ids::ContactId;

use super::auth::{self, Caller};
use super::errors::Failure;
use super::fields::{self, Fields};
use super::path::InPath;
use super::respond;
use crate::app::App;
use crate::cache::request::ReadRequest;
use crate::resources::Query;
use crate::tokens::LastShown;

/// One contact.
pub async fn details(
    State(app): State<Arc<App>>,
    InPath(contact_id): InPath,
    Fields(fields): Fields,
) -> Result<Response, Failure> {
    let began = Instant::now();
    let contact = contact(&contact_id)?;
    let caller = auth::member_or_service(&app, &fields, &mut LastShown::default()).await?;
    let query = ContactQuery::new(&caller.workspace, contact);
    answer(&app, query, caller, &fields, began).await
}

/// A page of a contact's messages, newest first.
pub async fn messages(
    State(app): State<Arc<App>>,
    InPath(contact_id): InPath,
    RawQuery(query): RawQuery,
    Fields(fields): Fields,
) -> Result<Response, Failure> {
    let began = Instant::now();
    let contact = contact(&contact_id)?;
    let caller = auth::member_or_service(&app, &fields, &mut LastShown::default()).await?;
    let params = PageParams::parse(query.as_deref().unwrap_or_default()).map_err(ApiError::from)?;
    let query = MessagesQuery::new(&caller.workspace, contact, params);
    answer(&app, query, caller, &fields, began).await
}

/// A path that is no contact id is no path of ours.
fn contact(text: &str) -> Result<ContactId, ApiError> {
    ContactId::parse(text).map_err(|_| ApiError::no_route())
}

async fn answer<Q: Query>(
    app: &App,
    query: Q,
    caller: Caller,
    fields: &HeaderMap,
    began: Instant,
) -> Result<Response, Failure> {
    let floor = auth::floor(app, fields, &fields::CACHE_GENERATION)?;
    let answer = app.read(&ReadRequest { query, reader: caller.reader, floor }).await?;
    Ok(respond::page(&answer, fields, app.cache.clock().now_ms(), began))
}
