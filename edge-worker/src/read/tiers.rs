//! Which tier has the page: memory, KV, the origin. Each find is judged by the isolate's view and the reader's floor;
//! while the view cannot be believed the edge's tiers are passed by.

use std::rc::Rc;

use coherence::{Floor, Freshness};
use dto::ApiError;
use dto::cache_status::{CacheStatus, Forward, Source, forward_member, hit_member};

use super::answer::{Answer, Stages};
use super::load::{self, Loaded, Reason};
use crate::edge::Edge;
use crate::failure::Failure;
use crate::membership::Asker;
use crate::metrics::Counter;
use crate::origin::{OriginFailure, PageQuestion};
use crate::platform::Platform;
use crate::single_flight::Outcome;
use crate::tiers::kv;
use crate::tiers::page::StoredPage;

const MEMORY: &str = "edge-memory";
const KV: &str = "kv";

/// A verified reader with a question.
pub(super) struct Reader<'a, P> {
    pub(super) edge: &'a Rc<Edge>,
    pub(super) platform: &'a Rc<P>,
    pub(super) asker: &'a Asker,
    pub(super) question: PageQuestion,
    /// What the reader has seen.
    pub(super) floor: Floor,
}

/// What came of looking into a tier.
enum Find {
    /// A page to serve now.
    Serve(Rc<StoredPage>, CacheStatus),
    /// Nothing to serve now; the tier below must be asked.
    Forward(Forward),
    /// The view cannot be believed.
    Unjudged,
}

/// A page kept aside in case that the origin fails.
struct Spare {
    page: Rc<StoredPage>,
    source: Source,
}

