//! What this isolate knows of each workspace's generations, and whether it may still be believed.
//!
//! The ledger is the authority. Its answer may be reused for `STALENESS_BOUND_MS`, counted from when the question was
//! *sent*: all that was acknowledged before then is in it. It is refreshed in the background from half the bound on,
//! so that a busy isolate never waits.
//!
//! What the ledger said is kept apart from what was heard of elsewhere (in the origin's answers, from invalidations that
//! pass through). Pages and memberships are stamped with the ledger's generations, captured before the origin is asked, and judged by
//! them alone: the ledger raises what it holds with every invalidation, so it overtakes whatever was stamped before,
//! however far ahead the origin's Redis has minted. What was heard is told to the origin.
//!
//! When the ledger cannot be reached and the bound has run out, the view is not believed, and the edge's tiers are
//! bypassed. It never guesses.

use std::cell::RefCell;
use std::rc::Rc;

use coherence::{Stamp, Tag, View};
use hashlink::LruCache;
use ids::WorkspaceId;

use crate::platform::{Platform, within};
use crate::single_flight::{Flights, Outcome};

/// How many workspaces an isolate knows at a time.
const MAX_WORKSPACES: usize = 512;
/// How long an answer of the ledger is waited for, in milliseconds.
const LEDGER_TIMEOUT_MS: u64 = 1500;
/// After a failure the ledger is left alone for so long, in milliseconds, and readers do not wait for it.
const RETRY_AFTER_MS: u64 = 500;

/// Whether an isolate's view of a workspace may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The ledger's answer is within the bound.
    Believed,
    /// The bound has run out and the ledger does not answer.
    Unknown,
}

/// The views of an isolate.
pub(crate) struct Generations {
    bound_ms: u64,
    workspaces: RefCell<LruCache<WorkspaceId, Known>>,
    questions: Rc<Flights<WorkspaceId, ()>>,
}

#[derive(Default)]
struct Known {
    /// All that was heard, from whomever: told to the origin, never judged by.
    heard: View,
    /// What the ledger has said: what entries are stamped with and judged by.
    ledger: View,
    /// When the question was sent whose answer the view holds.
    asked_at_ms: Option<u64>,
    /// When the ledger last failed to answer.
    failed_at_ms: Option<u64>,
}

impl Generations {
    pub(crate) fn new(bound_ms: u64) -> Rc<Self> {
        Rc::new(Self {
            bound_ms,
            workspaces: RefCell::new(LruCache::new(MAX_WORKSPACES)),
            questions: Flights::new(LEDGER_TIMEOUT_MS + 500),
        })
    }

    /// Makes sure that the view of a workspace can be believed by a request that began at `began_ms`; asks the ledger
    /// if need be.
    pub(crate) async fn ensure<P: Platform>(
        self: &Rc<Self>,
        platform: &Rc<P>,
        workspace: &WorkspaceId,
        began_ms: u64,
    ) -> Trust {
        // Twice, since the first question may be another request's, sent too long ago for this one.
        for _ in 0..2 {
            let now_ms = platform.now_ms();
            match self.age_ms(workspace, now_ms) {
                Some(age_ms) if age_ms < self.bound_ms / 2 => return Trust::Believed,
                Some(age_ms) if age_ms < self.bound_ms => {
                    self.refresh_in_background(platform, workspace);
                    return Trust::Believed;
                }
                _ if self.was_asked_since(workspace, began_ms, now_ms) => return Trust::Believed,
                _ => {}
            }
            if self.failed_just_now(workspace, now_ms) {
                return Trust::Unknown;
            }
            let question = Rc::clone(self).question(Rc::clone(platform), workspace.clone());
            if let Outcome::Led(()) = self.questions.join_or_lead(platform, workspace, question).await {
                break;
            }
        }
        self.trust(workspace, began_ms, platform.now_ms())
    }

    /// Judges with the view of a workspace, if at this moment it can be believed by a request that began at
    /// `began_ms`.
    pub(crate) fn judge<T>(
        &self,
        workspace: &WorkspaceId,
        began_ms: u64,
        now_ms: u64,
        judgement: impl FnOnce(&View) -> T,
    ) -> Option<T> {
        match self.trust(workspace, began_ms, now_ms) {
            Trust::Believed => self.workspaces.borrow().peek(workspace).map(|known| judgement(&known.ledger)),
            Trust::Unknown => None,
        }
    }

