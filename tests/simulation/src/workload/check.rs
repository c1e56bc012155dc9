//! The check of one answer.

use super::{Token, Workload};
use crate::journal::Violation;
use crate::system::{Ask, Page, Reply};
use crate::world::event;

impl Workload {
    /// Compares an answer with what was acknowledged.
    pub(crate) fn check(&self, ask: &Ask, token: Option<&Token>, began_ms: u64, reply: &Reply) {
        let answer = match reply {
            Reply::Page { tier, .. } => tier.clone(),
            Reply::NotModified { .. } => "not modified".to_owned(),
            Reply::Failure(status) => format!("status {status}"),
            Reply::Gone => "gone".to_owned(),
        };
        event!(
            self.world,
            "read by u{} of {:?}/{} began at {began_ms}: {answer}",
            ask.user,
            ask.board,
            ask.page
        );
        {
            let mut journal = self.world.journal.lock();
            journal.tally.reads += 1;
            journal.tally.reads_with_token += u64::from(token.is_some());
            *journal.tally.answers.entry(answer).or_default() += 1;
        }
        match reply {
            Reply::Page { page, etag, .. } => {
                if let Some(etag) = etag {
                    self.etags.borrow_mut().insert(etag.clone(), page.clone());
                }
                self.check_page(ask, token, began_ms, page);
            }
            Reply::NotModified { etag } => {
                let known = self.etags.borrow().get(etag).cloned();
                match known {
                    Some(page) => self.check_page(ask, token, began_ms, &page),
                    None => self.world.violation(Violation::Invented, format_args!("entity tag {etag}")),
                }
            }
            Reply::Failure(403 | 404) => {
                if self.membership(ask, began_ms).1 {
                    self.world.violation(Violation::WronglyRefused, format_args!("{ask:?}"));
                }
            }
            Reply::Failure(_) | Reply::Gone => {}
        }
    }

    /// Whether the reader may count as a member, and whether as nothing else.
    fn membership(&self, ask: &Ask, began_ms: u64) -> (bool, bool) {
        let place = (ask.board.0, ask.user);
        let required = self.world.oracle.lock().required_membership(place, began_ms);
        self.world.source.lock().was_member(place, required)
    }

    fn check_page(&self, ask: &Ask, token: Option<&Token>, began_ms: u64, page: &Page) {
        let world = &self.world;
        let asked = (ask.board, ask.page, ask.is_own.then_some(ask.user));
        if asked != (page.board, page.number, page.whose) {
            world.violation(Violation::Isolation, format_args!("{ask:?} was answered with {page:?}"));
            return;
        }
        if !self.membership(ask, began_ms).0 {
            world.violation(Violation::Isolation, format_args!("{ask:?} is no member"));
        }
        if page.version > world.source.lock().version(ask.board, ask.page) {
            world.violation(Violation::Invented, format_args!("{page:?}"));
        }
        let required = world.oracle.lock().required_version(ask.board, ask.page, began_ms);
        if page.version < required {
            world.violation(
                Violation::PastTheBound,
                format_args!(
                    "{ask:?} got version {}, required {required}, began at {began_ms} ms",
                    page.version
                ),
            );
        }
        let promised = token.into_iter().flat_map(|token| &token.changes);
        let promised = promised.filter(|change| change.touches(ask.board, ask.page));
        let promised = promised.map(|change| change.version).max();
        if promised.is_some_and(|promised| page.version < promised) {
            world.violation(
                Violation::OwnWriteUnread,
                format_args!("{ask:?} got version {}, promised {promised:?}", page.version),
            );
        }
    }
}
