//! The one module that touches the `postgrest` crate, and knows its traps (version 1.6):
//!
//! - it brings no timeout: one is set on every request;
//! - an answer of 4xx or 5xx is `Ok`: the status is judged here;
//! - `exact_count()` resets the range: it comes before `range()`;
//! - a token that cannot be a header's value panics in `auth()`: it is checked first;
//! - `limit(0)` panics, and so would `range` of no rows: a [`Request`] asks for one row at least;
//! - there is no operator `match`: parameters are added to the request that it builds, through the URL encoder of its
//!   HTTP client, so that none of its `eq`, `like` or `in_`, which differ in what they quote, is used.

use std::time::Duration;

use bytes::Bytes;
use postgrest::Builder;
use reqwest_postgrest::header::{CONTENT_RANGE, HeaderMap, HeaderValue};
use reqwest_postgrest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};

use super::request::{Call, Request};
use super::{content_range, errors};
use crate::source::SourceError;
use crate::trace;

/// The largest answer that is read, in bytes: a hundred contacts of 80 KB.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// The largest refusal that is read, in bytes.
const MAX_REFUSAL_BYTES: usize = 16 * 1024;
/// How long an idle connection is kept, in seconds: less than the minute after which proxies commonly close theirs.
const IDLE_SECS: u64 = 45;

/// A connection pool to one PostgREST.
pub(super) struct PostgrestClient {
    rest_url: String,
    headers: HeaderMap,
    /// A key that is the service's token as well. It must be its own `apikey`: Supabase's gateway takes a key that is no JSON Web Token
    /// as a token only beside itself.
    service_key: Option<HeaderValue>,
    client: Client,
    timeout: Duration,
}

/// A successful answer.
pub(super) struct Answer {
    /// The JSON, as it came.
    pub(super) body: Bytes,
    /// How many rows match, where that was asked.
    pub(super) total: Option<u64>,
    /// The rows asked for lie past the end. The body is no list then.
    pub(super) is_past_the_end: bool,
}

impl PostgrestClient {
    /// A client of the PostgREST at `rest_url`.
    pub(super) fn new(
        rest_url: &str,
        api_key: &str,
        service_key: Option<&str>,
        timeout: Duration,
    ) -> Result<Self, SourceError> {
        let unusable = |what: &str| SourceError::Failed(format!("{what} cannot be used"));
        let parsed = Url::parse(rest_url).map_err(|_| unusable("the address of PostgREST"))?;
        if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
            return Err(unusable("the address of PostgREST"));
        }
        let rest_url = rest_url.trim_end_matches('/').to_owned();
        let key = |key: &str, name| {
            let mut key = HeaderValue::from_str(key).map_err(|_| unusable(name))?;
            key.set_sensitive(true);
            Ok(key)
        };
        let api_key = key(api_key, "SUPABASE_ANON_KEY")?;
        let service_key = service_key.map(|text| key(text, "SUPABASE_SERVICE_ROLE_KEY")).transpose()?;
        let client = Client::builder()
            .connect_timeout(timeout)
            .pool_idle_timeout(Duration::from_secs(IDLE_SECS))
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| unusable("the HTTP client"))?;
        let headers = HeaderMap::from_iter([(API_KEY, api_key)]);
        Ok(Self { rest_url, headers, service_key, client, timeout })
    }

    fn builder(&self, token: &str, what: &str) -> Result<Builder, SourceError> {
        if token.is_empty() || HeaderValue::from_str(token).is_err() {
            return Err(SourceError::Refused);
        }
        let url = format!("{}/{what}", self.rest_url);
        let mut headers = self.headers.clone();
        if let Some(key) = self.service_key.as_ref().filter(|key| key.as_bytes() == token.as_bytes()) {
            headers.insert(API_KEY, key.clone());
        }
        Ok(Builder::new(url, None, headers, self.client.clone()).auth(token))
    }

    /// Asks, on behalf of the token's bearer.
    pub(super) async fn get(&self, token: &str, request: &Request) -> Result<Answer, SourceError> {
        read(self.send("PostgREST table", self.asked(token, request)?).await?, errors::of_answer).await
    }

    /// The request as it is sent.
    pub(super) fn asked(&self, token: &str, request: &Request) -> Result<RequestBuilder, SourceError> {
        let mut builder = self.builder(token, request.table)?;
        if !request.select.is_empty() {
            builder = builder.select(request.select);
        }
        if request.count {
            builder = builder.exact_count();
        }
        if let Some(limit) = request.limit {
            let first = usize::try_from(request.offset).unwrap_or(usize::MAX);
            let last = first.saturating_add((limit as usize).max(1) - 1);
            builder = builder.range(first, last);
        }
        Ok(builder.build().query(&request.parameters))
    }

    /// Calls a function that reads, on behalf of the token's bearer. Returns its result as JSON.
    pub(super) async fn call(&self, token: &str, call: &Call) -> Result<Bytes, SourceError> {
        self.post(token, call, errors::of_answer).await
    }

    /// Calls a function that writes: what its bearer may not do is told from a token that is no good.
    pub(super) async fn call_to_write(&self, token: &str, call: &Call) -> Result<Bytes, SourceError> {
        self.post(token, call, errors::of_write).await
    }

    /// Sends a request with what lets it be followed.
    async fn send(&self, what: &'static str, asked: RequestBuilder) -> Result<Response, SourceError> {
        let call = trace::Call::begin(what);
        let traced = call.headers().into_iter().fold(asked, |asked, (name, value)| asked.header(name, value));
        let sent = traced.timeout(self.timeout).send().await;
        call.ended(sent.as_ref().ok().map(|answer| answer.status().as_u16()));
        sent.map_err(|error| errors::of_transport(&error))
    }

    async fn post(&self, token: &str, call: &Call, refusal: Refusal) -> Result<Bytes, SourceError> {
        let builder = self.builder(token, call.function)?.rpc(call.arguments.to_string());
        Ok(read(self.send("PostgREST function", builder.build()).await?, refusal).await?.body)
    }
}

