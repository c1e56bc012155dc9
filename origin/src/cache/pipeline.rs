//! How an answer is found: memory, then Redis, then the source; one load for each key at a time. The same for every
//! resource.
//!
//! Whatever a hit in memory does not do is boxed where it is awaited: the future of a request has room for all that may be awaited in it, and
//! with what loads a page that was 29 KB, to be allotted and moved for each hit.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_key::{CacheKey, Resource, SETTINGS_TAGS, SettingsQuery};
use coherence::{Floor, Stamp, Tag, View};
use dto::cache_status::{CacheStatus, Source};
use dto::settings::CacheSettings;
use ids::WorkspaceId;

use super::answer::{Answer, CacheError, SharedUse};
use super::flight::{Boarded, FlightCounts, SingleFlight};
use super::invalidation::Rules;
use super::judgement::{Found, answers, found, is_fresh};
use super::load::Purpose;
use super::memory::MemoryTier;
use super::page::CachedPage;
use super::policy::{Policy, Read, ReadSettings};
use super::request::{ReadRequest, Reader};
use super::shares::Shares;
use super::views::Views;
use crate::clock::Clock;
use crate::leaky;
use crate::resources::Query;
use crate::shared_tier::SharedTier;
use crate::source::ContactSource;

/// What a load comes to.
pub(super) type Outcome = Result<Answer, CacheError>;

/// The cache of one origin process.
pub struct Cache {
    pub(super) memory: MemoryTier,
    pub(super) views: Arc<Views>,
    pub(super) shared: Arc<dyn SharedTier>,
    pub(super) source: Arc<dyn ContactSource>,
    pub(super) clock: Arc<dyn Clock>,
    rules: Rules,
    settings: ReadSettings,
    pub(super) stored: AtomicU64,
    pub(super) seal_mismatches: AtomicU64,
    pub(super) spared: AtomicU64,
    flights: SingleFlight<CacheKey, Outcome>,
    pub(super) shares: Shares,
}

impl Cache {
    /// A cache over these tiers, of whose source each workspace gets a share.
    #[must_use]
    pub fn new(
        memory: MemoryTier,
        views: Arc<Views>,
        shared: Arc<dyn SharedTier>,
        source: Arc<dyn ContactSource>,
        clock: Arc<dyn Clock>,
        rules: impl Into<Rules>,
        fair_shares: Shares,
    ) -> Arc<Self> {
        let flights = SingleFlight::default();
        let settings = ReadSettings::default();
        let stored = AtomicU64::new(0);
        Arc::new(Self {
            memory,
            views,
            shared,
            source,
            clock,
            rules: rules.into(),
            settings,
            stored,
            seal_mismatches: AtomicU64::new(0),
            spared: AtomicU64::new(0),
            flights,
            shares: fair_shares,
        })
    }

    /// How this process invalidates.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.rules
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

    /// How many entries were stored so far.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// How many entries were found that are not sealed for the key that they were found under. Anything but 0 is a fault to look into.
    #[must_use]
    pub fn seal_mismatches(&self) -> u64 {
        self.seal_mismatches.load(Ordering::Relaxed)
    }

    /// How many pages were found that an invalidation had overtaken, and that it had not touched.
    #[must_use]
    pub fn spared(&self) -> u64 {
        self.spared.load(Ordering::Relaxed)
    }

    /// Whether an entry is sealed for the key that it was found under, and carries the tags that invalidate it. If not, something has mixed up
    /// keys, or written into a store that it has no business in: a miss, and an alarm.
    pub(super) fn is_sealed_for(&self, page: &CachedPage, key: &CacheKey, tier: &'static str) -> bool {
        let header = page.header();
        let is_sealed = (header.key_digest == key.digest() && header.stamp.covers_exactly(key.tags()))
            || !leaky::seal_is_checked();
        if !is_sealed {
            self.seal_mismatches.fetch_add(1, Ordering::Relaxed);
            tracing::error!(tier, key_digest = ?key.digest(), "an entry is not sealed for its key");
        }
        is_sealed
    }

    /// What each workspace may take.
    #[must_use]
    pub fn shares(&self) -> &Shares {
        &self.shares
    }

