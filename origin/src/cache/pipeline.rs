//! How an answer is found: memory, then Redis, then the source; one load for each key at a time.
//!
//! The order inside a load is what coherence rests on: the generations are captured *before* the source is read, and the
//! page is stored under that stamp. See the crate `coherence` for the rule and `docs/coherence.md` for the protocol.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_key::{CacheKey, ListQuery};
use coherence::{EntryHeader, Floor, Freshness, Generation, Lifetime, Stamp, View, judge};
use dto::cache_status::{CacheStatus, Source};
use ids::{UserId, WorkspaceId};

use super::flight::{Boarded, SingleFlight};
use super::invalidation::WithoutSharedTier;
use super::memory::MemoryTier;
use super::page::CachedPage;
use super::views::Views;
use crate::clock::Clock;
use crate::shared_tier::{Lease, Lookup, SharedTier, TierError};
use crate::source::{Asker, ContactSource, SourceError};

/// How long one process may hold the right to load a key, and how long the others wait for it.
const LEASE_MS: u64 = 5_000;
/// How often those who wait look whether the page is there, at first and at most.
const LEASE_POLL_MS: (u64, u64) = (10, 100);

/// Who asks: the user and the token to be passed on, or the service itself.
#[derive(Clone)]
pub enum Reader {
    /// A user, with a verified token.
    User {
        /// The user.
        id: UserId,
        /// The token.
        token: Arc<str>,
    },
    /// A holder of the internal key.
    Service,
}

impl Reader {
    /// On whose behalf the source is asked.
    #[must_use]
    pub fn asker(&self) -> Asker<'_> {
        match self {
            Self::User { id, token } => Asker::User { id, token },
            Self::Service => Asker::Service,
        }
    }
}

/// A request for a page.
#[derive(Clone)]
pub struct PageRequest {
    /// What is asked.
    pub query: ListQuery,
    /// Who asks.
    pub reader: Reader,
    /// What the reader has seen; untrusted.
    pub floor: Floor,
}

/// A page, and where it came from.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The page.
    pub page: Arc<CachedPage>,
    /// How the cache dealt with the request.
    pub status: CacheStatus,
    /// Which tier answered.
    pub source: Source,
    /// How the shared tier was used on the way.
    pub shared: SharedUse,
}

impl Answer {
    fn from_cache(page: Arc<CachedPage>, status: CacheStatus, source: Source) -> Self {
        let shared = if source == Source::Redis { SharedUse::Answered } else { SharedUse::NotAsked };
        Self { page, status, source, shared }
    }
}

/// How the shared tier was used in finding an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedUse {
    /// It was not asked: memory answered, or there is none.
    NotAsked,
    /// It answered.
    Answered,
    /// It had nothing that may be served; the page is stored there now.
    Missed,
    /// It could not be used. The page is stored nowhere, and the edge must not store it either: it is stamped without
    /// the authority.
    Away,
}

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// The workspace has no such board.
    #[error("there is no such board")]
    NoBoard,
    /// The source refused the reader's token.
    #[error("the source refused the token")]
    Refused,
    /// The source did not answer, and no page that may be served is cached.
    #[error("the source is unavailable")]
    SourceUnavailable,
    /// A fault of ours or of the source's.
    #[error("an internal fault")]
    Internal,
}

type Outcome = Result<Answer, CacheError>;

/// The cache of one origin process.
pub struct Cache {
    memory: MemoryTier,
    views: Arc<Views>,
    shared: Arc<dyn SharedTier>,
    source: Arc<dyn ContactSource>,
    clock: Arc<dyn Clock>,
    without_shared_tier: WithoutSharedTier,
    flights: SingleFlight<CacheKey, Outcome>,
}

/// What a load is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Somebody waits: any servable page will do.
    Answer,
    /// A stale page was served: a new one is wanted, and nobody waits.
    Refresh,
}

/// What was found in a tier, after it was judged.
enum Found {
    Servable(Answer),
    /// May stand in if the tiers below fail.
    IfError(Arc<CachedPage>),
    Nothing,
}

