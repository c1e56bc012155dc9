//! Who asks for what, and who changes what: drawn from a seed, so that each run draws the same.
//!
//! Popularity falls with rank by Zipf's law, for workspaces, boards, filters, sort orders and search terms alike. People turn the pages of
//! whole boards: each is asked for less than half as often as the one before.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng as _};
use rand_distr::{Distribution as _, Exp, Geometric, Zipf};

use crate::contacts::FAMILY_NAMES;
use crate::network::{LOCATIONS, home_of};
use crate::scale::{BOARDS, COLUMNS, Scale, USERS, board_of, column_id};

pub(crate) const PER_PAGE: usize = 50;
/// The exponent of Zipf's law: in the traces of Breslau et al., "Web Caching and Zipf-like Distributions" (INFOCOM 1999), it is 0.64 to 0.83.
pub const ZIPF: f64 = 0.8;
/// Of a hundred reads so many are searches, of the user's own contacts, and from somewhere else than where the workspace's people are.
pub const SEARCHES: u32 = 6;
/// See [`SEARCHES`].
pub const OWN: u32 = 4;
/// See [`SEARCHES`].
pub const TRAVELLERS: u32 = 15;
/// Of a hundred lists so many are unfiltered, and so many in the order that a board has.
pub const UNFILTERED: u32 = 75;
/// See [`UNFILTERED`].
pub const UNSORTED: u32 = 90;
/// The chance that somebody who has seen a page does not turn to the next.
pub const LAST_PAGE: f64 = 0.55;
/// Of a hundred lists with a filter so many are of one of the board's columns.
pub const OF_A_COLUMN: u32 = 50;
const FILTERS: [&str; 6] = ["open", "high_priority", "unassigned", "needs_response", "favorites", "closed"];
const SORTS: [&str; 4] = ["name", "last_activity_at", "updated_at", "priority"];

/// A read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The workspace.
    pub workspace: usize,
    /// Its board.
    pub board: usize,
    /// Its user.
    pub user: usize,
    /// The location that the user is near.
    pub location: usize,
    /// The query of the list.
    pub query: String,
    /// The column of the board that it is a list of.
    pub column: Option<usize>,
    /// Whether the answer is the user's own.
    pub is_own: bool,
}

/// A contact is moved to another column of its board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The workspace.
    pub workspace: usize,
    /// The board.
    pub board: usize,
    /// The contact.
    pub contact: usize,
    /// The column that it comes to.
    pub column: usize,
}

/// Draws reads and moves.
pub struct Workload {
    scale: Scale,
    random: StdRng,
}

impl Workload {
    /// Of a seed.
    #[must_use]
    pub fn new(scale: Scale, seed: u64) -> Self {
        Self { scale, random: StdRng::seed_from_u64(seed) }
    }

    /// How long it is until the next of so many in a second: they come independently of each other.
    fn pause(&mut self, per_second: f64) -> Duration {
        Exp::new(per_second)
            .map_or(Duration::MAX, |pause| Duration::from_secs_f64(pause.sample(&mut self.random)))
    }

    /// When the next is due, of so many in a second while there is most traffic; `rise` says how much of that there is at a time. What is drawn for the most and
    /// taken with that chance comes as often as it should at any time (Lewis and Shedler, "Simulation of Nonhomogeneous Poisson Processes by Thinning", 1979).
    pub fn next(&mut self, after: Duration, per_second: f64, rise: impl Fn(Duration) -> f64) -> Duration {
        let mut due = after;
        loop {
            due = due.saturating_add(self.pause(per_second));
            if due == Duration::MAX || self.random.random::<f64>() < rise(due) {
                return due;
            }
        }
    }

    /// The next read.
    pub fn read(&mut self) -> Read {
        let workspace = self.ranked(self.scale.workspaces);
        let (board, user) = (self.ranked(BOARDS), self.random.random_range(0..USERS));
        let home = home_of(workspace);
        let location =
            if self.percent(TRAVELLERS) { self.random.random_range(0..LOCATIONS.len()) } else { home };
        let kind = self.random.random_range(0..100);
        let is_own = (SEARCHES..SEARCHES + OWN).contains(&kind);
        let (query, column) = if kind < SEARCHES {
            (format!("search={}", FAMILY_NAMES[self.ranked(FAMILY_NAMES.len())].to_lowercase()), None)
        } else if is_own {
            ("filter=assigned_to_me".to_owned(), None)
        } else {
            self.list(workspace, board)
        };
        Read { workspace, board, user, location, query, column, is_own }
    }

