//! A load: Redis, the lease, the source, and what is stored on the way back.
//!
//! The order is what coherence rests on: the generations are captured *before* the source is read, and the page is
//! stored under that stamp. See the crate `coherence` for the rule and `docs/coherence.md` for the protocol.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use cache_key::CacheKey;
use coherence::{EntryHeader, Floor, Freshness, Lifetime, Stamp, Tag, View, judge};
use dto::cache_status::{CacheStatus, Source};
use ids::WorkspaceId;

use super::answer::{Answer, CacheError, SharedUse};
use super::judgement::{Found, found, is_fresh};
use super::page::CachedPage;
use super::pipeline::{Cache, Outcome};
use super::policy::Policy;
use super::request::ReadRequest;
use crate::resources::Query;
use crate::shared_tier::{Lease, Leased, Lookup, TierError};

/// How long one process may hold the right to load a key.
const LEASE_MS: u64 = 5_000;
/// How long the others wait for it: not for as long as a lease lasts whose holder has died, since the edge has given up by then.
const LEASE_WAIT_MS: u64 = 2_500;
/// How often those who wait look whether the page is there, at first and at most.
const LEASE_POLL_MS: (u64, u64) = (10, 100);

/// What a load is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Somebody waits: any servable page will do.
    Answer,
    /// A stale page was served: a new one is wanted, and nobody waits.
    Refresh,
}

/// What the shared tier had to say of a key.
enum Below {
    /// It has a page that will do.
    Answered(Answer),
    /// The source has to be read.
    Load {
        /// `None` where leases do not work now, or their holder takes too long.
        lease: Option<Lease>,
        /// What was seen last; `None` where the tier cannot be reached.
        lookup: Option<Lookup>,
    },
}

impl Cache {
    pub(super) async fn load<Q: Query>(
        self: Arc<Self>,
        key: CacheKey,
        request: ReadRequest<Q>,
        policy: Policy,
        fallback: Option<Arc<CachedPage>>,
        purpose: Purpose,
    ) -> Outcome {
        let mut fallback = fallback.map(|page| (page, Source::OriginMemory));
        let (mut lease, shared) = match self.below(&key, &request.floor, purpose, &mut fallback).await {
            Below::Answered(answer) => return Ok(answer),
            Below::Load { lease, lookup } => (lease, lookup),
        };
        let policy = match &shared {
            Some(lookup) => self.policy_under(&key, policy, &lookup.generations).await,
            None => policy,
        };
        let ttl_secs = policy.ttl_secs(&key);
        let read = self.read_source(&key, &request, ttl_secs, shared.as_ref(), purpose).await;
        let outcome = match read {
            Ok(page) => {
                let shared = match shared {
                    None => SharedUse::Away,
                    Some(_) if matches!(policy, Policy::Unknown | Policy::Off) => SharedUse::Bypassed,
                    Some(_) if !self.shared.stores_entries() => SharedUse::NotAsked,
                    Some(_) => SharedUse::Missed,
                };
                if shared.may_be_kept() {
                    self.stored.fetch_add(1, Ordering::Relaxed);
                    self.memory.put(&key, &page);
                    self.store(key, page.clone(), lease.take());
                } else if let Some(lease) = lease {
                    self.shared.release_lease(&key, &lease).await;
                }
                return Ok(Answer { page, status: CacheStatus::Miss, source: Source::Database, shared });
            }
            Err(error) => error,
        };
        if let Some(lookup) = &shared {
            self.take_back(key.workspace(), lookup, outcome).await;
        }
        if let Some(lease) = lease {
            self.shared.release_lease(&key, &lease).await;
        }
        match outcome {
            CacheError::SourceUnavailable | CacheError::ShareTaken | CacheError::Internal => {
                let (page, source) = fallback.ok_or(outcome)?;
                self.stand_in(&key, page, source, &request.floor).ok_or(outcome)
            }
            CacheError::NoBoard
            | CacheError::NotFound
            | CacheError::Refused
            | CacheError::PutOff
            | CacheError::SharedTierAway => Err(outcome),
        }
    }

    /// Takes back what was minted for a board of which nothing was read, or whoever asks for boards that do not exist would fill the authority, and the
    /// views with it. Of a board that exists it is minted again, and later. Other tags are few, and others' as well.
    async fn take_back(&self, workspace: &WorkspaceId, lookup: &Lookup, outcome: CacheError) {
        if outcome == CacheError::NoBoard
            && let Some(read) = boards_of(&lookup.generations)
        {
            // Also where it is another process that has minted it, and will take it back.
            self.views.forget(workspace, &read);
        }
        if let Some(minted) = lookup.minted.as_ref().and_then(boards_of) {
            self.views.forget(workspace, &minted);
            self.shared.forget(workspace, &minted).await;
        }
    }

