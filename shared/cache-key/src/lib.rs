//! Canonical queries, cache keys, and what an invalidation touches.
//!
//! Two requests that mean the same have the same key, and two that could be answered differently never do. A key is
//! built from a [`identity::VerifiedWorkspace`] alone, names its workspace first, and holds no raw user text: an id
//! is validated, a search term is represented by its digest.
//!
//! # What does not compile
//!
//! For each way to a key, what compiles stands before what does not, and differs from it in nothing but the proof that is missing.
//! A query is made for a verified workspace:
//!
//! ```
//! fn key(w: &identity::VerifiedWorkspace) -> cache_key::CacheKey { cache_key::CountsQuery::new(w).key() }
//! fn list(w: &identity::VerifiedWorkspace, board: ids::BoardId) -> cache_key::CacheKey {
//!     cache_key::ListQuery::new(w, board, Default::default()).unwrap().key()
//! }
//! fn contact(w: &identity::VerifiedWorkspace, id: ids::ContactId) -> cache_key::CacheKey {
//!     cache_key::ContactQuery::new(w, id).key()
//! }
//! fn messages(w: &identity::VerifiedWorkspace, id: ids::ContactId) -> cache_key::CacheKey {
//!     cache_key::MessagesQuery::new(w, id, Default::default()).key()
//! }
//! fn settings(w: &identity::VerifiedWorkspace) -> cache_key::CacheKey { cache_key::SettingsQuery::new(w).key() }
//! fn trial(w: &identity::VerifiedWorkspace) -> cache_key::CacheKey { cache_key::TrialQuery::new(w, 1).key() }
//! ```
//! and not for one that somebody named:
//! ```compile_fail
//! fn key(w: &ids::WorkspaceId) -> cache_key::CacheKey { cache_key::CountsQuery::new(w).key() }
//! ```
//! ```compile_fail
//! fn list(w: &ids::WorkspaceId, board: ids::BoardId) -> cache_key::CacheKey {
//!     cache_key::ListQuery::new(w, board, Default::default()).unwrap().key()
//! }
//! ```
//! ```compile_fail
//! fn contact(w: &ids::WorkspaceId, id: ids::ContactId) -> cache_key::CacheKey {
//!     cache_key::ContactQuery::new(w, id).key()
//! }
//! ```
//! ```compile_fail
//! fn messages(w: &ids::WorkspaceId, id: ids::ContactId) -> cache_key::CacheKey {
//!     cache_key::MessagesQuery::new(w, id, Default::default()).key()
//! }
//! ```
//! ```compile_fail
//! fn settings(w: &ids::WorkspaceId) -> cache_key::CacheKey { cache_key::SettingsQuery::new(w).key() }
//! ```
//! ```compile_fail
//! fn trial(w: &ids::WorkspaceId) -> cache_key::CacheKey { cache_key::TrialQuery::new(w, 1).key() }
//! ```
//! Nor is a key made of text, or a query of its parts:
//! ```
//! fn text(key: &cache_key::CacheKey) -> &str { key.as_str() }
//! fn user(query: &cache_key::CountsQuery) -> Option<&ids::UserId> { query.user() }
//! ```
//! ```compile_fail
//! fn key(w: ids::WorkspaceId) -> cache_key::CacheKey {
//!     cache_key::CacheKey::new(cache_key::Resource::ContactList, w, String::new(), Vec::new())
//! }
//! ```
//! ```compile_fail
//! fn query(workspace: ids::WorkspaceId) -> cache_key::CountsQuery {
//!     cache_key::CountsQuery { workspace, user: None }
//! }
//! ```

mod contact;
mod counts;
mod invalidation;
mod items;
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
pub use items::{BOARD_COLUMN, LIST_COLUMNS, written};
pub use key::{CacheKey, Resource};
pub use list::{ListQuery, QueryError};
pub use list_params::ListParams;
pub use messages::MessagesQuery;
pub use paging::{MAX_DEPTH, MAX_PAGE, MAX_PER_PAGE, PageParams, ParamError};
pub use search_term::{MAX_SEARCH_CHARS, SearchTerm};
pub use settings::{SETTINGS_TAGS, SettingsQuery};
pub use trial::TrialQuery;
pub use vocabulary::{Filter, SortField, SortOrder};