impl<P: Platform> Reader<'_, P> {
    /// The page, from the first tier that may serve it.
    pub(super) async fn read(&self, stages: &mut Stages) -> Result<Answer, Failure> {
        let mut spare = None;

        // Membership may have taken its time.
        self.ensure().await;
        let in_memory = self.edge.memory.get(&self.question.key);
        let memory_forward = match self.find(in_memory, Source::EdgeMemory, &mut spare) {
            Find::Serve(page, status) => return Ok(self.serve(page, Source::EdgeMemory, status, None)),
            Find::Forward(why) => why,
            Find::Unjudged => return self.bypass(stages).await,
        };

        let in_kv = kv::look_up(&**self.platform, &self.edge.recorder, &self.question.key).await;
        stages.end("kv", self.platform.now_ms());
        self.ensure().await;
        let kv_forward = match self.find(in_kv, Source::CloudflareKv, &mut spare) {
            Find::Serve(page, status) => {
                self.edge.memory.insert(&self.question.key, Rc::clone(&page));
                return Ok(self.serve(page, Source::CloudflareKv, status, Some(memory_forward)));
            }
            Find::Forward(why) => why,
            Find::Unjudged => return self.bypass(stages).await,
        };

        let loaded = self.load().await;
        stages.end("origin", self.platform.now_ms());
        match loaded {
            Ok(loaded) => {
                let stored = !loaded.no_store;
                let members = [
                    loaded.members.clone().unwrap_or_default(),
                    forward_member(KV, kv_forward, loaded.is_in_kv),
                    forward_member(MEMORY, memory_forward, stored),
                ];
                Ok(loaded.into_answer(&members))
            }
            Err(OriginFailure::Refused(refusal)) => {
                if refusal.status == 403 {
                    self.edge.members.forget(self.asker);
                }
                Err(Failure::Relayed(refusal))
            }
            Err(OriginFailure::Unavailable) => self.stale_if_error(spare).await.ok_or_else(unavailable),
        }
    }

    async fn ensure(&self) {
        self.edge.generations.ensure(self.platform, &self.asker.workspace, self.asker.began_ms).await;
    }

    fn judge(&self, page: &StoredPage) -> Option<Freshness> {
        let now_ms = self.platform.now_ms();
        self.edge.generations.judge(&self.asker.workspace, self.asker.began_ms, now_ms, |view| {
            page.judge(view, &self.floor, now_ms)
        })
    }

    fn is_believed(&self) -> bool {
        let now_ms = self.platform.now_ms();
        self.edge.generations.judge(&self.asker.workspace, self.asker.began_ms, now_ms, |_| ()).is_some()
    }

    /// Judges what a tier has. A page that is merely expired is kept as `spare`, the newest of them; one that is stale
    /// is served, and refreshed in the background.
    fn find(&self, page: Option<Rc<StoredPage>>, source: Source, spare: &mut Option<Spare>) -> Find {
        let Some(page) = page else {
            return if self.is_believed() { Find::Forward(Forward::UriMiss) } else { Find::Unjudged };
        };
        match self.judge(&page) {
            None => Find::Unjudged,
            Some(Freshness::Fresh) => Find::Serve(page, CacheStatus::Hit),
            Some(Freshness::StaleWhileRevalidate) => {
                self.edge.loads.lead_in_background(
                    self.platform,
                    &self.question.key,
                    self.own_load(Reason::Refresh),
                );
                Find::Serve(page, CacheStatus::Stale)
            }
            Some(Freshness::StaleIfError) => {
                if spare.as_ref().is_none_or(|known| known.page.is_older_than(&page)) {
                    *spare = Some(Spare { page, source });
                }
                Find::Forward(Forward::Stale)
            }
            Some(Freshness::Unservable(_)) => Find::Forward(Forward::Stale),
        }
    }

    fn serve(
        &self,
        page: Rc<StoredPage>,
        source: Source,
        status: CacheStatus,
        passed: Option<Forward>,
    ) -> Answer {
        let ttl_left_secs = page.fresh_secs_left(self.platform.now_ms());
        let tier = if source == Source::EdgeMemory { MEMORY } else { KV };
        let mut members = hit_member(tier, ttl_left_secs);
        if let Some(why) = passed {
            members = format!("{members}, {}", forward_member(MEMORY, why, true));
        }
        Answer { page, status, source, members }
    }

    /// Loads the page, or shares another request's load of it.
    async fn load(&self) -> Result<Loaded, OriginFailure> {
        // A floor for every tag at once is met by no load but one's own.
        for _ in 0..2 {
            let outcome = self
                .edge
                .loads
                .join_or_lead(self.platform, &self.question.key, self.own_load(Reason::Miss))
                .await;
            match outcome {
                Outcome::Led(loaded) => return loaded,
                Outcome::Shared(Ok(loaded)) if self.may_share(&loaded) => {
                    self.edge.recorder.count(Counter::Shared);
                    return Ok(loaded);
                }
                // Nobody may keep it, so nobody else's will do.
                Outcome::Shared(Ok(loaded)) if loaded.no_store => break,
                Outcome::Shared(Err(OriginFailure::Unavailable)) => return Err(OriginFailure::Unavailable),
                // Begun too early for this reader, or refused for another reader's token: once more.
                Outcome::Shared(_) => {}
                Outcome::Lost => break,
            }
        }
        self.own_load(Reason::Miss).await
    }

    /// Whether a load that another request began is good enough for this reader.
    fn may_share(&self, loaded: &Loaded) -> bool {
        !loaded.no_store
            && self
                .judge(&loaded.page)
                .is_some_and(|freshness| !matches!(freshness, Freshness::Unservable(_)))
    }

    fn own_load(&self, reason: Reason) -> impl Future<Output = Result<Loaded, OriginFailure>> + 'static {
        load::load(Rc::clone(self.edge), Rc::clone(self.platform), self.question.clone(), reason)
    }

    /// Passes the edge's tiers by: nothing is read from them and nothing stored.
    async fn bypass(&self, stages: &mut Stages) -> Result<Answer, Failure> {
        self.edge.recorder.count(Counter::Bypasses);
        let question = PageQuestion { is_uncached: true, ..self.question.clone() };
        let (edge, platform) = (Rc::clone(self.edge), Rc::clone(self.platform));
        let loaded = load::load(edge, platform, question, Reason::Miss).await;
        stages.end("origin", self.platform.now_ms());
        match loaded {
            Ok(loaded) => {
                let members = [
                    loaded.members.clone().unwrap_or_default(),
                    forward_member(KV, Forward::Bypass, false),
                    forward_member(MEMORY, Forward::Bypass, false),
                ];
                Ok(loaded.into_answer(&members))
            }
            Err(OriginFailure::Refused(refusal)) => Err(Failure::Relayed(refusal)),
            Err(OriginFailure::Unavailable) => Err(unavailable()),
        }
    }

    /// The spare page, if it may still be served: an invalidation may have overtaken it while the origin failed.
    async fn stale_if_error(&self, spare: Option<Spare>) -> Option<Answer> {
        let Spare { page, source } = spare?;
        self.ensure().await;
        match self.judge(&page)? {
            Freshness::Unservable(_) => None,
            Freshness::Fresh | Freshness::StaleWhileRevalidate | Freshness::StaleIfError => {
                Some(self.serve(page, source, CacheStatus::Stale, None))
            }
        }
    }
}

fn unavailable() -> Failure {
    ApiError::unavailable("the list cannot be read at the moment").into()
}