/// The header that Supabase's gateway asks for.
const API_KEY: reqwest_postgrest::header::HeaderName =
    reqwest_postgrest::header::HeaderName::from_static("apikey");

/// What a status and body that are no success mean.
type Refusal = fn(u16, &[u8]) -> SourceError;

async fn read(response: Response, refusal: Refusal) -> Result<Answer, SourceError> {
    let status = response.status();
    let total = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(content_range::total);
    match status {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
            Ok(Answer { body: body(response, MAX_ANSWER_BYTES).await?, total, is_past_the_end: false })
        }
        StatusCode::RANGE_NOT_SATISFIABLE => Ok(Answer { body: Bytes::new(), total, is_past_the_end: true }),
        _ => {
            let body = body(response, MAX_REFUSAL_BYTES).await.unwrap_or_default();
            Err(refusal(status.as_u16(), &body))
        }
    }
}

async fn body(mut response: Response, max_bytes: usize) -> Result<Bytes, SourceError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(announced.min(max_bytes));
    while let Some(chunk) = response.chunk().await.map_err(|error| errors::of_transport(&error))? {
        if body.len() + chunk.len() > max_bytes {
            return Err(SourceError::Failed("an answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str) -> Result<PostgrestClient, SourceError> {
        PostgrestClient::new(url, "key", None, Duration::from_millis(300))
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_being_repeated() {
        for url in ["", "supabase.example", "ftp://supabase.example", "http://", "file:///etc"] {
            let Err(error) = client(url) else { panic!("{url}") };
            assert_eq!(error.to_string(), "the source failed: the address of PostgREST cannot be used");
        }
    }

    #[tokio::test]
    async fn a_token_that_is_no_header_is_refused() {
        let client = client("http://127.0.0.1:9").unwrap();
        for token in ["", "a\nb", "a\u{0}b"] {
            let outcome = client.get(token, &super::super::request::probe()).await;
            assert!(matches!(outcome, Err(SourceError::Refused)), "{token:?}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_unreachable_and_silence_is_a_timeout() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let silent = client(&url).unwrap().get("token", &super::super::request::probe()).await;
        assert!(matches!(silent, Err(SourceError::Timeout)));
        drop(listener);
        let gone = client(&url).unwrap().get("token", &super::super::request::probe()).await;
        let Err(SourceError::Unreachable(text)) = gone else { panic!("reached") };
        assert!(!text.contains("127.0.0.1"), "{text}");
    }
}
