//! The oracle: what every answer must reflect, from what was acknowledged and when.

use std::collections::BTreeMap;

use crate::places::PAGES;
use crate::source::{BoardChange, BoardPlace, MemberPlace};

/// Versions by when they were acknowledged.
#[derive(Default)]
struct Acknowledged(Vec<(u64, u64)>);

impl Acknowledged {
    fn add(&mut self, at_ms: u64, version: u64) {
        self.0.push((at_ms, version));
    }

    /// The highest version acknowledged at `by_ms` or before.
    fn by(&self, by_ms: u64) -> u64 {
        self.0
            .iter()
            .filter(|(at_ms, _)| *at_ms <= by_ms)
            .map(|(_, version)| *version)
            .max()
            .unwrap_or_default()
    }
}

/// What was acknowledged.
pub(crate) struct Oracle {
    bound_ms: u64,
    pages: BTreeMap<(BoardPlace, u64), Acknowledged>,
    members: BTreeMap<MemberPlace, Acknowledged>,
}

impl Oracle {
    pub(crate) fn new(bound_ms: u64) -> Self {
        Self { bound_ms, pages: BTreeMap::new(), members: BTreeMap::new() }
    }

    /// The invalidation of a change of a board was acknowledged now.
    pub(crate) fn acknowledge_board(&mut self, change: &BoardChange, now_ms: u64) {
        for page in (1..=PAGES).filter(|page| change.touches(change.board, *page)) {
            self.pages.entry((change.board, page)).or_default().add(now_ms, change.version);
        }
    }

    /// The invalidation of a change that made this version of a membership was acknowledged now.
    pub(crate) fn acknowledge_member(&mut self, member: MemberPlace, version: u64, now_ms: u64) {
        self.members.entry(member).or_default().add(now_ms, version);
    }

    /// The oldest version of a page that a request which began then may be answered with.
    pub(crate) fn required_version(&self, board: BoardPlace, page: u64, began_ms: u64) -> u64 {
        began_ms
            .checked_sub(self.bound_ms)
            .and_then(|by_ms| Some(self.pages.get(&(board, page))?.by(by_ms)))
            .unwrap_or_default()
    }

    /// The same of a membership.
    pub(crate) fn required_membership(&self, member: MemberPlace, began_ms: u64) -> u64 {
        began_ms
            .checked_sub(self.bound_ms)
            .and_then(|by_ms| Some(self.members.get(&member)?.by(by_ms)))
            .unwrap_or_default()
    }
}
