//! What a workspace's generation ledger records: plain data, without its storage.
//!
//! A ledger never trusts that an origin minted high enough: an origin may have minted ahead of its clock and forgotten
//! it. Whoever is told that an invalidation was recorded is told so of generations that were not there before.
//!
//! Isolates copy the whole of it every second or so, so it stays small.

use std::collections::HashSet;

use coherence::{Generation, Tag, View};

/// The most tags that a ledger keeps apart.
pub const MAX_TAGS: usize = 1000;

/// What to write for the ledger to be durable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writes {
    /// Generations that rose.
    pub raised: Vec<(Tag, Generation)>,
    /// Tags that are no longer kept apart.
    pub forgotten: Vec<Tag>,
    /// What was told of tags that have a later generation already: nothing is written of them.
    pub unmoved: Vec<(Tag, Generation)>,
}

impl Writes {
    /// What an invalidation came to: the generations of its tags, now that they are recorded. For tags that are no
    /// longer kept apart, the workspace's speaks.
    #[must_use]
    pub fn recorded(&self) -> View {
        self.raised.iter().chain(&self.unmoved).cloned().collect()
    }
}

/// Records the invalidation of the tags of `news`. Each rises to the generation it has there; one that the edge stamps with above what is known in any
/// case: a board that is not held above the workspace, since it may have been forgotten, and stamps carry it still. The other tags are judged by Redis
/// alone: a reader's token that is above what Redis has of them would be met by no page. Says what is recorded then, and what must be written.
#[must_use]
pub fn raise(known: &View, news: &View) -> (View, Writes) {
    let mut view = known.clone();
    let mut unmoved = Vec::new();
    for (tag, generation) in news.iter() {
        if !tag.is_kept_at_edge() {
            if !view.merge(tag, generation) {
                unmoved.push((tag.clone(), generation));
            }
            continue;
        }
        let forgotten =
            if matches!(tag, Tag::Board(_)) { known.get(&Tag::Workspace) } else { Generation::ZERO };
        let last = known.heard_of(tag).unwrap_or(forgotten);
        view.merge(tag, Generation::mint(last, generation.get()));
    }
    let mut forgotten = fold(&mut view);
    forgotten.retain(|tag| known.heard_of(tag).is_some());
    let mut raised: Vec<(Tag, Generation)> = view
        .iter()
        .filter(|(tag, generation)| known.heard_of(tag) != Some(*generation))
        .map(|(tag, generation)| (tag.clone(), generation))
        .collect();
    raised.sort();
    (view, Writes { raised, forgotten, unmoved })
}

