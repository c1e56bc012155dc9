//! What the edge asks the origin, and how it reads the answers. The one place that knows the internal routes.

use std::rc::Rc;

use cache_key::{CacheKey, ListQuery};
use dto::cache_status::{CacheStatus, Source};
use dto::internal::{InvalidationRecorded, MembershipAnswer};
use dto::{ErrorCode, headers};
use identity::{InternalKeys, RequestHead};
use ids::WorkspaceId;
use serde::de::DeserializeOwned;

use crate::failure::Refusal;
use crate::metrics::Counter;
use crate::metrics::recorder::Recorder;
use crate::platform::{OriginRequest, OriginResponse, Platform, within};
use crate::trace::RequestTrace;

/// How long an answer of the origin is waited for, in milliseconds.
pub(crate) const TIMEOUT_MS: u64 = 5000;
/// The longest failure envelope that is passed on, in bytes.
const MAX_ENVELOPE_LEN: usize = 4096;
/// The failures of the origin that are the caller's; every other one is the origin's own, that it does not know this edge among them.
const REFUSALS: [u16; 5] = [400, 401, 403, 404, 429];

/// Why the origin gave no page, or no membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OriginFailure {
    /// The caller asked for what it may not have, or what is not there.
    Refused(Refusal),
    /// The origin cannot be reached, took too long, or answered what cannot be used.
    Unavailable,
}

/// A page as the origin sent it.
#[derive(Debug)]
pub(crate) struct PageReply {
    /// The encoded entry.
    pub(crate) entry: Vec<u8>,
    /// The tier of the origin that had it.
    pub(crate) source: Source,
    /// How the origin dealt with the request.
    pub(crate) status: CacheStatus,
    /// Its `Cache-Status`.
    pub(crate) members: Option<String>,
    /// Whether the page must not be stored.
    pub(crate) no_store: bool,
}

/// Asks for a page.
#[derive(Debug, Clone)]
pub(crate) struct PageQuestion {
    pub(crate) query: ListQuery,
    pub(crate) key: CacheKey,
    /// The value of `Authorization`.
    pub(crate) authorization: String,
    /// The reader's floor, as received.
    pub(crate) reader_floor: Option<String>,
    /// The ledger does not answer: nothing that the origin has cached will do, since it may have missed what only the
    /// ledger knows.
    pub(crate) is_uncached: bool,
}

/// Speaks to the origin, and signs what it says with the internal key.
pub(crate) struct OriginClient {
    keys: InternalKeys,
    recorder: Rc<Recorder>,
}

impl OriginClient {
    pub(crate) const fn new(keys: InternalKeys, recorder: Rc<Recorder>) -> Self {
        Self { keys, recorder }
    }

    /// Asks for a page. `known` is what the edge has heard of the page's tags: the origin answers nothing older.
    pub(crate) async fn page<P: Platform>(
        &self,
        platform: &P,
        question: &PageQuestion,
        known: &str,
    ) -> Result<PageReply, OriginFailure> {
        let query = &question.query;
        let target = format!("/internal/boards/{}/contacts?{}", query.board(), query.params().to_query());
        let mut request =
            Self::get(target, &question.authorization, query.workspace(), known, question.is_uncached);
        if let Some(floor) = &question.reader_floor {
            request.headers.push((headers::READER_GENERATION, floor.clone()));
        }
        let response = self.ask(platform, request).await?;
        if response.header("Content-Type") != Some(headers::ENTRY_CONTENT_TYPE) {
            platform.warn("the origin answered something that is not an entry");
            return Err(OriginFailure::Unavailable);
        }
        let source =
            response.header(headers::CACHE_SOURCE).and_then(Source::parse).unwrap_or(Source::Database);
        let status = response.header(headers::CACHE_OUTCOME).and_then(CacheStatus::parse);
        Ok(PageReply {
            source,
            status: status.unwrap_or(source.fresh_status()),
            members: response.header(headers::CACHE_STATUS).map(ToOwned::to_owned),
            no_store: response.header("Cache-Control").is_some_and(says_no_store),
            entry: response.body,
        })
    }

