//! What is asked of the cache, and by whom.

use coherence::Floor;
use ids::UserId;

use crate::source::Asker;
use crate::tokens::UserToken;

/// Who asks: the user and the token to be passed on, or the service itself.
#[derive(Clone)]
pub enum Reader {
    /// A user, with a verified token.
    User {
        /// The user.
        id: UserId,
        /// The token.
        token: UserToken,
    },
    /// A holder of the internal key.
    Service,
}

impl Reader {
    /// On whose behalf the source is asked.
    #[must_use]
    pub fn asker(&self) -> Asker<'_> {
        match self {
            Self::User { id, token } => Asker::User { id, token: token.as_str() },
            Self::Service => Asker::Service,
        }
    }
}

/// A request for what `query` stands for.
#[derive(Clone)]
pub struct ReadRequest<Q> {
    /// What is asked.
    pub query: Q,
    /// Who asks.
    pub reader: Reader,
    /// What the reader has seen; untrusted.
    pub floor: Floor,
}
