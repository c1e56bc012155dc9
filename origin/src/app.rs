//! The parts of a running origin, put together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use cache_key::{CacheKey, Invalidation, ListQuery};
use coherence::View;
use demo_data::Anchor;
use dto::ApiError;
use dto::cache_admin::CacheStats;
use identity::{InternalKeys, TokenVerifier};
use ids::WorkspaceId;

use crate::cache::answer::{Answer, CacheError};
use crate::cache::invalidation::{Done, WithoutSharedTier};
use crate::cache::membership::Memberships;
use crate::cache::memory::MemoryTier;
use crate::cache::pipeline::Cache;
use crate::cache::request::ReadRequest;
use crate::cache::shares::Shares;
use crate::cache::views::Views;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, SourceConfig};
use crate::http::console::Console;
use crate::live::Live;
use crate::metrics::{AnswerTotals, MeasuredLedger, MeasuredSource, MeasuredTier, Metrics};
use crate::outbox::{Delivery, EdgeLedger, Outbox, OutboxStore, Owed};
use crate::popularity::{Popularity, SharedPopularity};
use crate::readiness::Readiness;
use crate::resources::Query;
use crate::shared_tier::compression::Compression;
use crate::shared_tier::local::LocalTier;
use crate::shared_tier::redis::RedisTier;
use crate::shared_tier::{SharedTier, TierError};
use crate::source::ContactSource;
use crate::source::sqlite::SqliteSource;
use crate::source::supabase::{SupabaseConfig, SupabaseSource};
use crate::tokens::Tokens;
use crate::trace::export::Export;
use crate::trace::{self, Tracer};

/// How long one question to Supabase may take.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(5);

/// What every request handler shares.
pub struct App {
    /// Verifies readers' tokens.
    pub tokens: Tokens,
    /// Recognises the operator's own services.
    pub internal_keys: InternalKeys,
    /// Who is a member of what.
    pub memberships: Memberships,
    /// Finds pages.
    pub cache: Arc<Cache>,
    /// Tells the edge of invalidations that begin here; unset where there is no edge.
    pub outbox: Option<Arc<Outbox>>,
    /// Writes down what Redis has yet to hear; unset where there is no Redis, or neither a file nor a need of one.
    pub owed: Option<Owed>,
    /// Which lists are asked for most.
    pub popularity: Arc<Popularity>,
    /// Whether the source answers.
    pub readiness: Readiness,
    /// What the operator watches.
    pub metrics: Arc<Metrics>,
    /// Lets requests be followed.
    pub tracer: Arc<Tracer>,
    /// What is told of this moment to those who watch.
    pub live: Arc<Live>,
    /// The web console.
    pub console: Console,
}