impl Cache {
    /// A cache over these tiers.
    #[must_use]
    pub fn new(
        memory: MemoryTier,
        views: Arc<Views>,
        shared: Arc<dyn SharedTier>,
        source: Arc<dyn ContactSource>,
        clock: Arc<dyn Clock>,
        without_shared_tier: WithoutSharedTier,
    ) -> Arc<Self> {
        let flights = SingleFlight::default();
        Arc::new(Self { memory, views, shared, source, clock, without_shared_tier, flights })
    }

    /// What to do with an invalidation while the shared tier cannot be reached.
    #[must_use]
    pub fn without_shared_tier(&self) -> WithoutSharedTier {
        self.without_shared_tier
    }

    /// What this process has heard of generations.
    #[must_use]
    pub fn views(&self) -> &Arc<Views> {
        &self.views
    }

    /// The memory tier.
    #[must_use]
    pub fn memory(&self) -> &MemoryTier {
        &self.memory
    }

    /// The shared tier.
    #[must_use]
    pub fn shared(&self) -> &Arc<dyn SharedTier> {
        &self.shared
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &Arc<dyn ContactSource> {
        &self.source
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Merges generations told by somebody trusted: the edge, or another holder of the internal key.
    pub fn hear(&self, workspace: &WorkspaceId, view: &View) {
        self.views.merge(workspace, view);
    }

    /// Finds a page.
    pub async fn page(self: &Arc<Self>, request: PageRequest) -> Result<Answer, CacheError> {
        let key = request.query.key();
        let fallback = match self.in_memory(&key, &request.floor) {
            Found::Servable(answer) => {
                if answer.status == CacheStatus::Stale {
                    self.refresh(&key, &request);
                }
                return Ok(answer);
            }
            Found::IfError(page) => Some(page),
            Found::Nothing => None,
        };
        // A flight that was under way when we arrived may have begun before an invalidation that we know of. One that departed
        // later cannot, so the second flight is the last that is needed; the third attempt covers a refused token.
        let arrival = self.flights.arrive();
        let needed = self
            .views
            .if_trusted(key.workspace(), key.tags(), self.clock.now_ms(), |view| view.stamp(key.tags()));
        for _ in 0..3 {
            let mut is_ours = false;
            let work = || {
                is_ours = true;
                self.clone().load(key.clone(), request.clone(), fallback.clone(), Purpose::Answer)
            };
            let (outcome, boarded) =
                self.flights.board(&key, arrival, work).await.ok_or(CacheError::Internal)?;
            // A view that becomes trusted while we wait will do as well: it knows no less.
            let needed = || needed.clone().or_else(|| self.trusted_stamp(&key));
            match outcome {
                Ok(answer) if answers(&answer, boarded, needed, &request.floor) => {
                    if answer.status == CacheStatus::Stale {
                        self.refresh(&key, &request);
                    }
                    return Ok(answer);
                }
                // What another reader is refused, or does not see, says nothing about us.
                Err(CacheError::Refused | CacheError::NoBoard) if !is_ours => {}
                // Whoever began the flight may have had a higher floor than ours, or nothing to fall back on.
                Err(error @ (CacheError::SourceUnavailable | CacheError::Internal)) => {
                    let page = fallback.ok_or(error)?;
                    return self.stand_in(&key, page, Source::OriginMemory, &request.floor).ok_or(error);
                }
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        self.clone().load(key, request, fallback, Purpose::Answer).await
    }

    fn refresh(self: &Arc<Self>, key: &CacheKey, request: &PageRequest) {
        let work = || self.clone().load(key.clone(), request.clone(), None, Purpose::Refresh);
        self.flights.dispatch(key, work);
    }

    /// What an entry must be stamped with to be current, if that can be relied upon now.
    fn trusted_stamp(&self, key: &CacheKey) -> Option<Stamp> {
        let now_ms = self.clock.now_ms();
        self.views.if_trusted(key.workspace(), key.tags(), now_ms, |view| view.stamp(key.tags()))
    }

    fn in_memory(&self, key: &CacheKey, floor: &Floor) -> Found {
        let Some(page) = self.memory.get(key) else { return Found::Nothing };
        if page.header().incarnation != self.views.trust().incarnation() {
            return Found::Nothing;
        }
        let now_ms = self.clock.now_ms();
        self.views
            .if_trusted(key.workspace(), key.tags(), now_ms, |view| {
                found(page, Source::OriginMemory, view, floor, now_ms)
            })
            .unwrap_or(Found::Nothing)
    }

    async fn load(
        self: Arc<Self>,
        key: CacheKey,
        request: PageRequest,
        fallback: Option<Arc<CachedPage>>,
        purpose: Purpose,
    ) -> Outcome {
        let mut fallback = fallback.map(|page| (page, Source::OriginMemory));
        let mut lease = None;
        let shared = match self.look_up(&key).await {
            Ok(mut lookup) => {
                match self.in_shared(&key, &lookup, &request.floor) {
                    Found::Servable(answer) if purpose == Purpose::Answer || is_fresh(&answer) => {
                        return Ok(answer);
                    }
                    Found::Servable(stale) => fallback = Some((stale.page, Source::Redis)),
                    Found::IfError(page) => fallback = Some((page, Source::Redis)),
                    Found::Nothing => {}
                }
                match self.lease(&key, &request.floor, purpose, &mut lookup).await {
                    Leased::Held(held) => lease = Some(held),
                    Leased::Answered(answer) => return Ok(answer),
                    Leased::Without => {}
                }
                Some(lookup)
            }
            Err(_) => None,
        };
        let outcome = match self.read_source(&key, &request, shared.as_ref()).await {
            Ok(page) => {
                let shared = match shared {
                    None => SharedUse::Away,
                    Some(_) if !self.shared.stores_entries() => SharedUse::NotAsked,
                    Some(_) => SharedUse::Missed,
                };
                if shared != SharedUse::Away {
                    self.memory.put(&key, page.clone());
                    self.store(key, page.clone(), lease.take());
                }
                return Ok(Answer { page, status: CacheStatus::Miss, source: Source::Database, shared });
            }
            Err(error) => error,
        };
        if outcome == CacheError::NoBoard
            && let Some(minted) = shared.as_ref().and_then(|lookup| lookup.minted.as_ref())
        {
            // Or whoever asks for boards that do not exist would fill the authority.
            self.views.forget(key.workspace(), minted);
            self.shared.forget(key.workspace(), minted).await;
        }
        if let Some(lease) = lease {
            self.shared.release_lease(&key, &lease).await;
        }
        match outcome {
            CacheError::SourceUnavailable | CacheError::Internal => {
                let (page, source) = fallback.ok_or(outcome)?;
                self.stand_in(&key, page, source, &request.floor).ok_or(outcome)
            }
            CacheError::NoBoard | CacheError::Refused => Err(outcome),
        }
    }

    /// A page that has merely expired stands in for a source that fails; one that was overtaken meanwhile does not.
    fn stand_in(
        &self,
        key: &CacheKey,
        page: Arc<CachedPage>,
        source: Source,
        floor: &Floor,
    ) -> Option<Answer> {
        if page.header().incarnation != self.views.trust().incarnation() {
            return None;
        }
        let now_ms = self.clock.now_ms();
        let servable = self.views.if_trusted(key.workspace(), key.tags(), now_ms, |view| {
            let header = page.header();
            !matches!(
                judge(&header.stamp, header.stored_at_ms, &header.lifetime, view, floor, now_ms),
                Freshness::Unservable(_)
            )
        })?;
        servable.then(|| Answer::from_cache(page, CacheStatus::Stale, source))
    }

    /// Looks into the shared tier, and heals it where it has lost generations that this process was told.
    async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError> {
        let mut lookup = self.shared.look_up(key).await?;
        self.views.merge_read(key.workspace(), &lookup.generations, lookup.epoch);
        let heard = self.views.heard(key.workspace(), |view| view.stamp(key.tags()));
        if lookup.generations.is_older_than(&heard) {
            self.shared.merge(key.workspace(), &heard).await?;
            lookup.generations = heard;
        }
        Ok(lookup)
    }

    fn in_shared(&self, key: &CacheKey, lookup: &Lookup, floor: &Floor) -> Found {
        let Some(page) = lookup.entry.clone().and_then(|bytes| CachedPage::decode(bytes).ok()).map(Arc::new)
        else {
            return Found::Nothing;
        };
        let header = page.header();
        if header.key_digest != key.digest() || !header.stamp.covers_exactly(key.tags()) {
            tracing::error!(key = key.as_str(), "an entry is not sealed for its key");
            return Found::Nothing;
        }
        if header.incarnation != lookup.incarnation {
            return Found::Nothing;
        }
        let now_ms = self.clock.now_ms();
        let view = View::from(&lookup.generations);
        let found = found(page.clone(), Source::Redis, &view, floor, now_ms);
        if matches!(&found, Found::Servable(answer) if is_fresh(answer)) {
            self.memory.put(key, page);
        }
        found
    }

    /// One process loads a key; the others wait until its page is there, or for as long as a lease lasts. `lookup` becomes the
    /// last that was seen meanwhile.
    async fn lease(&self, key: &CacheKey, floor: &Floor, purpose: Purpose, lookup: &mut Lookup) -> Leased {
        if !self.shared.stores_entries() {
            return Leased::Without;
        }
        let deadline_ms = self.clock.now_ms() + LEASE_MS;
        let (mut pause_ms, longest_ms) = LEASE_POLL_MS;
        loop {
            match self.shared.take_lease(key, LEASE_MS).await {
                // Whoever had it before may have stored the page since we looked.
                Ok(Some(lease)) => match self.answered(key, floor, purpose, lookup).await {
                    Some(answered @ Leased::Answered(_)) => {
                        self.shared.release_lease(key, &lease).await;
                        return answered;
                    }
                    _ => return Leased::Held(lease),
                },
                Err(_) => return Leased::Without,
                Ok(None) => {}
            }
            if self.clock.now_ms() >= deadline_ms {
                return Leased::Without;
            }
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            pause_ms = (pause_ms * 2).min(longest_ms);
            if let Some(answered) = self.answered(key, floor, purpose, lookup).await {
                return answered;
            }
        }
    }

    /// Whether the page is in the shared tier by now; [`Leased::Without`] when that cannot be reached.
    async fn answered(
        &self,
        key: &CacheKey,
        floor: &Floor,
        purpose: Purpose,
        lookup: &mut Lookup,
    ) -> Option<Leased> {
        let Ok(again) = self.look_up(key).await else { return Some(Leased::Without) };
        // What the first look minted is still this load's to take back.
        let minted = again.minted.clone().or_else(|| lookup.minted.take());
        *lookup = Lookup { minted, ..again };
        match self.in_shared(key, lookup, floor) {
            Found::Servable(answer) if purpose == Purpose::Answer || is_fresh(&answer) => {
                Some(Leased::Answered(answer))
            }
            _ => None,
        }
    }

    async fn read_source(
        &self,
        key: &CacheKey,
        request: &PageRequest,
        lookup: Option<&Lookup>,
    ) -> Result<Arc<CachedPage>, CacheError> {
        // Captured before the source is read: an invalidation that lands meanwhile overtakes this page. It is what the shared tier
        // has confirmed, not what was merely heard: a stamp that the tier has not seen yet may be ahead of what it mints next.
        let stamp = match lookup {
            Some(lookup) => lookup.generations.clone(),
            None => self.views.heard(key.workspace(), |view| view.stamp(key.tags())),
        };
        let read =
            self.source.list_contacts(request.reader.asker(), &request.query, self.clock.now_secs()).await;
        let contacts = read.map_err(|error| {
            let outcome = match &error {
                SourceError::NoBoard => CacheError::NoBoard,
                SourceError::Refused => CacheError::Refused,
                SourceError::Timeout | SourceError::Unreachable(_) => CacheError::SourceUnavailable,
                // A list is refused in neither of these ways.
                SourceError::NotFound | SourceError::Forbidden | SourceError::Failed(_) => CacheError::Internal,
            };
            if matches!(outcome, CacheError::SourceUnavailable | CacheError::Internal) {
                tracing::warn!(resource = key.resource().as_str(), workspace = %key.workspace(), %error, "the source failed");
            }
            outcome
        })?;
        let body = dto::page::stored_part(&contacts.contacts_json, request.query.params(), contacts.total);
        let header = EntryHeader {
            key_digest: key.digest(),
            etag: etag(&body),
            incarnation: lookup.and_then(|lookup| lookup.incarnation),
            stored_at_ms: self.clock.now_ms(),
            lifetime: Lifetime::jittered(key.resource().lifetime_class().default_ttl_secs(), key.seed()),
            stamp,
            encoding: coherence::Encoding::Identity,
        };
        let encoded = coherence::encode(&header, &body).map_err(|_| CacheError::Internal)?;
        CachedPage::decode(Bytes::from(encoded)).map(Arc::new).map_err(|_| CacheError::Internal)
    }

    /// Stores a page in the shared tier and gives the lease back; the reader does not wait for it.
    fn store(self: &Arc<Self>, key: CacheKey, page: Arc<CachedPage>, lease: Option<Lease>) {
        if !self.shared.stores_entries() {
            return;
        }
        let cache = self.clone();
        tokio::spawn(async move {
            let header = page.header();
            let stored = cache
                .shared
                .store(&key, &header.stamp, page.encoded().clone(), header.lifetime.total_ms())
                .await;
            if let Err(error) = stored {
                tracing::debug!(%error, "a page was not stored");
            }
            if let Some(lease) = lease {
                cache.shared.release_lease(&key, &lease).await;
            }
        });
    }
}

enum Leased {
    /// This process loads.
    Held(Lease),
    /// Another process did.
    Answered(Answer),
    /// Leases do not work now: load anyway.
    Without,
}

fn is_fresh(answer: &Answer) -> bool {
    answer.status != CacheStatus::Stale
}

fn found(page: Arc<CachedPage>, source: Source, view: &View, floor: &Floor, now_ms: u64) -> Found {
    let header = page.header();
    match judge(&header.stamp, header.stored_at_ms, &header.lifetime, view, floor, now_ms) {
        Freshness::Fresh => Found::Servable(Answer::from_cache(page, CacheStatus::Hit, source)),
        Freshness::StaleWhileRevalidate => {
            Found::Servable(Answer::from_cache(page, CacheStatus::Stale, source))
        }
        Freshness::StaleIfError => Found::IfError(page),
        Freshness::Unservable(_) => Found::Nothing,
    }
}

/// Whether the outcome of a flight answers a request that must get nothing older than `floor`, nor than `needed`: what a view
/// knew that could be relied upon, if any could.
fn answers(answer: &Answer, boarded: Boarded, needed: impl FnOnce() -> Option<Stamp>, floor: &Floor) -> bool {
    // Read from the source after the request began: nothing is newer.
    if boarded == Boarded::AfterArrival && answer.source == Source::Database {
        return true;
    }
    let stamp = &answer.page.header().stamp;
    let is_current = match boarded {
        // Judged after the request began.
        Boarded::AfterArrival => true,
        // An untrusted view may have missed what this reader must see.
        Boarded::UnderWay => needed().is_some_and(|needed| {
            needed.iter().all(|(tag, generation)| stamp.get(tag).unwrap_or(Generation::ZERO) >= generation)
        }),
    };
    is_current && floor.is_met_by(stamp)
}

fn etag(body: &[u8]) -> [u8; 16] {
    use sha2::{Digest as _, Sha256};
    let mut etag = [0; 16];
    etag.copy_from_slice(&Sha256::digest(body)[..16]);
    etag
}
