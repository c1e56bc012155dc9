//! What the cache answers, and why it may not.

use std::sync::Arc;

use dto::cache_status::{CacheStatus, Source};

use super::page::CachedPage;
use super::shares::NoPart;
use crate::source::SourceError;

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
    pub(super) fn from_cache(page: Arc<CachedPage>, status: CacheStatus, source: Source) -> Self {
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
    /// It was passed by: nothing of this is cached. The edge must not store it either.
    Bypassed,
    /// It could not be used. The page is stored nowhere, and the edge must not store it either: it is stamped without
    /// the authority.
    Away,
}

impl SharedUse {
    /// Whether whoever is answered may keep the page.
    #[must_use]
    pub const fn may_be_kept(self) -> bool {
        match self {
            Self::NotAsked | Self::Answered | Self::Missed => true,
            Self::Bypassed | Self::Away => false,
        }
    }
}

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// The workspace has no such board.
    #[error("there is no such board")]
    NoBoard,
    /// The workspace has nothing by this id.
    #[error("there is no such thing in the workspace")]
    NotFound,
    /// The source refused the reader's token.
    #[error("the source refused the token")]
    Refused,
    /// The source did not answer, and no page that may be served is cached.
    #[error("the source is unavailable")]
    SourceUnavailable,
    /// The workspace has too many reads under way, and no page that may be served is in memory.
    #[error("the workspace has taken its share")]
    ShareTaken,
    /// A refresh found the workspace's share taken. Nobody waits for one; whoever joined it asks anew, and waits for a part.
    #[error("the refresh was put off")]
    PutOff,
    /// The shared tier does not answer, and is what was asked for.
    #[error("the shared tier is away")]
    SharedTierAway,
    /// A fault of ours or of the source's.
    #[error("an internal fault")]
    Internal,
}

impl From<NoPart> for CacheError {
    fn from(none: NoPart) -> Self {
        match none {
            NoPart::Refused => Self::ShareTaken,
            NoPart::PutOff => Self::PutOff,
        }
    }
}

impl From<&SourceError> for CacheError {
    fn from(error: &SourceError) -> Self {
        match error {
            SourceError::NoBoard => Self::NoBoard,
            SourceError::NotFound => Self::NotFound,
            SourceError::Refused => Self::Refused,
            SourceError::Timeout | SourceError::Unreachable(_) => Self::SourceUnavailable,
            // Nothing that is read is refused to a reader whom the source knows.
            SourceError::Forbidden | SourceError::Failed(_) => Self::Internal,
        }
    }
}