    /// A page that has merely expired stands in for a source that fails; one that was overtaken meanwhile does not.
    pub(super) fn stand_in(
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

    /// Looks into the shared tier, and takes the lease where that has nothing. One process loads a key; the others wait until its page is there,
    /// for a while. What may stand in if the source fails becomes the `fallback`.
    async fn below(
        &self,
        key: &CacheKey,
        floor: &Floor,
        purpose: Purpose,
        fallback: &mut Option<(Arc<CachedPage>, Source)>,
    ) -> Below {
        // Where what memory has is known to be old, so most likely is what lies in Redis: one round trip less.
        let mut has_asked = self.shared.stores_entries() && self.is_known_to_be_old(key);
        let taken = if has_asked { self.take_lease(key).await.ok() } else { None };
        let (mut lease, mut lookup) = match taken {
            Some(Leased { lease, lookup }) => (lease, lookup),
            None => match self.look_up(key).await {
                Ok(lookup) => (None, lookup),
                Err(_) => return Below::Load { lease: None, lookup: None },
            },
        };
        let deadline_ms = self.clock.now_ms() + LEASE_WAIT_MS;
        let (mut pause_ms, longest_ms) = LEASE_POLL_MS;
        // Asked once: what a change has touched, it has touched for good.
        let mut may_ask_the_log = self.rules().spares_untouched;
        loop {
            let (found, is_spared) = self.in_shared(key, &lookup, floor, &mut may_ask_the_log).await;
            match found {
                Found::Servable(answer) if purpose == Purpose::Answer || is_fresh(&answer) => {
                    if let Some(lease) = lease {
                        // The reader does not wait for it.
                        let (shared, key) = (self.shared.clone(), key.clone());
                        tokio::spawn(async move { shared.release_lease(&key, &lease).await });
                    }
                    if is_spared {
                        self.spared.fetch_add(1, Ordering::Relaxed);
                    }
                    return Below::Answered(answer);
                }
                Found::Servable(stale) => *fallback = Some((stale.page, stale.source)),
                Found::IfError(page, source) => *fallback = Some((page, source)),
                Found::Nothing => {}
            }
            let may_wait = self.shared.stores_entries() && self.clock.now_ms() < deadline_ms;
            if lease.is_some() || !may_wait {
                return Below::Load { lease, lookup: Some(lookup) };
            }
            if has_asked {
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                pause_ms = (pause_ms * 2).min(longest_ms);
            }
            has_asked = true;
            let Ok(leased) = self.take_lease(key).await else {
                return Below::Load { lease: None, lookup: Some(lookup) };
            };
            lease = leased.lease;
            // What an earlier look minted is still this load's to take back.
            let minted = leased.lookup.minted.clone().or(lookup.minted);
            lookup = Lookup { minted, ..leased.lookup };
        }
    }

    /// Whether memory has the page, and what is known of generations can be relied upon: then it was overtaken, or has expired. Not one of another
    /// incarnation: until the connection is to the same one, what lies in Redis will do.
    fn is_known_to_be_old(&self, key: &CacheKey) -> bool {
        let incarnation = self.views.trust().incarnation();
        self.memory.get(key).is_some_and(|page| page.header().incarnation == incarnation)
            && self.trusted_stamp(key).is_some()
    }

    /// Looks into the shared tier.
    pub(super) async fn look_up(&self, key: &CacheKey) -> Result<Lookup, TierError> {
        let lookup = self.shared.look_up(key).await?;
        self.healed(key, lookup).await
    }

    /// Takes the lease, unless another process has it, and looks into the shared tier.
    async fn take_lease(&self, key: &CacheKey) -> Result<Leased, TierError> {
        let Leased { lease, lookup } = self.shared.take_lease(key, LEASE_MS).await?;
        let healed = self.healed(key, lookup).await;
        if let (Err(_), Some(lease)) = (&healed, &lease) {
            self.shared.release_lease(key, lease).await;
        }
        healed.map(|lookup| Leased { lease, lookup })
    }

    /// Heals the shared tier where it has lost generations that this process was told.
    async fn healed(&self, key: &CacheKey, mut lookup: Lookup) -> Result<Lookup, TierError> {
        self.views.merge_read(key.workspace(), &lookup.generations, lookup.epoch);
        lookup.generations = self.confirm(key.workspace(), &lookup.generations).await?;
        Ok(lookup)
    }

    /// The generations of tags as the shared tier confirms them, and the epoch in which it was asked; nothing is minted, and nothing of it is kept
    /// in the views.
    pub(super) async fn confirmed(
        &self,
        workspace: &WorkspaceId,
        tags: &[Tag],
    ) -> Result<(Stamp, u64), TierError> {
        let (read, epoch) = self.shared.generations(workspace, tags).await?;
        Ok((self.confirm(workspace, &read).await?, epoch))
    }

    /// What is known of tags of which the shared tier has just said `read`. What this process was told and the tier has lost is merged there first: under a
    /// stamp that the tier has not seen, what it mints next would overtake nothing.
    async fn confirm(&self, workspace: &WorkspaceId, read: &Stamp) -> Result<Stamp, TierError> {
        let known = self.views.heard(workspace, |view| read.raised_to(view));
        let lost = known.iter().filter(|(tag, generation)| read.get(tag) < Some(*generation));
        let lost: Vec<_> = lost.map(|(tag, generation)| (tag.clone(), generation)).collect();
        if !lost.is_empty() {
            self.shared.merge(workspace, &Stamp::new(lost)).await?;
        }
        Ok(known)
    }

    /// What may be done with what the shared tier has; and, where that is nothing, with what one of the tiers has that was overtaken by changes
    /// that did not touch it: then the second is true.
    async fn in_shared(
        &self,
        key: &CacheKey,
        lookup: &Lookup,
        floor: &Floor,
        may_ask_the_log: &mut bool,
    ) -> (Found, bool) {
        let is_usable = |page: &Arc<CachedPage>, tier| {
            self.is_sealed_for(page, key, tier) && page.header().incarnation == lookup.incarnation
        };
        let entry = lookup.entry.clone().and_then(|bytes| CachedPage::decode(bytes).ok()).map(Arc::new);
        let entry = entry.filter(|page| is_usable(page, "redis"));
        let (now_ms, view) = (self.clock.now_ms(), View::from(&lookup.generations));
        let judged = |page, source| found(page, source, &view, floor, now_ms);
        let mut found = entry.clone().map_or(Found::Nothing, |page| judged(page, Source::Redis));
        let mut is_spared = false;
        if matches!(found, Found::Nothing) && *may_ask_the_log {
            let kept = self.memory.get(key).filter(|page| is_usable(page, "memory"));
            let candidates =
                [entry.map(|page| (page, Source::Redis)), kept.map(|page| (page, Source::OriginMemory))];
            if let Some((page, source)) = self.find_spared(key, lookup, candidates, may_ask_the_log).await {
                (found, is_spared) = (judged(page, source), true);
            }
        }
        if let Found::Servable(answer) = &found
            && is_fresh(answer)
        {
            self.memory.put(key, &answer.page);
        }
        (found, is_spared)
    }

    /// Reads the source, and stamps what it answers with what `lookup` confirmed.
    pub(super) async fn read_source<Q: Query>(
        &self,
        key: &CacheKey,
        request: &ReadRequest<Q>,
        ttl_secs: u32,
        lookup: Option<&Lookup>,
        purpose: Purpose,
    ) -> Result<Arc<CachedPage>, CacheError> {
        let _under_way = self.shares.take_for(key, purpose).await?;
        // Captured before the source is read: an invalidation that lands meanwhile overtakes this page. It is what the shared tier
        // has confirmed, not what was merely heard: a stamp that the tier has not seen yet may be ahead of what it mints next.
        let stamp = match lookup {
            Some(lookup) => lookup.generations.clone(),
            None => self.views.heard(key.workspace(), |view| view.stamp(key.tags())),
        };
        let read = request.query.load(&*self.source, request.reader.asker(), self.clock.now_secs()).await;
        let body = read.map_err(|error| {
            let outcome = CacheError::from(&error);
            if matches!(outcome, CacheError::SourceUnavailable | CacheError::Internal) {
                tracing::warn!(resource = key.resource().as_str(), workspace = %key.workspace(), %error, "the source failed");
            }
            outcome
        })?;
        let read_set = self.rules().spares_untouched.then(|| request.query.read_set(&body)).flatten();
        let header = EntryHeader {
            key_digest: key.digest(),
            etag: etag(&body),
            incarnation: lookup.and_then(|lookup| lookup.incarnation),
            stored_at_ms: self.clock.now_ms(),
            lifetime: Lifetime::jittered(ttl_secs, key.seed()),
            stamp,
            read_set,
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
        tokio::spawn(crate::trace::carried(async move {
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
        }));
    }
}

/// The boards' part of a stamp, if it has one.
fn boards_of(stamp: &Stamp) -> Option<Stamp> {
    let boards = stamp.iter().filter(|(tag, _)| matches!(tag, Tag::Board(_)));
    let boards: Vec<_> = boards.map(|(tag, generation)| (tag.clone(), generation)).collect();
    (!boards.is_empty()).then(|| Stamp::new(boards))
}

fn etag(body: &[u8]) -> [u8; 16] {
    use sha2::{Digest as _, Sha256};
    let mut etag = [0; 16];
    etag.copy_from_slice(&Sha256::digest(body)[..16]);
    etag
}
