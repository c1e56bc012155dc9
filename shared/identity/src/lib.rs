//! Who is asking, and what may they see?
//!
//! A request is served only after its bearer token is verified ([`TokenVerifier`]) and its user is known to be a
//! member of the workspace that it names ([`Membership`]), or after it has shown an internal key ([`InternalKeys`]).
//! What comes out is a [`VerifiedWorkspace`]. Cache keys are built from that type alone, so a page cannot be looked up
//! for a workspace that nobody verified.
//!
//! # What does not compile
//!
//! Each proof is made in one place. A workspace is verified by a verified user and an answer about that user, or by an internal key:
//!
//! ```
//! fn of(user: &identity::VerifiedUser, m: &identity::Membership) -> Option<identity::VerifiedWorkspace> {
//!     identity::VerifiedWorkspace::of_member(user, m)
//! }
//! fn by(proof: &identity::InternalProof, w: ids::WorkspaceId) -> identity::VerifiedWorkspace {
//!     identity::VerifiedWorkspace::of_internal(proof, w)
//! }
//! fn admin(user: identity::VerifiedUser) -> Option<identity::SystemAdmin> { user.system_admin() }
//! ```
//! and not by a user whom somebody named, by a key that nobody checked, or out of nothing:
//! ```compile_fail
//! fn of(user: &ids::UserId, m: &identity::Membership) -> Option<identity::VerifiedWorkspace> {
//!     identity::VerifiedWorkspace::of_member(user, m)
//! }
//! ```
//! ```compile_fail
//! fn by(key: &str, w: ids::WorkspaceId) -> identity::VerifiedWorkspace {
//!     identity::VerifiedWorkspace::of_internal(key, w)
//! }
//! ```
//! ```compile_fail
//! fn proof() -> identity::InternalProof { identity::InternalProof(()) }
//! ```
//! ```compile_fail
//! fn proof() -> identity::InternalProof { identity::InternalProof::new() }
//! ```
//! ```compile_fail
//! fn admin(user: identity::VerifiedUser) -> identity::SystemAdmin { identity::SystemAdmin(user) }
//! ```
//!
//! No I/O and no clock: the time is an argument, in seconds or milliseconds since the Unix epoch.

mod access;
mod claim;
mod claimed_memberships;
mod internal_key;
mod key_ring;
mod public_key;
mod remembered;
mod request_signature;
mod settings;
mod token;
mod user;
mod verifier;

pub use access::{Access, CacheScope, Membership, Role, VerifiedWorkspace};
pub use claim::{ClaimError, ClaimPath, RequiredClaim};
pub use internal_key::{InternalKeys, InternalProof, WeakKey};
pub use key_ring::{KEEP_GONE_SECS, KeyRing, MIN_INTERVAL_SECS, REFRESH_SECS};
pub use public_key::{Algorithm, KeyMaterial, MAX_KEY_SET_LEN, NotAKeySet, PublicKey, base64url};
pub use remembered::RememberedUser;
pub use request_signature::{MAX_AGE_MS, MAX_LEAD_MS, RequestHead, SIGNED_HEADERS, SignedRequest};
pub use settings::{SettingError, TokenSettings};
pub use token::{MAX_TOKEN_LEN, TokenError, bearer_token};
pub use user::{ClaimedMembership, SystemAdmin, VerifiedUser};
pub use verifier::{LEEWAY_SECS, SignatureCheck, Step, TokenVerifier};
