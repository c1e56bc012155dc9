//! Is the user a member of the workspace? The origin knows; what it said is remembered for a short while.
//!
//! An answer is an entry like any other: it bears a stamp of the tags `members` and `workspace`, and an invalidation
//! of either overtakes it. While the isolate's view cannot be believed, nothing remembered counts.
//!
//! Where the operator has said that a claim of the token decides, it is an answer of when the token was issued: nobody is asked
//! unless a later change has overtaken it.

use std::cell::RefCell;
use std::rc::Rc;

use coherence::{Generation, Stamp, Tag, View};
use dto::ApiError;
use hashlink::LruCache;
use identity::{Membership, Role, VerifiedUser};
use ids::{UserId, WorkspaceId};

use crate::failure::Failure;
use crate::generations::Generations;
use crate::origin::{OriginClient, OriginFailure};
use crate::platform::Platform;
use crate::single_flight::{Flights, Outcome};

/// How many a "yes" an isolate remembers.
const MAX_YES: usize = 4096;
/// How many a "no": apart, since anybody can have as many as they like, and must not push out what is known of members.
const MAX_NO: usize = 256;
/// How long a "yes" is remembered, in milliseconds.
const YES_MS: u64 = 30_000;
/// How long a "no" is remembered, in milliseconds: shorter, since somebody waits to be let in.
const NO_MS: u64 = 5_000;
/// How long a "yes" still counts while the origin cannot be asked, in milliseconds. Only one that nothing has
/// overtaken: the ledger must answer.
const YES_IF_ERROR_MS: u64 = 600_000;

/// The tags of an answer.
pub(crate) const TAGS: [Tag; 2] = [Tag::Workspace, Tag::Members];

/// What an isolate knows of memberships.
pub(crate) struct Members {
    yes: RefCell<Answers>,
    no: RefCell<Answers>,
    questions: Rc<Flights<(WorkspaceId, UserId), Result<Answer, OriginFailure>>>,
    generations: Rc<Generations>,
}

type Answers = LruCache<(WorkspaceId, UserId), Answer>;

#[derive(Debug, Clone)]
struct Answer {
    membership: Membership,
    stamp: Stamp,
    asked_at_ms: u64,
}

/// Who asks, and where.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    pub(crate) user: VerifiedUser,
    pub(crate) workspace: WorkspaceId,
    /// The value of `Authorization`: the origin verifies it again.
    pub(crate) authorization: String,
    /// When the request began.
    pub(crate) began_ms: u64,
}

impl Members {
    pub(crate) fn new(generations: Rc<Generations>) -> Rc<Self> {
        Rc::new(Self {
            yes: RefCell::new(LruCache::new(MAX_YES)),
            no: RefCell::new(LruCache::new(MAX_NO)),
            questions: Flights::new(crate::origin::TIMEOUT_MS + 500),
            generations,
        })
    }

    /// The membership of the asker, "no" included.
    pub(crate) async fn of<P: Platform>(
        self: &Rc<Self>,
        platform: &Rc<P>,
        origin: &Rc<OriginClient>,
        asker: &Asker,
    ) -> Result<Membership, Failure> {
        if let Some(claimed) = asker.user.claimed_membership(&asker.workspace)
            && self.stands(platform.now_ms(), asker, &Stamp::as_of(&TAGS, claimed.as_of_ms))
        {
            return Ok(claimed.membership);
        }
        if let Some(answer) = self.remembered(platform.now_ms(), asker, YES_MS, NO_MS) {
            return Ok(answer.membership);
        }
        let failure = match self.ask(platform, origin, asker).await {
            Ok(answer) => return Ok(answer.membership),
            Err(failure) => failure,
        };
        match failure {
            OriginFailure::Refused(refusal) => Err(Failure::Relayed(refusal)),
            OriginFailure::Unavailable => {
                self.generations.ensure(platform, &asker.workspace, asker.began_ms).await;
                self.remembered(platform.now_ms(), asker, YES_IF_ERROR_MS, 0)
                    .map(|answer| answer.membership)
                    .ok_or_else(|| {
                        ApiError::unavailable("membership cannot be verified at the moment").into()
                    })
            }
        }
    }

    /// Forgets what was said of the asker: the origin has just said otherwise.
    pub(crate) fn forget(&self, asker: &Asker) {
        for answers in [&self.yes, &self.no] {
            answers.borrow_mut().remove(&asker.key());
        }
    }

