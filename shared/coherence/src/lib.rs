//! When may a cached entry be served? The one rule, as plain functions.
//!
//! Four words carry the whole protocol:
//!
//! - [`Tag`]: a set of entries of one workspace that are invalidated together.
//! - [`Generation`] of a tag: a hybrid logical clock; each invalidation mints the next.
//! - [`Stamp`] of an entry: the generations of its tags as known *before* its loader began to read the source.
//! - [`View`] of a tier: the highest generation it has heard of for each tag. Views merge by maximum, so a message
//!   about generations may be late, repeated or out of order and nothing breaks.
//!
//! **A tier serves an entry only while its stamp is not behind its view.** [`judge`] is that rule, together with the
//! entry's lifetime. What it refuses may be stamped anew where a [`ChangeLog`] shows that no change since has touched it. Everything here is pure: no I/O, no clock, no async. Time comes in as an argument, in
//! milliseconds since the Unix epoch.

mod changes;
mod entry;
mod fnv;
mod freshness;
mod generation;
mod lifetime;
mod stamp;
mod tag;
mod token;
mod view;

pub use changes::{ChangeLog, ItemSet};
pub use entry::{
    DecodeError, Encoding, Entry, EntryHeader, KeyDigest, decode, encode, encode_up_to_body, encoding_of,
};
pub use freshness::{Freshness, Unservable, judge};
pub use generation::{Generation, MAX_CLOCK_LEAD_MS};
pub use lifetime::{Lifetime, LifetimeClass};
pub use stamp::Stamp;
pub use tag::{ContactBucket, Tag, TagError};
pub use token::{Floor, MAX_TOKEN_LEN, TokenError};
pub use view::View;