    /// What was heard of a workspace, believed or not: for telling others, never for judging.
    pub(crate) fn heard_of<T>(&self, workspace: &WorkspaceId, tell: impl FnOnce(&View) -> T) -> T {
        match self.workspaces.borrow().peek(workspace) {
            Some(known) => tell(&known.heard),
            None => tell(&View::new()),
        }
    }

    /// Merges what a trusted tier said. Never what a reader sent.
    pub(crate) fn merge_view(&self, workspace: &WorkspaceId, news: &View) {
        self.with(workspace, |known| known.heard.merge_view(news));
    }

    /// The stamp of an entry whose load begins now: what the ledger has said so far.
    pub(crate) fn stamp(&self, workspace: &WorkspaceId, tags: &[Tag]) -> Stamp {
        match self.workspaces.borrow().peek(workspace) {
            Some(known) => known.ledger.stamp(tags),
            None => View::new().stamp(tags),
        }
    }

    /// Merges what the ledger answered.
    pub(crate) fn merge_recorded(&self, workspace: &WorkspaceId, recorded: &View) {
        self.with(workspace, |known| {
            known.heard.merge_view(recorded);
            known.ledger.merge_view(recorded);
        });
    }

    /// Merges the stamp of an entry from the origin.
    pub(crate) fn merge_stamp(&self, workspace: &WorkspaceId, stamp: &Stamp) {
        self.with(workspace, |known| known.heard.merge_stamp(stamp));
    }

    fn trust(&self, workspace: &WorkspaceId, began_ms: u64, now_ms: u64) -> Trust {
        let within_bound = self.age_ms(workspace, now_ms).is_some_and(|age_ms| age_ms < self.bound_ms);
        if within_bound || self.was_asked_since(workspace, began_ms, now_ms) {
            Trust::Believed
        } else {
            Trust::Unknown
        }
    }

    /// `None` also when the clock was set back: then there is no telling.
    fn age_ms(&self, workspace: &WorkspaceId, now_ms: u64) -> Option<u64> {
        now_ms.checked_sub(self.workspaces.borrow_mut().get(workspace)?.asked_at_ms?)
    }

    /// A question sent after a request began is as good an answer as that request can get, however slow the ledger.
    fn was_asked_since(&self, workspace: &WorkspaceId, began_ms: u64, now_ms: u64) -> bool {
        self.workspaces
            .borrow()
            .peek(workspace)
            .and_then(|known| known.asked_at_ms)
            .is_some_and(|asked_at_ms| (began_ms..=now_ms).contains(&asked_at_ms))
    }

    fn failed_just_now(&self, workspace: &WorkspaceId, now_ms: u64) -> bool {
        self.workspaces
            .borrow()
            .peek(workspace)
            .and_then(|known| known.failed_at_ms)
            .is_some_and(|failed_at_ms| now_ms.saturating_sub(failed_at_ms) < RETRY_AFTER_MS)
    }

    fn refresh_in_background<P: Platform>(self: &Rc<Self>, platform: &Rc<P>, workspace: &WorkspaceId) {
        if !self.failed_just_now(workspace, platform.now_ms()) {
            let question = Rc::clone(self).question(Rc::clone(platform), workspace.clone());
            self.questions.lead_in_background(platform, workspace, question);
        }
    }

    async fn question<P: Platform>(self: Rc<Self>, platform: Rc<P>, workspace: WorkspaceId) {
        let sent_at_ms = platform.now_ms();
        let answer = within(&*platform, LEDGER_TIMEOUT_MS, platform.view(&workspace)).await;
        let now_ms = platform.now_ms();
        self.with(&workspace, |known| match answer {
            Some(Ok(view)) => {
                known.heard.merge_view(&view);
                known.ledger.merge_view(&view);
                // A later question may have been answered before; a time ahead of the clock means it was set back.
                let later =
                    known.asked_at_ms.filter(|asked_at_ms| (sent_at_ms..=now_ms).contains(asked_at_ms));
                known.asked_at_ms = later.or(Some(sent_at_ms));
                known.failed_at_ms = None;
            }
            Some(Err(_)) | None => known.failed_at_ms = Some(now_ms),
        });
    }

    fn with<T>(&self, workspace: &WorkspaceId, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut workspaces = self.workspaces.borrow_mut();
        if let Some(known) = workspaces.get_mut(workspace) {
            return change(known);
        }
        let mut known = Known::default();
        let changed = change(&mut known);
        workspaces.insert(workspace.clone(), known);
        changed
    }
}