    /// Remembers what was said last.
    fn remember(&self, key: (WorkspaceId, UserId), answer: Answer) {
        let is_member = answer.membership.role().is_some();
        let (said, unsaid) = if is_member { (&self.yes, &self.no) } else { (&self.no, &self.yes) };
        unsaid.borrow_mut().remove(&key);
        said.borrow_mut().insert(key, answer);
    }

    fn remembered(&self, now_ms: u64, asker: &Asker, yes_for_ms: u64, no_for_ms: u64) -> Option<Answer> {
        let key = asker.key();
        let yes = self.yes.borrow_mut().get(&key).cloned();
        let (answer, valid_ms) = match yes {
            Some(yes) => (yes, yes_for_ms),
            None => (self.no.borrow_mut().get(&key).cloned()?, no_for_ms),
        };
        let in_time = now_ms.checked_sub(answer.asked_at_ms).is_some_and(|age_ms| age_ms < valid_ms);
        (in_time && self.stands(now_ms, asker, &answer.stamp)).then_some(answer)
    }

    /// Whether nothing has overtaken the answer, as far as the view can be believed.
    fn stands(&self, now_ms: u64, asker: &Asker, stamp: &Stamp) -> bool {
        self.generations
            .judge(&asker.workspace, asker.began_ms, now_ms, |view| !view.has_overtaken(stamp))
            .unwrap_or(false)
    }

    async fn ask<P: Platform>(
        self: &Rc<Self>,
        platform: &Rc<P>,
        origin: &Rc<OriginClient>,
        asker: &Asker,
    ) -> Result<Answer, OriginFailure> {
        let question = || Rc::clone(self).question(Rc::clone(platform), Rc::clone(origin), asker.clone());
        match self.questions.join_or_lead(platform, &asker.key(), question()).await {
            Outcome::Led(answer) => answer,
            Outcome::Shared(Ok(answer)) if self.stands(platform.now_ms(), asker, &answer.stamp) => Ok(answer),
            Outcome::Shared(Err(OriginFailure::Unavailable)) => Err(OriginFailure::Unavailable),
            // Another request's question was put too early for this one, or was refused for that request's token.
            Outcome::Shared(_) | Outcome::Lost => question().await,
        }
    }

    async fn question<P: Platform>(
        self: Rc<Self>,
        platform: Rc<P>,
        origin: Rc<OriginClient>,
        asker: Asker,
    ) -> Result<Answer, OriginFailure> {
        // Twice, since an origin merges what the question told it after it has answered: the second answer is no
        // longer behind what we know.
        for _ in 0..2 {
            let asked_at_ms = platform.now_ms();
            // Captured before the origin is asked. Only the ledger's own generations are comparable with the ledger's.
            let recorded = self.generations.stamp(&asker.workspace, &TAGS);
            let sent = self.generations.heard_of(&asker.workspace, |view| view.stamp(&TAGS));
            let told = sent.to_token();
            let is_uncached =
                self.generations.judge(&asker.workspace, asker.began_ms, asked_at_ms, |_| ()).is_none();
            let reply = origin
                .membership(&*platform, &asker.authorization, &asker.workspace, &told, is_uncached)
                .await?;
            let heard = View::from_token(&reply.generation).map_err(|_| OriginFailure::Unavailable)?;
            self.generations.merge_view(&asker.workspace, &heard);
            let role = reply.role.as_deref().and_then(Role::parse);
            let stamp = stamp_of_answer(&sent, &heard, role);
            if stamp.is_behind_in_any(&sent) {
                continue;
            }
            let (workspace, user) = asker.key();
            let answer = Answer {
                membership: Membership::answered(workspace, user, role),
                stamp: recorded,
                asked_at_ms,
            };
            self.remember(asker.key(), answer.clone());
            return Ok(answer);
        }
        platform.warn("the origin answered a membership that is behind what it was told");
        Err(OriginFailure::Unavailable)
    }
}

/// The answer's own generations; for a tag that it does not mention, what the question told the origin. A "no" counts
/// as of the question: the origin has heard that before it answers, and nobody is let in by it.
fn stamp_of_answer(sent: &Stamp, heard: &View, role: Option<Role>) -> Stamp {
    let generation = |tag: &Tag| {
        let told = sent.get(tag).unwrap_or(Generation::ZERO);
        match heard.heard_of(tag) {
            Some(heard) if role.is_some() => heard,
            Some(heard) => heard.max(told),
            None => told,
        }
    };
    Stamp::new(TAGS.iter().map(|tag| (tag.clone(), generation(tag))).collect())
}

impl Asker {
    fn key(&self) -> (WorkspaceId, UserId) {
        (self.workspace.clone(), self.user.id().clone())
    }
}