impl App {
    /// Opens the source, connects to Redis where it is configured, and puts the cache together.
    pub async fn start(config: &Config) -> anyhow::Result<Arc<Self>> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let metrics = Metrics::new();
        let tracer = match &config.trace_export {
            Some(export) => Tracer::exporting(Export::start(export)?),
            None => Tracer::default(),
        };
        let (source, embedded) = open_source(&config.source, &*clock).await?;
        let console = Console::load(&config.console, embedded)?;
        let source = Arc::new(MeasuredSource::new(source, metrics.source.clone()));
        let mut shared_popularity: Option<Arc<dyn SharedPopularity>> = None;
        let (views, shared): (Arc<Views>, Arc<dyn SharedTier>) = if config.redis_urls.is_empty() {
            (Arc::new(Views::alone()), Arc::new(LocalTier::new(clock.clone())))
        } else {
            let views = Arc::new(Views::told_by_push());
            let bound = Duration::from_millis(config.staleness_bound_ms);
            let entry_bytes = metrics.shared_tier.entry_bytes.clone();
            let compression = Compression::new(config.compress_above_bytes, entry_bytes);
            let tier = RedisTier::start(&config.redis_urls, views.clone(), clock.clone(), bound, compression)
                .await
                .context("REDIS_URL cannot be used")?;
            let memory = metrics.shared_tier.memory.clone();
            tokio::spawn(RedisTier::watch_memory(Arc::downgrade(&tier), memory));
            shared_popularity = Some(tier.clone());
            (views, Arc::new(MeasuredTier::new(tier, metrics.shared_tier.clone())))
        };
        let popularity = Popularity::start(shared_popularity, clock.clone());
        let memory = MemoryTier::new(config.memory_cache_bytes);
        let fair_shares = Shares::of(config.max_loads_per_workspace);
        let rules = config.invalidation;
        let cache = Cache::new(memory, views, shared, source, clock.clone(), rules, fair_shares);
        let uses_redis = !config.redis_urls.is_empty();
        // What was accepted is paid also by a process that accepts no more of it.
        let may_owe = uses_redis
            && (rules.without_shared_tier == WithoutSharedTier::Accept || config.outbox_path.is_file());
        let open_store = || {
            let path = &config.outbox_path;
            OutboxStore::open(path).with_context(|| format!("OUTBOX_PATH {} cannot be used", path.display()))
        };
        let store = (may_owe || config.edge_url.is_some()).then(open_store).transpose()?;
        let owed = store.as_ref().filter(|_| uses_redis).map(Owed::beside);
        if let Some(owed) = &owed {
            owed.pay(&cache).await.context("what is owed to Redis cannot be read")?;
        }
        let outbox = match config.edge_url.as_ref().zip(store) {
            Some((edge_url, store)) => {
                let ledger = EdgeLedger::new(edge_url, config.internal_keys.clone(), clock.clone())?;
                let ledger = MeasuredLedger::new(ledger, metrics.deliveries.clone());
                Some(Outbox::start(store, Arc::new(ledger)))
            }
            None => None,
        };
        Ok(Arc::new(Self {
            tokens: Tokens::of(&config.tokens)?,
            internal_keys: config.internal_keys.clone(),
            memberships: Memberships::new(cache.clone()).in_scope(config.tokens.cache_scope),
            cache,
            outbox,
            owed,
            popularity,
            readiness: Readiness::default(),
            metrics,
            tracer: Arc::new(tracer),
            live: Live::new(),
            console,
        }))
    }

    /// One process on a source of the caller's own: no Redis, no edge, no console. For whoever embeds or measures it.
    #[must_use]
    pub fn alone(
        source: Arc<dyn ContactSource>,
        verifier: TokenVerifier,
        internal_keys: InternalKeys,
        memory_cache_bytes: u64,
    ) -> Arc<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let cache = Cache::new(
            MemoryTier::new(memory_cache_bytes),
            Arc::new(Views::alone()),
            Arc::new(LocalTier::new(clock.clone())),
            source,
            clock.clone(),
            WithoutSharedTier::Accept,
            Shares::default(),
        );
        Arc::new(Self {
            tokens: Tokens::of_secret(verifier),
            internal_keys,
            memberships: Memberships::new(cache.clone()),
            cache,
            outbox: None,
            owed: None,
            popularity: Popularity::start(None, clock),
            readiness: Readiness::default(),
            metrics: Metrics::new(),
            tracer: Arc::default(),
            live: Live::new(),
            console: Console::absent(),
        })
    }

    /// Finds what is asked for, and counts how.
    pub async fn read<Q: Query>(&self, request: &ReadRequest<Q>) -> Result<Answer, CacheError> {
        let key = request.query.key();
        let resource = key.resource();
        let watched = self.watched(&key);
        let outcome = self.cache.read_key(&key, request).await;
        self.metrics.answers.count(resource, &outcome);
        self.show(watched, &outcome);
        if let Ok(answer) = &outcome {
            trace::answered_by(answer.source);
        }
        outcome
    }

    /// Finds a list, and notes that it was asked for. Not before it is found: what does not exist is asked for by nobody in
    /// earnest.
    pub async fn read_list(&self, request: ReadRequest<ListQuery>) -> Result<Answer, CacheError> {
        let answer = self.read(&request).await?;
        self.popularity.record(&request.query);
        Ok(answer)
    }

    /// Reads the source, counts that, and keeps nothing.
    pub async fn read_uncached<Q: Query>(&self, request: ReadRequest<Q>) -> Result<Answer, CacheError> {
        let key = request.query.key();
        let watched = self.watched(&key);
        let outcome = self.cache.bypass(&key, &request).await;
        self.metrics.answers.count(key.resource(), &outcome);
        self.show(watched, &outcome);
        outcome
    }

    /// Of whom to tell those who watch, and since when; nothing while nobody does.
    fn watched(&self, key: &CacheKey) -> Option<(WorkspaceId, Instant)> {
        self.live.is_counting().then(|| (key.workspace().clone(), Instant::now()))
    }

    fn show(&self, watched: Option<(WorkspaceId, Instant)>, outcome: &Result<Answer, CacheError>) {
        if let Some((workspace, began)) = watched {
            self.live.count(&workspace, outcome, began.elapsed());
        }
    }

    /// What this process has answered since it started.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        let AnswerTotals { hits, misses, errors } = self.metrics.answers.totals();
        CacheStats::new(hits, misses, self.cache.stored(), self.metrics.invalidations.entries(), errors)
    }

    /// An invalidation that begins at the edge: minted and recorded. The caller has the ledger record it before it acknowledges.
    pub async fn record(&self, invalidation: &Invalidation) -> Result<Done, ApiError> {
        let done = self.mint(invalidation).await?;
        Ok(self.acknowledged(invalidation.workspace(), done, Delivery::Pending))
    }

    /// An invalidation that begins here: minted and recorded, made durable for the edge, and acknowledged when the edge has it
    /// or the outbox does.
    pub async fn invalidate(
        &self,
        invalidation: &Invalidation,
        patience: Duration,
    ) -> Result<(Done, Delivery), ApiError> {
        let done = self.mint(invalidation).await?;
        let workspace = invalidation.workspace();
        let delivery = match &self.outbox {
            Some(outbox) => outbox.submit(workspace, &done.generations, patience).await.map_err(|error| {
                self.metrics.invalidations.refused();
                tracing::error!(%error, "an invalidation could not be made durable");
                ApiError::unavailable("the invalidation could not be made durable")
            })?,
            None => Delivery::NoEdge,
        };
        Ok((self.acknowledged(workspace, done, delivery), delivery))
    }

    /// Mints and records, and writes down what Redis has yet to hear of.
    async fn mint(&self, invalidation: &Invalidation) -> Result<Done, ApiError> {
        let mut outcome = self.cache.invalidate(invalidation).await;
        if let (Ok(done), Some(owed)) = (&outcome, &self.owed)
            && done.is_owed
            && let Err(error) = owed.write_down(invalidation.workspace(), &done.generations).await
        {
            outcome = Err(TierError::Refused(error.to_string()));
        }
        outcome.map_err(|error| {
            self.metrics.invalidations.refused();
            tracing::warn!(%error, "an invalidation is refused");
            ApiError::unavailable("the invalidation could not be recorded")
        })
    }

    /// Counts an invalidation and tells those who watch. Its generations come back as a reader is to be told of them.
    fn acknowledged(&self, workspace: &WorkspaceId, mut done: Done, delivery: Delivery) -> Done {
        if let Some(outbox) = &self.outbox {
            let raised = outbox.raised(workspace, &done.generations, delivery);
            if raised != done.generations {
                self.cache.hear(workspace, &View::from(&raised));
                // So that the others hear of it as well: to a reader who shows them this token all that they have is old until then.
                let (shared, workspace, told) =
                    (self.cache.shared().clone(), workspace.clone(), raised.clone());
                tokio::spawn(async move { drop(shared.merge(&workspace, &told).await) });
                done.generations = raised;
            }
        }
        self.metrics.invalidations.acknowledged(done.entries);
        self.live.invalidated(workspace, &done.generations);
        done
    }
}

/// The source, and the same as the embedded one if it is that.
async fn open_source(
    config: &SourceConfig,
    clock: &dyn Clock,
) -> anyhow::Result<(Arc<dyn ContactSource>, Option<SqliteSource>)> {
    Ok(match config {
        SourceConfig::Supabase { rest_url, anon_key, service, .. } => {
            let source = SupabaseSource::new(SupabaseConfig {
                rest_url: rest_url.clone(),
                anon_key: anon_key.clone(),
                service: Some(service.clone()),
                timeout: SOURCE_TIMEOUT,
            })?;
            (Arc::new(source), None)
        }
        SourceConfig::Sqlite { path, demo_data } => {
            let source =
                SqliteSource::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            if *demo_data {
                let anchor = Anchor::of_day_containing(clock.now_secs().cast_signed());
                source.seed_demo(anchor).await.context("cannot write the demo data")?;
            }
            (Arc::new(source.clone()), Some(source))
        }
    })
}
