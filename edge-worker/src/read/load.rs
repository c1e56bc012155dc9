//! Loading a page from the origin, and keeping it.

use std::rc::Rc;

use coherence::Stamp;
use dto::cache_status::{CacheStatus, Source};

use super::answer::Answer;
use crate::config::KvWrites;
use crate::edge::Edge;
use crate::metrics::Counter;
use crate::origin::{OriginFailure, PageQuestion};
use crate::platform::Platform;
use crate::tiers::kv;
use crate::tiers::page::StoredPage;

/// A page that the origin answered.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(super) page: Rc<StoredPage>,
    pub(super) source: Source,
    pub(super) status: CacheStatus,
    /// The origin's `Cache-Status`.
    pub(super) members: Option<String>,
    /// Whether the origin forbade to store it.
    pub(super) no_store: bool,
    /// Whether it was written to Workers KV.
    pub(super) is_in_kv: bool,
}

/// Why a page is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No tier of the edge had it to serve.
    Miss,
    /// An old one was served meanwhile.
    Refresh,
}

impl Loaded {
    /// The answer, with these members of `Cache-Status`, the empty ones left out.
    pub(super) fn into_answer(self, members: &[String]) -> Answer {
        let members: Vec<&str> =
            members.iter().map(String::as_str).filter(|member| !member.is_empty()).collect();
        Answer { page: self.page, status: self.status, source: self.source, members: members.join(", ") }
    }
}

/// Asks the origin for a page; keeps it if the origin allows, unless the caches are passed by.
pub(crate) async fn load<P: Platform>(
    edge: Rc<Edge>,
    platform: Rc<P>,
    question: PageQuestion,
    reason: Reason,
) -> Result<Loaded, OriginFailure> {
    let (workspace, key) = (question.query.workspace(), &question.key);
    let sent = edge.generations.heard_of(workspace, |view| view.stamp(key.tags()));
    // Captured before the origin is asked. Only the ledger's own generations are comparable with the ledger's.
    let stamp = edge.generations.stamp(workspace, key.tags());
    let loaded = ask(&edge, &*platform, &question, &sent).await;
    let loaded = loaded.inspect_err(|failure| {
        if matches!(failure, OriginFailure::Unavailable) {
            edge.recorder.count(Counter::OriginErrors);
        }
    })?;
    edge.generations.merge_stamp(workspace, &loaded.page.header().stamp);
    let page = loaded.page.restamped(stamp, key).map_err(|_| OriginFailure::Unavailable)?;
    let mut loaded = Loaded { page: Rc::new(page), ..loaded };
    if !question.is_uncached && !loaded.no_store {
        edge.memory.insert(key, Rc::clone(&loaded.page));
        loaded.is_in_kv = is_worth_a_write(edge.config.kv_writes, reason, &loaded);
        if loaded.is_in_kv {
            kv::store_in_background(&platform, &edge.recorder, key, &loaded.page);
        }
    }
    Ok(loaded)
}

/// Whether a page is to be in Workers KV. Of the first request for a page the origin reads the database; of the second, from whatever
/// location, it has the page. So its source tells what no isolate could know by itself. One that has expired already is not worth it:
/// a key takes one write a second, and its successor will want that.
fn is_worth_a_write(writes: KvWrites, reason: Reason, loaded: &Loaded) -> bool {
    match writes {
        _ if loaded.status == CacheStatus::Stale => false,
        KvWrites::EveryLoad => true,
        KvWrites::AskedAgain => reason == Reason::Refresh || loaded.source != Source::Database,
    }
}

async fn ask<P: Platform>(
    edge: &Edge,
    platform: &P,
    question: &PageQuestion,
    sent: &Stamp,
) -> Result<Loaded, OriginFailure> {
    let reply = edge.origin.page(platform, question, &sent.to_token()).await?;
    let page = StoredPage::read(reply.entry, &question.key).map_err(|unusable| {
        if unusable.breaks_the_seal() {
            edge.recorder.count(Counter::SealAlarms);
        }
        platform
            .warn(&format!("the origin's answer is not usable: {unusable} ({:?})", question.key.digest()));
        OriginFailure::Unavailable
    })?;
    // The origin was told what the edge knows. A cached page behind that would break the one rule; a page read from
    // the source since then cannot be behind, whatever its stamp says.
    if reply.source != Source::Database && page.header().stamp.is_behind_in_any(sent) {
        platform.warn("the origin answered a cached page that is behind what it was told");
        return Err(OriginFailure::Unavailable);
    }
    Ok(Loaded {
        page: Rc::new(page),
        source: reply.source,
        status: reply.status,
        members: reply.members,
        no_store: reply.no_store,
        is_in_kv: false,
    })
}
