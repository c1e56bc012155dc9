//! Canonical queries, cache keys, and what an invalidation touches.
//!
//! Two requests that mean the same have the same key, and two that could be answered differently never do. A key is
//! built from a [`identity::VerifiedWorkspace`] alone, names its workspace first, and holds no raw user text: an id
//! is validated, a search term is represented by its digest.

mod contact;
mod counts;
mod invalidation;
mod key;
mod list;
mod list_params;
mod messages;
mod paging;
mod search_term;
mod settings;
mod trial;
mod vocabulary;

pub use contact::ContactQuery;
pub use counts::CountsQuery;
pub use invalidation::{Change, Invalidation};
pub use key::{CacheKey, Resource};
pub use list::{ListQuery, QueryError};
pub use list_params::ListParams;
pub use messages::MessagesQuery;
pub use paging::{MAX_DEPTH, MAX_PAGE, MAX_PER_PAGE, PageParams, ParamError};
pub use search_term::{MAX_SEARCH_CHARS, SearchTerm};
pub use settings::SettingsQuery;
pub use trial::TrialQuery;
pub use vocabulary::{Filter, SortField, SortOrder};
