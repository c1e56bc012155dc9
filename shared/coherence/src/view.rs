//! Views: the highest generation that a tier has heard of, for each tag of one workspace.

use foldhash::HashMap;

use crate::{Generation, Stamp, Tag};

/// The highest generation heard of for each tag of one workspace. A tag that is not in it was never heard of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View(HashMap<Tag, Generation>);

impl View {
    /// A view that has heard of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Merges one generation by maximum. Returns whether the view moved.
    pub fn merge(&mut self, tag: &Tag, generation: Generation) -> bool {
        if let Some(known) = self.0.get_mut(tag) {
            let moved = generation > *known;
            if moved {
                *known = generation;
            }
            return moved;
        }
        self.0.insert(tag.clone(), generation);
        true
    }

    /// Merges every generation of a stamp. Returns whether the view moved.
    pub fn merge_stamp(&mut self, stamp: &Stamp) -> bool {
        stamp.iter().fold(false, |moved, (tag, generation)| self.merge(tag, generation) || moved)
    }

    /// Merges another view. Returns whether this one moved.
    pub fn merge_view(&mut self, other: &Self) -> bool {
        other.iter().fold(false, |moved, (tag, generation)| self.merge(tag, generation) || moved)
    }

    /// Forgets tags that have the very generations of `stamp`: for tags that turned out to be of nothing. What has moved on stays.
    pub fn forget(&mut self, stamp: &Stamp) {
        for (tag, generation) in stamp.iter() {
            if self.0.get(tag) == Some(&generation) && *tag != Tag::Workspace {
                self.0.remove(tag);
            }
        }
    }

    /// The highest generation heard of for `tag`; [`Generation::ZERO`] when there was none.
    #[must_use]
    pub fn get(&self, tag: &Tag) -> Generation {
        self.0.get(tag).copied().unwrap_or_default()
    }

    /// The generation heard of for `tag`, if any.
    #[must_use]
    pub fn heard_of(&self, tag: &Tag) -> Option<Generation> {
        self.0.get(tag).copied()
    }

    /// The stamp of an entry with these tags whose load begins now.
    #[must_use]
    pub fn stamp(&self, tags: &[Tag]) -> Stamp {
        Stamp::new(tags.iter().map(|tag| (tag.clone(), self.get(tag))).collect())
    }

    /// Whether an entry with this stamp has been overtaken by an invalidation that this view has heard of.
    #[must_use]
    pub fn has_overtaken(&self, stamp: &Stamp) -> bool {
        stamp.iter().any(|(tag, generation)| self.get(tag) > generation)
    }

    /// Whether this view makes all unservable that `news` does: by the tag's own generation, or by the workspace's where the tag is no
    /// longer kept apart. Who records news answers with such a view.
    #[must_use]
    pub fn speaks_for(&self, news: &Self) -> bool {
        let workspace = self.get(&Tag::Workspace);
        news.iter().all(|(tag, generation)| {
            let speaks = self.get(tag).max(workspace);
            speaks > Generation::ZERO && speaks >= generation
        })
    }

    /// The tags that were heard of, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Tag, Generation)> {
        self.0.iter().map(|(tag, generation)| (tag, *generation))
    }

    /// How many tags were heard of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was heard of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&Stamp> for View {
    fn from(stamp: &Stamp) -> Self {
        stamp.iter().map(|(tag, generation)| (tag.clone(), generation)).collect()
    }
}

impl FromIterator<(Tag, Generation)> for View {
    fn from_iter<I: IntoIterator<Item = (Tag, Generation)>>(generations: I) -> Self {
        let mut view = Self::new();
        for (tag, generation) in generations {
            view.merge(&tag, generation);
        }
        view
    }
}