    /// Asks for the membership of the token's user.
    pub(crate) async fn membership<P: Platform>(
        &self,
        platform: &P,
        authorization: &str,
        workspace: &WorkspaceId,
        known: &str,
        is_uncached: bool,
    ) -> Result<MembershipAnswer, OriginFailure> {
        let target = format!("/internal/workspaces/{workspace}/membership");
        let request = Self::get(target, authorization, workspace, known, is_uncached);
        let response = self.ask(platform, request).await?;
        parse(platform, &response)
    }

    /// Has an invalidation minted and recorded.
    pub(crate) async fn invalidate<P: Platform>(
        &self,
        platform: &P,
        body: Vec<u8>,
        workspace: Option<String>,
    ) -> Result<InvalidationRecorded, OriginFailure> {
        let mut headers = vec![("Content-Type", headers::JSON_CONTENT_TYPE.to_owned())];
        headers.extend(workspace.map(|workspace| (headers::WORKSPACE_ID, workspace)));
        let target = "/internal/invalidate".to_owned();
        let response =
            self.ask(platform, OriginRequest { method: "POST", target, headers, body: Some(body) }).await?;
        parse(platform, &response)
    }

    fn get(
        target: String,
        authorization: &str,
        workspace: &WorkspaceId,
        known: &str,
        is_uncached: bool,
    ) -> OriginRequest {
        let mut headers =
            vec![("Authorization", authorization.to_owned()), (headers::WORKSPACE_ID, workspace.to_string())];
        if !known.is_empty() {
            headers.push((headers::CACHE_GENERATION, known.to_owned()));
        }
        if is_uncached {
            headers.push((headers::CACHE_BYPASS, "1".to_owned()));
        }
        OriginRequest { method: "GET", target, headers, body: None }
    }

    fn sign(&self, request: &OriginRequest, now_ms: u64) -> String {
        let header = |name: &'static str| {
            request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        let head = RequestHead { method: request.method, target: &request.target, header: &header };
        self.keys.sign(&head, request.body.as_deref().unwrap_or_default(), now_ms)
    }

    async fn ask<P: Platform>(
        &self,
        platform: &P,
        mut request: OriginRequest,
    ) -> Result<OriginResponse, OriginFailure> {
        let signature = self.sign(&request, platform.now_ms());
        request.headers.push((headers::INTERNAL_SIGNATURE, signature));
        request.headers.extend(platform.trace().into_iter().flat_map(RequestTrace::headers));
        let response = match within(platform, TIMEOUT_MS, platform.ask(request)).await {
            Some(Ok(response)) => response,
            Some(Err(_)) => return Err(OriginFailure::Unavailable),
            None => {
                platform.warn("the origin took too long to answer");
                return Err(OriginFailure::Unavailable);
            }
        };
        match response.status {
            200 => Ok(response),
            status if REFUSALS.contains(&status) && is_envelope(&response.body) => {
                Err(OriginFailure::Refused(Refusal { status, body: response.body }))
            }
            // Whoever the reader is, they have nothing to do with it: to them the origin fails.
            status if status == ErrorCode::NotATier.status() => {
                self.recorder.count(Counter::TierRefusals);
                platform.warn(
                    "the origin does not take this edge for one: do the clocks agree, and is INTERNAL_AUTH_KEY the same?",
                );
                Err(OriginFailure::Unavailable)
            }
            status => {
                platform.warn(&format!("the origin answered {status}"));
                Err(OriginFailure::Unavailable)
            }
        }
    }
}

fn parse<P: Platform, T: DeserializeOwned>(
    platform: &P,
    response: &OriginResponse,
) -> Result<T, OriginFailure> {
    serde_json::from_slice(&response.body).map_err(|_| {
        platform.warn("the origin answered something that is not of the contract");
        OriginFailure::Unavailable
    })
}

fn says_no_store(cache_control: &str) -> bool {
    cache_control.split(',').any(|directive| directive.trim().eq_ignore_ascii_case(headers::NO_STORE))
}

/// Whether a body is a failure envelope: what stands between us and the origin answers in words of its own.
fn is_envelope(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Envelope {
        success: bool,
        error: serde_json::Map<String, serde_json::Value>,
    }
    body.len() <= MAX_ENVELOPE_LEN
        && serde_json::from_slice::<Envelope>(body)
            .is_ok_and(|envelope| !envelope.success && envelope.error.contains_key("code"))
}
