//! Where the model meets the code: generations kept small for hashing, and every decision made by the real types of
//! the crate `coherence`.
//!
//! A state holds generations as plain numbers, since a [`View`] cannot be hashed. Minting, judging, comparing stamps and
//! reading a reader's token all go through the real functions.

use std::fmt;

use coherence::{Floor, Freshness, Generation, Lifetime, Stamp, Tag, View, judge};

/// The tags that an entry of the model carries; a configuration uses the first one, or both.
pub const TAGS: [Tag; 2] = [Tag::Counts, Tag::Workspace];

/// Entries of the model outlive it: lifetimes are another subject.
const LIFETIME: Lifetime =
    Lifetime { ttl_secs: 3600, fresh_ms: 3_600_000, stale_while_revalidate_ms: 0, stale_if_error_ms: 0 };

/// A generation for each of [`TAGS`]; 0 is "never heard of".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Gens(pub [u16; 2]);

impl Gens {
    /// Nothing heard of.
    pub const NONE: Self = Self([0; 2]);

    /// Merges by maximum, as [`View::merge_view`] does (a test holds the two together).
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        Self([self.0[0].max(other.0[0]), self.0[1].max(other.0[1])])
    }

    /// Whether nothing was heard of.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// As the view of a tier.
    #[must_use]
    pub fn view(self) -> View {
        TAGS.into_iter()
            .zip(self.0)
            .filter(|(_, generation)| *generation > 0)
            .map(|(tag, generation)| (tag, Generation::new(generation.into())))
            .collect()
    }

    /// The stamp that a load beginning now would carry: [`View::stamp`] over the first `tags` tags.
    #[must_use]
    pub fn stamp(self, tags: usize) -> Stamp {
        self.view().stamp(&TAGS[..tags])
    }
}

impl From<&Stamp> for Gens {
    fn from(stamp: &Stamp) -> Self {
        Self(TAGS.map(|tag| stamp.get(&tag).map_or(0, small)))
    }
}

impl fmt::Debug for Gens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [first, 0] => write!(f, "g{first}"),
            [first, second] => write!(f, "g{first}/{second}"),
        }
    }
}

/// The generation after `last` at `now_ms`, by the real clock.
#[must_use]
pub fn mint(last: u16, now_ms: u16) -> u16 {
    small(Generation::mint(Generation::new(last.into()), now_ms.into()))
}

fn small(generation: Generation) -> u16 {
    u16::try_from(generation.get()).unwrap_or(u16::MAX)
}

/// Whether an entry may be served by a tier with this view to a reader with this token: [`judge`].
#[must_use]
pub fn servable(stamp: Gens, view: Gens, token: Gens, tags: usize, now_ms: u16) -> bool {
    let floor = floor(token, now_ms);
    judge(&stamp.stamp(tags), now_ms.into(), &LIFETIME, &view.view(), &floor, now_ms.into())
        == Freshness::Fresh
}

/// Whether a view has overtaken an entry.
#[must_use]
pub fn overtaken(stamp: Gens, view: Gens, tags: usize) -> bool {
    view.view().has_overtaken(&stamp.stamp(tags))
}

/// The floor of a reader that sends this token.
#[must_use]
pub fn floor(token: Gens, now_ms: u16) -> Floor {
    if token.is_none() {
        return Floor::none();
    }
    // A token that the code refuses would be a 400: the model never makes one.
    Floor::parse(&token.view().to_token(), now_ms.into()).unwrap_or_default()
}

/// Whether one stamp is behind another, by the real comparison.
#[must_use]
pub fn older(stamp: Gens, than: Gens, tags: usize) -> bool {
    stamp.stamp(tags).is_older_than(&than.stamp(tags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_is_the_views_merging() {
        let all = || (0..3).flat_map(|first| (0..3).map(move |second| Gens([first, second])));
        for (ours, theirs) in all().flat_map(|ours| all().map(move |theirs| (ours, theirs))) {
            let mut view = ours.view();
            view.merge_view(&theirs.view());
            assert_eq!(Gens::from(&view.stamp(&TAGS)), ours.merged(theirs));
        }
    }
}