/// Beyond [`MAX_TAGS`] tags, forgets all boards but those invalidated last, half as many, and raises the workspace's
/// generation above all that is forgotten and above its own: whatever the boards made unservable stays so, and a
/// little more with it. Returns what is forgotten.
fn fold(view: &mut View) -> Vec<Tag> {
    if view.len() <= MAX_TAGS {
        return Vec::new();
    }
    let mut boards: Vec<(Generation, Tag)> = view
        .iter()
        .filter(|(tag, _)| matches!(tag, Tag::Board(_)))
        .map(|(tag, generation)| (generation, tag.clone()))
        .collect();
    boards.sort();
    boards.truncate(boards.len().saturating_sub(MAX_TAGS / 2));
    let Some((highest, _)) = boards.last() else { return Vec::new() };
    // Strictly: an entry may already carry the workspace's generation and be behind its board's alone.
    let workspace = Generation::mint(view.get(&Tag::Workspace).max(*highest), 0);
    let forgotten: HashSet<Tag> = boards.into_iter().map(|(_, tag)| tag).collect();
    *view = view
        .iter()
        .filter(|(tag, _)| !forgotten.contains(tag))
        .map(|(tag, generation)| (tag.clone(), generation))
        .collect();
    view.merge(&Tag::Workspace, workspace);
    forgotten.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use coherence::Stamp;
    use ids::BoardId;

    use super::*;

    fn board(number: usize) -> Tag {
        Tag::Board(BoardId::parse(&format!("b{number}")).unwrap())
    }

    fn view(token: &str) -> View {
        View::from_token(token).unwrap()
    }

    #[test]
    fn an_invalidation_always_raises() {
        let known = view("workspace=5,counts=3,board:a=7,board:b=7");
        let (raised, writes) = raise(&known, &view("workspace=4,board:a=9,board:b=7,members=1"));
        assert_eq!(raised, view("workspace=6,counts=3,board:a=9,board:b=8,members=1"));
        assert_eq!(writes.recorded(), view("workspace=6,board:a=9,board:b=8,members=1"));
        assert_eq!(writes.forgotten, []);
    }

    /// Of what is read at the origin alone Redis has the last word: invalidations that are recorded out of order do not go beyond it.
    #[test]
    fn what_the_edge_does_not_keep_rises_as_far_as_it_was_told() {
        let known = view("counts=7,board:a=7");
        for (told, held) in [("counts=5", 7), ("counts=7", 7), ("counts=9", 9)] {
            let (raised, writes) = raise(&known, &view(told));
            assert_eq!((writes.recorded(), raised.get(&Tag::Counts).get()), (view(told), held));
            assert_eq!(writes.raised.is_empty(), held == 7);
        }
    }

    #[test]
    fn what_is_sent_again_raises_by_one() {
        let news = view("members=7,board:a=7");
        let (once, _) = raise(&View::new(), &news);
        assert_eq!(once, news);
        assert_eq!(raise(&once, &news).1.recorded(), view("members=8,board:a=8"));
    }

    #[test]
    fn nothing_new_writes_nothing() {
        let known = view("workspace=5,board:a=7");
        assert_eq!(raise(&known, &View::new()), (known, Writes::default()));
    }

    #[test]
    fn what_cannot_rise_is_not_recorded() {
        let known: View = [(Tag::Members, Generation::MAX)].into_iter().collect();
        assert_eq!(raise(&known, &view("members=7")).1.recorded(), View::new());
    }

    /// An isolate's view forgets nothing: it stamps with what it was told before.
    #[test]
    fn what_was_forgotten_rises_above_what_stamps_still_carry() {
        let mut known = View::new();
        for number in 0..=MAX_TAGS {
            known.merge(&board(number), Generation::new(1000 + number as u64));
        }
        let (folded, writes) = raise(&known, &view("counts=7"));
        assert!(writes.forgotten.contains(&board(3)));
        let isolates =
            Stamp::new(vec![(Tag::Workspace, folded.get(&Tag::Workspace)), (board(3), known.get(&board(3)))]);
        // The authority below has heard of less.
        let (raised, _) = raise(&folded, &[(board(3), Generation::new(1003))].into_iter().collect());
        assert!(raised.has_overtaken(&isolates));
    }

    #[test]
    fn whatever_is_forgotten_stays_unservable() {
        let mut known = View::new();
        for number in 0..MAX_TAGS {
            known.merge(&board(number), Generation::new(1000 + number as u64));
        }
        let (merged, writes) = raise(&known, &[(board(5000), Generation::new(9000))].into_iter().collect());
        assert_eq!(merged.len(), MAX_TAGS / 2 + 1);
        assert_eq!(writes.forgotten.len(), MAX_TAGS / 2 + 1);
        assert_eq!(writes.recorded().len(), 2, "the board and the workspace");
        for (tag, generation) in known.iter() {
            let before = View::new().stamp(&[Tag::Workspace, tag.clone()]);
            assert!(merged.has_overtaken(&before), "{tag}={generation}");
            let reflecting: View =
                [(tag.clone(), Generation::new(generation.get() - 1))].into_iter().collect();
            assert!(merged.has_overtaken(&reflecting.stamp(&[Tag::Workspace, tag.clone()])));
        }
        assert_eq!(merged.get(&board(5000)), Generation::new(9000));
    }

    #[test]
    fn forgetting_raises_a_workspace_that_was_invalidated_later() {
        let mut known: View =
            (0..MAX_TAGS - 1).map(|number| (board(number), Generation::new(1000))).collect();
        known.merge(&Tag::Workspace, Generation::new(8000));
        // Loaded after the workspace's invalidation, and before the board's.
        let behind = |tag: &Tag| {
            let before = [(Tag::Workspace, Generation::new(8000)), (tag.clone(), Generation::new(999))];
            Stamp::new(before.to_vec())
        };
        let (folded, writes) = raise(&known, &[(board(5000), Generation::new(9000))].into_iter().collect());
        assert!(!writes.forgotten.is_empty());
        for tag in &writes.forgotten {
            assert!(known.has_overtaken(&behind(tag)));
            assert!(folded.has_overtaken(&behind(tag)), "{tag}");
        }
        assert_eq!(folded.get(&Tag::Workspace), Generation::new(8001));
    }

    #[test]
    fn more_boards_at_once_than_are_kept_apart_are_the_workspace() {
        let news: View = (0..3 * MAX_TAGS).map(|number| (board(number), Generation::new(1000))).collect();
        let (folded, writes) = raise(&View::new(), &news);
        assert!(folded.len() <= MAX_TAGS);
        assert_eq!(writes.forgotten, [], "they were never written");
        assert!(
            news.iter()
                .all(|(tag, _)| folded.has_overtaken(&View::new().stamp(&[Tag::Workspace, tag.clone()])))
        );
    }
}
