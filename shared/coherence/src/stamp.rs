//! Stamps: what an entry knew when its load began.

use crate::{Generation, Tag, View};

/// The generations of an entry's tags as known *before* its loader began to read the source. Sorted by tag, each
/// tag once, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(Box<[(Tag, Generation)]>);

impl Stamp {
    /// A stamp of these tags. Of a tag that is named twice the lower generation counts: the safe direction.
    #[must_use]
    pub fn new(mut tags: Vec<(Tag, Generation)>) -> Self {
        tags.sort();
        tags.dedup_by(|later, first| later.0 == first.0);
        Self(tags.into_boxed_slice())
    }

    /// The stamp of what was so, for these tags, before a time in milliseconds since the Unix epoch, where no generation was seen. A change in
    /// the same millisecond comes after it.
    #[must_use]
    pub fn as_of(tags: &[Tag], as_of_ms: u64) -> Self {
        let before = Generation::new(as_of_ms.saturating_sub(1));
        Self::new(tags.iter().map(|tag| (tag.clone(), before)).collect())
    }

    /// The generation this stamp has for `tag`; `None` when the entry does not carry the tag.
    #[must_use]
    pub fn get(&self, tag: &Tag) -> Option<Generation> {
        self.0.iter().find(|(known, _)| known == tag).map(|(_, generation)| *generation)
    }

    /// The tags with their generations, sorted by tag.
    pub fn iter(&self) -> impl Iterator<Item = (&Tag, Generation)> {
        self.0.iter().map(|(tag, generation)| (tag, *generation))
    }

    /// Whether the stamp carries exactly `tags`, in any order.
    #[must_use]
    pub fn covers_exactly(&self, tags: &[Tag]) -> bool {
        self.0.len() == tags.len() && tags.iter().all(|tag| self.get(tag).is_some())
    }

    /// The highest generation in the stamp: the last invalidation that the entry is known to reflect.
    #[must_use]
    pub fn highest(&self) -> Generation {
        self.0.iter().map(|(_, generation)| *generation).max().unwrap_or_default()
    }

    /// Whether `other` knows, for some tag, a later generation: whatever this stamp is on, `other` knows of an
    /// invalidation that it does not reflect. Unlike for [`Stamp::is_older_than`], knowing more of another tag does not
    /// make up for it.
    #[must_use]
    pub fn is_behind_in_any(&self, other: &Self) -> bool {
        self.iter().any(|(tag, generation)| other.get(tag).is_some_and(|theirs| theirs > generation))
    }

    /// The same tags, none behind what `view` has heard of.
    #[must_use]
    pub fn raised_to(&self, view: &View) -> Self {
        Self(self.iter().map(|(tag, generation)| (tag.clone(), generation.max(view.get(tag)))).collect())
    }

    /// Whether `other` knows, for some tag, a later generation, and for none an earlier one.
    #[must_use]
    pub fn is_older_than(&self, other: &Self) -> bool {
        let mut older = false;
        for (tag, generation) in self.iter() {
            match other.get(tag) {
                Some(theirs) if theirs > generation => older = true,
                Some(theirs) if theirs < generation => return false,
                _ => {}
            }
        }
        older
    }
}

impl From<&View> for Stamp {
    /// All that a view has heard of.
    fn from(view: &View) -> Self {
        Self::new(view.iter().map(|(tag, generation)| (tag.clone(), generation)).collect())
    }
}
