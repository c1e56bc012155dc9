//! Who is asking, and what may they see?
//!
//! A request is served only after its bearer token is verified ([`TokenVerifier`]) and its user is known to be a
//! member of the workspace that it names ([`Membership`]), or after it has shown an internal key ([`InternalKeys`]).
//! What comes out is a [`VerifiedWorkspace`]. Cache keys are built from that type alone, so a page cannot be looked up
//! for a workspace that nobody verified.
//!
//! No I/O and no clock: the time is an argument, in seconds since the Unix epoch.

mod access;
mod internal_key;
mod token;

pub use access::{Access, Membership, Role, VerifiedWorkspace};
pub use internal_key::{InternalKeys, InternalProof, WeakKey};
pub use token::{LEEWAY_SECS, MAX_TOKEN_LEN, TokenError, TokenVerifier, VerifiedUser, bearer_token};