    /// What single flight has saved.
    #[must_use]
    pub fn flights(&self) -> FlightCounts {
        self.flights.counts()
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

    /// Finds what is asked for, as the workspace's settings have it.
    pub async fn read<Q: Query>(self: &Arc<Self>, request: ReadRequest<Q>) -> Result<Answer, CacheError> {
        self.read_key(&request.query.key(), &request).await
    }

    /// The same for a caller who has the key already.
    pub async fn read_key<Q: Query>(
        self: &Arc<Self>,
        key: &CacheKey,
        request: &ReadRequest<Q>,
    ) -> Result<Answer, CacheError> {
        match self.policy(key).await {
            Policy::Off => Box::pin(self.bypass(key, request)).await,
            policy => self.find(key, request, policy).await,
        }
    }

    /// Reads the source and keeps nothing.
    pub async fn bypass<Q: Query>(
        &self,
        key: &CacheKey,
        request: &ReadRequest<Q>,
    ) -> Result<Answer, CacheError> {
        let page = self.read_source(key, request, 0, None, Purpose::Answer).await?;
        let (status, source) = (CacheStatus::Bypass, Source::Database);
        Ok(Answer { page, status, source, shared: SharedUse::Bypassed })
    }

    /// What the workspace's settings say of a key.
    async fn policy(self: &Arc<Self>, key: &CacheKey) -> Policy {
        if key.resource() == Resource::WorkspaceConfig {
            return Policy::of_settings();
        }
        if let Some(read) = self.known_settings(key.workspace()) {
            return Policy::of(&read, key);
        }
        match Box::pin(self.read_settings(SettingsQuery::beside(key))).await {
            Ok(read) => Policy::of(&read, key),
            Err(error) => {
                tracing::warn!(workspace = %key.workspace(), %error, "the cache settings cannot be read");
                Policy::Unknown
            }
        }
    }

    /// The same once it is known what the page will be stamped with. The settings may have changed since they were looked at, and a page must not
    /// outlive the lifetime that they give it now.
    pub(super) async fn policy_under(
        self: &Arc<Self>,
        key: &CacheKey,
        looked_at: Policy,
        stamp: &Stamp,
    ) -> Policy {
        if looked_at.holds_under(stamp) {
            return looked_at;
        }
        let policy = self.policy_anew(key).await;
        if policy.holds_under(stamp) { policy } else { Policy::Unknown }
    }

    /// [`policy`](Self::policy), its type left out: the settings are loaded as pages are, and the future of that would contain itself.
    fn policy_anew<'a>(
        self: &'a Arc<Self>,
        key: &'a CacheKey,
    ) -> Pin<Box<dyn Future<Output = Policy> + Send + 'a>> {
        Box::pin(self.policy(key))
    }

    /// The cache settings of a workspace.
    pub async fn settings(self: &Arc<Self>, query: SettingsQuery) -> Result<Arc<CacheSettings>, CacheError> {
        Ok(self.read_settings(query).await?.settings.clone())
    }

    async fn read_settings(self: &Arc<Self>, query: SettingsQuery) -> Result<Arc<Read>, CacheError> {
        let workspace = query.workspace().clone();
        let request = ReadRequest { query, reader: Reader::Service, floor: Floor::none() };
        let answer = self.find(&request.query.key(), &request, Policy::of_settings()).await?;
        self.settings.read(workspace, answer.page).ok_or(CacheError::Internal)
    }

    /// Settings that were read before, if the page that they were read from would be served as fresh now.
    fn known_settings(&self, workspace: &WorkspaceId) -> Option<Arc<Read>> {
        let read = self.settings.of(workspace)?;
        let found = self.judged(workspace, &SETTINGS_TAGS, read.page.clone(), &Floor::none());
        matches!(found, Found::Servable(answer) if is_fresh(&answer)).then_some(read)
    }

    /// Finds what is asked for.
    async fn find<Q: Query>(
        self: &Arc<Self>,
        key: &CacheKey,
        request: &ReadRequest<Q>,
        policy: Policy,
    ) -> Result<Answer, CacheError> {
        let fallback = match self.in_memory(key, &request.floor) {
            Found::Servable(answer) => {
                if answer.status == CacheStatus::Stale {
                    self.refresh(key, request, policy);
                }
                return Ok(answer);
            }
            Found::IfError(page, _) => Some(page),
            Found::Nothing => None,
        };
        Box::pin(self.find_below(key, request, policy, fallback)).await
    }

    /// Finds what memory does not have; `fallback` is what it has that may stand in.
    async fn find_below<Q: Query>(
        self: &Arc<Self>,
        key: &CacheKey,
        request: &ReadRequest<Q>,
        policy: Policy,
        fallback: Option<Arc<CachedPage>>,
    ) -> Result<Answer, CacheError> {
        // A flight that was under way when we arrived may have begun before an invalidation that we know of. One that departed
        // later cannot, so the second flight is the last that is needed; the third attempt covers a refused token.
        let arrival = self.flights.arrive();
        let needed = self.trusted_stamp(key);
        for _ in 0..3 {
            let mut is_ours = false;
            let work = || {
                is_ours = true;
                self.clone().load(key.clone(), request.clone(), policy, fallback.clone(), Purpose::Answer)
            };
            let (outcome, boarded) =
                self.flights.board(key, arrival, work).await.ok_or(CacheError::Internal)?;
            // A view that becomes trusted while we wait will do as well: it knows no less.
            let needed = || needed.clone().or_else(|| self.trusted_stamp(key));
            match outcome {
                Ok(answer) if answers(&answer, boarded, needed, &request.floor) => {
                    if answer.status == CacheStatus::Stale {
                        self.refresh(key, request, policy);
                    }
                    return Ok(answer);
                }
                // What another reader is refused, or does not see, says nothing about us.
                Err(CacheError::Refused | CacheError::NoBoard | CacheError::NotFound) if !is_ours => {}
                // It may have waited long before we came.
                Err(CacheError::ShareTaken) if boarded == Boarded::UnderWay && fallback.is_none() => {}
                // Whoever began the flight may have had a higher floor than ours, or nothing to fall back on.
                Err(
                    error @ (CacheError::SourceUnavailable | CacheError::ShareTaken | CacheError::Internal),
                ) => {
                    let page = fallback.ok_or(error)?;
                    return self.stand_in(key, page, Source::OriginMemory, &request.floor).ok_or(error);
                }
                // A refresh that was put off waits for no share: we do.
                Ok(_) | Err(CacheError::PutOff) => {}
                Err(error) => return Err(error),
            }
        }
        self.clone().load(key.clone(), request.clone(), policy, fallback, Purpose::Answer).await
    }

    fn refresh<Q: Query>(self: &Arc<Self>, key: &CacheKey, request: &ReadRequest<Q>, policy: Policy) {
        let work = || self.clone().load(key.clone(), request.clone(), policy, None, Purpose::Refresh);
        self.flights.dispatch(key, work);
    }

    /// What an entry must be stamped with to be current, if that can be relied upon now.
    pub(super) fn trusted_stamp(&self, key: &CacheKey) -> Option<Stamp> {
        let now_ms = self.clock.now_ms();
        self.views.if_trusted(key.workspace(), key.tags(), now_ms, |view| view.stamp(key.tags()))
    }

    fn in_memory(&self, key: &CacheKey, floor: &Floor) -> Found {
        match self.memory.get(key) {
            Some(page) if self.is_sealed_for(&page, key, "memory") => {
                self.judged(key.workspace(), key.tags(), page, floor)
            }
            _ => Found::Nothing,
        }
    }

    /// What may be done with a page that this process has kept.
    fn judged(&self, workspace: &WorkspaceId, tags: &[Tag], page: Arc<CachedPage>, floor: &Floor) -> Found {
        if page.header().incarnation != self.views.trust().incarnation() {
            return Found::Nothing;
        }
        let now_ms = self.clock.now_ms();
        self.views
            .if_trusted(workspace, tags, now_ms, |view| {
                found(page, Source::OriginMemory, view, floor, now_ms)
            })
            .unwrap_or(Found::Nothing)
    }
}
