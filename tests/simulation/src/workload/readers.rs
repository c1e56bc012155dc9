//! Readers: members and others, with and without a token, alone and in crowds.

use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;

use super::{Token, Workload};
use crate::clock::sleep_ms;
use crate::fault::Fault;
use crate::journal::Violation;
use crate::places::{BOARDS, LOCATIONS, PAGES, USERS, WORKSPACES};
use crate::source::BoardChange;
use crate::system::{Ask, Reply};

/// Every time-out of a request, one after the other, is less.
const LONGEST_ANSWER: Duration = Duration::from_mins(1);

impl Workload {
    /// Reads until the storm is over.
    pub(crate) async fn read_on(self: Rc<Self>) {
        while self.world.is_stormy() {
            sleep_ms(self.world.about(self.world.scenario.read_pause_ms)).await;
            let crowd = if self.world.chance(60) { self.world.between(4, 12) } else { 1 };
            let (ask, token) = self.some_question();
            for _ in 0..crowd {
                let (mut ask, token) = (ask.clone(), token.clone());
                ask.location = self.world.below(LOCATIONS);
                let workload = self.clone();
                spawn_local(async move { workload.read(ask, token.as_ref()).await });
            }
        }
    }

    fn some_question(&self) -> (Ask, Option<Token>) {
        let world = &self.world;
        let mut board = (world.below(WORKSPACES), world.below(BOARDS));
        let token = if world.chance(300) {
            let tokens = self.tokens.borrow();
            tokens.get(world.below(tokens.len().max(1))).cloned()
        } else {
            None
        };
        if let Some(changes) = token.as_ref().map(|token| &token.changes)
            && let Some(BoardChange { board: place, .. }) = changes.get(world.below(changes.len()))
        {
            board = *place;
        }
        if token.as_ref().is_some_and(|token| token.changes.iter().any(|change| change.board.0 != board.0)) {
            // The token of an invalidation of two workspaces: its tags do not say which, so it may be a floor that no page
            // of this one meets, and every such read is a load.
            world.disturb();
        }
        let user = if world.chance(850) { 2 * board.0 + world.below(2) } else { world.below(USERS) };
        let ask = Ask {
            location: 0,
            board,
            page: world.between(1, PAGES),
            user,
            is_own: world.chance(200),
            token: token.as_ref().map(|token| token.text.clone()).filter(|text| !text.is_empty()),
            if_none_match: self.some_etag(board),
        };
        (ask, token)
    }

    fn some_etag(&self, board: (usize, usize)) -> Option<String> {
        if !self.world.chance(200) {
            return None;
        }
        let etags = self.etags.borrow();
        let of_board: Vec<&String> =
            etags.iter().filter(|(_, page)| page.board == board).map(|(etag, _)| etag).collect();
        of_board.get(self.world.below(of_board.len().max(1))).map(|etag| (*etag).clone())
    }

    /// Reads and has the answer checked.
    pub(crate) async fn read(&self, ask: Ask, token: Option<&Token>) -> Reply {
        let began_ms = self.world.now_ms();
        let patience_ms = self.world.strikes(Fault::ClientGone).then(|| {
            self.world.fault(Fault::ClientGone, format_args!("at {}", ask.location));
            self.world.between(1, 500)
        });
        let reading = self.system.read(&ask, self.authorization(ask.user), patience_ms);
        let Ok(reply) = tokio::time::timeout(LONGEST_ANSWER, reading).await else {
            self.world.violation(Violation::Hung, format_args!("{ask:?}"));
            return Reply::Gone;
        };
        self.check(&ask, token, began_ms, &reply);
        reply
    }
}
