//! What a workspace's generation ledger records: plain data, without its storage.
//!
//! Isolates copy the whole of it every second or so, so it stays small.

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
}

/// Merges `news` into `known` and says what must be written. Beyond [`MAX_TAGS`] tags the half that was invalidated
/// longest ago is forgotten, and the workspace's generation is raised to the highest of theirs: whatever they made
/// unservable stays so, and a little more with it.
#[must_use]
pub fn merge(known: &View, news: &View) -> (View, Writes) {
    let mut merged = known.clone();
    merged.merge_view(news);
    let mut forgotten = Vec::new();
    if merged.len() > MAX_TAGS {
        let mut boards: Vec<(Generation, Tag)> = merged
            .iter()
            .filter(|(tag, _)| matches!(tag, Tag::Board(_)))
            .map(|(tag, generation)| (generation, tag.clone()))
            .collect();
        boards.sort();
        boards.truncate(MAX_TAGS / 2);
        if let Some((highest, _)) = boards.last() {
            merged.merge(&Tag::Workspace, *highest);
        }
        forgotten = boards.into_iter().map(|(_, tag)| tag).collect();
        merged = merged
            .iter()
            .filter(|(tag, _)| !forgotten.contains(tag))
            .map(|(tag, generation)| (tag.clone(), generation))
            .collect();
        forgotten.retain(|tag| known.heard_of(tag).is_some());
    }
    let mut raised: Vec<(Tag, Generation)> = merged
        .iter()
        .filter(|(tag, generation)| known.heard_of(tag) != Some(*generation))
        .map(|(tag, generation)| (tag.clone(), generation))
        .collect();
    raised.sort();
    (merged, Writes { raised, forgotten })
}

#[cfg(test)]
mod tests {
    use ids::BoardId;

    use super::*;

    fn board(number: usize) -> Tag {
        Tag::Board(BoardId::parse(&format!("b{number}")).unwrap())
    }

    #[test]
    fn a_ledger_only_rises() {
        let known = View::from_token("workspace=5,board:a=7").unwrap();
        let (merged, writes) = merge(&known, &View::from_token("workspace=4,board:a=9,counts=1").unwrap());
        assert_eq!(merged.to_token(), "workspace=5,counts=1,board:a=9");
        assert_eq!(View::from_iter(writes.raised), View::from_token("counts=1,board:a=9").unwrap());
        assert_eq!(merge(&merged, &known).1, Writes::default(), "what is known already writes nothing");
    }

    #[test]
    fn whatever_is_forgotten_stays_unservable() {
        let mut known = View::new();
        for number in 0..MAX_TAGS {
            known.merge(&board(number), Generation::new(1000 + number as u64));
        }
        let (merged, writes) = merge(&known, &[(board(5000), Generation::new(9000))].into_iter().collect());
        assert!(merged.len() <= MAX_TAGS);
        assert_eq!(writes.forgotten.len(), MAX_TAGS / 2);
        for (tag, generation) in known.iter() {
            let before = View::new().stamp(&[Tag::Workspace, tag.clone()]);
            assert!(merged.has_overtaken(&before), "{tag}={generation}");
            let reflecting: View =
                [(tag.clone(), Generation::new(generation.get() - 1))].into_iter().collect();
            assert!(merged.has_overtaken(&reflecting.stamp(&[Tag::Workspace, tag.clone()])));
        }
        assert_eq!(merged.get(&board(5000)), Generation::new(9000));
    }
}
