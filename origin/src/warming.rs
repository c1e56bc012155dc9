//! Warming: the pages that a workspace asks for most, and its counts, are read through the pipeline before somebody waits for them.
//!
//! Nothing is written past the cache: what is fresh stays as it is, what is missing is loaded and stored as any reader would have it,
//! with the rights of whoever asked for the warming. It is bounded in time and in how much it asks of the source at once.

use std::sync::Arc;
use std::time::Duration;

use cache_key::{CountsQuery, ListParams, ListQuery};
use coherence::Floor;
use futures_util::StreamExt as _;
use futures_util::stream;
use identity::VerifiedWorkspace;
use ids::BoardId;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::cache::pipeline::Cache;
use crate::cache::request::{ReadRequest, Reader};
use crate::popularity::Popularity;
use crate::resources::Query;

/// How long warming may take.
pub const MAX_TIME: Duration = Duration::from_secs(10);
/// How many reads are under way at once.
const CONCURRENCY: usize = 4;

/// What was warmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warmed {
    /// How many entries are cached now that were read, the counts among them.
    pub entries_warmed: u64,
    /// The boards whose pages they are, the most popular first.
    pub boards: Vec<BoardId>,
    /// Whether the counts are among them.
    pub counts: bool,
    /// How long it took.
    pub took: Duration,
}

/// What is warmed next.
enum Target {
    Counts,
    Page(BoardId, ListParams),
}

/// Warms a workspace: its counts and its `n` most popular list pages; the first page of each of its boards, `n` at most, where
/// nothing is known of it. What fails, and what the workspace's settings do not let be cached, is left out.
pub async fn warm(
    cache: &Arc<Cache>,
    popularity: &Popularity,
    workspace: &VerifiedWorkspace,
    reader: &Reader,
    n: usize,
) -> Warmed {
    let began = Instant::now();
    let reached = Mutex::new(Vec::new());
    let all = async {
        let pages = pages(cache, popularity, workspace, reader, n).await;
        let targets = pages.into_iter().map(|(board, params)| Target::Page(board, params));
        let targets = std::iter::once(Target::Counts).chain(targets).enumerate();
        stream::iter(targets)
            .for_each_concurrent(CONCURRENCY, async |(rank, target)| {
                let is_cached = match &target {
                    Target::Counts => read(cache, CountsQuery::new(workspace), reader).await,
                    Target::Page(board, params) => {
                        match ListQuery::new(workspace, board.clone(), params.clone()) {
                            Ok(query) => read(cache, query, reader).await,
                            // What depends on who asks is not among what is popular.
                            Err(_) => false,
                        }
                    }
                };
                if is_cached {
                    reached.lock().push((rank, target));
                }
            })
            .await;
    };
    if tokio::time::timeout(MAX_TIME, all).await.is_err() {
        tracing::info!(workspace = %workspace.id(), "warming ran out of time");
    }
    let mut reached = reached.into_inner();
    reached.sort_by_key(|(rank, _)| *rank);
    let mut warmed = Warmed { entries_warmed: reached.len() as u64, ..Warmed::default() };
    for (_, target) in reached {
        match target {
            Target::Counts => warmed.counts = true,
            Target::Page(board, _) if !warmed.boards.contains(&board) => warmed.boards.push(board),
            Target::Page(..) => {}
        }
    }
    warmed.took = began.elapsed();
    warmed
}

/// The pages to warm, the most wanted first.
async fn pages(
    cache: &Arc<Cache>,
    popularity: &Popularity,
    workspace: &VerifiedWorkspace,
    reader: &Reader,
    n: usize,
) -> Vec<(BoardId, ListParams)> {
    let popular = popularity.top(workspace.id(), n).await;
    if !popular.is_empty() {
        return popular;
    }
    match cache.source().boards(reader.asker(), workspace.id()).await {
        Ok(boards) => boards.into_iter().take(n).map(|board| (board, ListParams::default())).collect(),
        Err(error) => {
            tracing::warn!(workspace = %workspace.id(), %error, "the boards to warm cannot be listed");
            Vec::new()
        }
    }
}

/// Whether what was read is cached now.
async fn read<Q: Query>(cache: &Arc<Cache>, query: Q, reader: &Reader) -> bool {
    let request = ReadRequest { query, reader: reader.clone(), floor: Floor::none() };
    cache.read(request).await.is_ok_and(|answer| answer.shared.may_be_kept())
}
