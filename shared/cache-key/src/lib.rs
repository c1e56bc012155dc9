//! Canonical queries, cache keys, and what an invalidation touches.
//!
//! Two requests that mean the same have the same key, and two that could be answered differently never do. A key is
//! built from a [`identity::VerifiedWorkspace`] alone, names its workspace first, and holds no raw user text: an id
//! is validated, a search term is represented by its digest.

mod invalidation;
mod key;
mod list;
mod list_params;
mod search_term;
mod vocabulary;

pub use invalidation::{Change, Invalidation};
pub use key::{CacheKey, Resource};
pub use list::{ListQuery, QueryError};
pub use list_params::{ListParams, MAX_PAGE, MAX_PER_PAGE, ParamError};
pub use search_term::{MAX_SEARCH_CHARS, SearchTerm};
pub use vocabulary::{Filter, SortField, SortOrder};