    fn list(&mut self, workspace: usize, board: usize) -> (String, Option<usize>) {
        let pages = self.scale.contacts_of(board).div_ceil(PER_PAGE).max(1);
        let (mut query, mut column) = (Vec::new(), None);
        if !self.percent(UNFILTERED) {
            query.push(if self.percent(OF_A_COLUMN) {
                let of = self.ranked(COLUMNS);
                column = Some(of);
                format!("column_id={}", column_id(workspace, board, of))
            } else {
                format!("filter={}", FILTERS[self.ranked(FILTERS.len())])
            });
        } else if let Ok(turned) = Geometric::new(LAST_PAGE) {
            // A filter may leave fewer pages than there are: only whole boards are turned through.
            let page = 1 + (turned.sample(&mut self.random) as usize).min(pages - 1);
            query.push(format!("page={page}"));
        }
        if !self.percent(UNSORTED) {
            query.push(format!("sort_by={}", SORTS[self.ranked(SORTS.len())]));
        }
        (query.join("&"), column)
    }

    /// The next move.
    pub fn moves(&mut self) -> Move {
        let (workspace, wanted) = (self.ranked(self.scale.workspaces), self.ranked(BOARDS));
        let mut contact = self.random.random_range(0..self.scale.contacts);
        while board_of(contact) != wanted {
            contact = (contact + 1) % self.scale.contacts;
        }
        Move { workspace, board: wanted, contact, column: self.random.random_range(0..COLUMNS) }
    }

    /// One of so many, by Zipf's law: the first most often.
    fn ranked(&mut self, of: usize) -> usize {
        let rank = Zipf::new(of as f64, ZIPF).map_or(1.0, |zipf| zipf.sample(&mut self.random));
        (rank as usize).clamp(1, of) - 1
    }

    fn percent(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn workload() -> Workload {
        let scale = Scale {
            workspaces: 50,
            contacts: 2_000,
            reads_per_second: 100.0,
            reads_per_move: 100.0,
            ttl_secs: None,
            spares_untouched: false,
            history: Duration::ZERO,
            warm_up: Duration::ZERO,
            measured: Duration::ZERO,
        };
        Workload::new(scale, 7)
    }

    #[test]
    fn a_seed_draws_the_same_again() {
        let draw = || {
            let mut workload = workload();
            (0..100).map(|_| (workload.read(), workload.moves())).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
    }

    #[test]
    fn the_second_workspace_is_asked_as_often_as_the_law_says() {
        let mut workload = workload();
        let mut asked: HashMap<usize, f64> = HashMap::new();
        for _ in 0..100_000 {
            *asked.entry(workload.read().workspace).or_default() += 1.0;
        }
        let ratio = asked[&0] / asked[&1];
        let wanted = 2_f64.powf(ZIPF);
        assert!((wanted * 0.95..wanted * 1.05).contains(&ratio), "{ratio}");
        assert_eq!(asked.len(), 50, "none is forgotten");
    }

    #[test]
    fn a_move_is_of_a_contact_of_its_board() {
        let mut workload = workload();
        for _ in 0..1_000 {
            let one = workload.moves();
            assert_eq!(board_of(one.contact), one.board);
        }
    }

    #[test]
    fn rare_arrivals_are_not_lost_to_a_slow_beginning() {
        let rise = |after: Duration| if after < Duration::from_secs(50) { 0.05 } else { 1.0 };
        let mut workload = workload();
        let mut arrivals = 0;
        for _ in 0..1_000 {
            let mut due = workload.next(Duration::ZERO, 0.05, rise);
            while due < Duration::from_secs(150) {
                arrivals += 1;
                due = workload.next(due, 0.05, rise);
            }
        }
        // 0.125 before, 5 after.
        assert!((4_900..5_350).contains(&arrivals), "{arrivals}");
    }

    #[test]
    fn arrivals_are_as_many_as_were_asked_for() {
        let mut workload = workload();
        let secs: f64 = (0..10_000).map(|_| workload.pause(100.0).as_secs_f64()).sum();
        assert!((95.0..105.0).contains(&secs), "{secs}");
    }
}
