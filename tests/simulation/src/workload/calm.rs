//! After the storm: nothing is lost, the caches hit again, and a crowd costs one load.

use std::rc::Rc;

use futures_util::future::join_all;

use super::{Token, Workload};
use crate::clock::sleep_ms;
use crate::journal::Violation;
use crate::places::{BOARDS, LOCATIONS, PAGES, WORKSPACES};
use crate::source::BoardPlace;
use crate::system::{Ask, Reply, System};
use crate::world::event;

/// How long writers may take to get their acknowledgement once nothing fails.
const LAST_ACKNOWLEDGEMENT_MS: u64 = 60_000;
/// Longer than every time-out and retry of the parts: the outbox waits up to 5 s between attempts that take up to 5 s.
const SETTLE_MS: u64 = 16_000;
const CROWD: usize = 12;

impl Workload {
    /// Checks that everything is well again.
    pub(crate) async fn check_calm(self: &Rc<Self>) {
        event!(self.world, "the storm is over");
        let until_ms = self.world.now_ms() + LAST_ACKNOWLEDGEMENT_MS;
        while self.writing.get() > 0 && self.world.now_ms() < until_ms {
            sleep_ms(100).await;
        }
        if self.writing.get() > 0 {
            self.world.violation(
                Violation::Lost,
                format_args!("{} writers got no acknowledgement", self.writing.get()),
            );
        }
        sleep_ms(SETTLE_MS).await;
        for board in boards() {
            for page in 1..=PAGES {
                self.check_newest(board, page).await;
                self.check_hits(board, page).await;
            }
        }
        for workspace in 0..WORKSPACES {
            self.check_crowd((workspace, 0)).await;
        }
    }

    fn question(board: BoardPlace, page: u64, location: usize) -> Ask {
        Ask { location, board, page, user: 2 * board.0, is_own: false, token: None, if_none_match: None }
    }

    async fn check_newest(&self, board: BoardPlace, page: u64) {
        for location in 0..LOCATIONS {
            let newest = self.world.source.lock().version(board, page);
            match self.read(Self::question(board, page, location), None).await {
                Reply::Page { page, .. } if page.version == newest => {}
                other => self.world.violation(
                    Violation::Lost,
                    format_args!("{board:?}/{page} at {location}: {other:?} instead of version {newest}"),
                ),
            }
        }
    }

    /// One load at most: the edge may have had a page that Redis lost.
    async fn check_hits(&self, board: BoardPlace, page: u64) {
        let mut loads = 0;
        for location in (0..LOCATIONS).chain(0..LOCATIONS) {
            match self.read(Self::question(board, page, location), None).await {
                Reply::Page { tier, .. } if tier != "database" => {}
                Reply::Page { .. } if loads == 0 => loads += 1,
                other => self
                    .world
                    .violation(Violation::NoHits, format_args!("{board:?}/{page} at {location}: {other:?}")),
            }
        }
    }

    /// A write, and a crowd of readers with its token at all locations: one load, and all see the write.
    async fn check_crowd(&self, board: BoardPlace) {
        let change = self.world.commit_board(board);
        let key = format!("contacts:w{}:b{}:f=all:", board.0, board.1);
        let token = Token { text: self.invalidate(&change).await, changes: change.boards };
        let before = self.loads_of(&key);
        let reads = (0..CROWD).map(|reader| {
            let mut ask = Self::question(board, 1, reader % LOCATIONS);
            ask.token = Some(token.text.clone()).filter(|text| !text.is_empty());
            self.read(ask, Some(&token))
        });
        for reply in join_all(reads).await {
            if !matches!(reply, Reply::Page { .. }) {
                self.world.violation(Violation::NoHits, format_args!("a crowd's reader got {reply:?}"));
            }
        }
        let loads = self.loads_of(&key) - before;
        if loads > 1 && matches!(self.system, System::Coherent(_)) {
            self.world
                .violation(Violation::LoadedTwice, format_args!("a crowd at {board:?} cost {loads} loads"));
        }
    }

    fn loads_of(&self, prefix: &str) -> u64 {
        self.world.loads.lock().count(prefix)
    }
}

fn boards() -> impl Iterator<Item = BoardPlace> {
    (0..WORKSPACES).flat_map(|workspace| (0..BOARDS).map(move |board| (workspace, board)))
}
