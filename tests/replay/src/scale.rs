//! How much there is of everything, and what it is called.

use std::time::Duration;

/// Boards of a workspace.
pub const BOARDS: usize = 4;
/// Columns of a board.
pub const COLUMNS: usize = 4;
/// Members of a workspace.
pub const USERS: usize = 40;
/// Which board each of twenty contacts in turn is on: half of them on the first.
const BOARD_OF: [usize; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3];

/// How much is replayed.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Workspaces.
    pub workspaces: usize,
    /// Contacts of each of them.
    pub contacts: usize,
    /// Reads in a second, on average.
    pub reads_per_second: f64,
    /// Reads for each move of a contact.
    pub reads_per_move: f64,
    /// For how long lists and searches are fresh, in seconds, as the workspaces' admins have set it; `None` is the default of each.
    pub ttl_secs: Option<u32>,
    /// Whether the origin spares pages that a move has not touched (`PRECISE_INVALIDATION`).
    pub spares_untouched: bool,
    /// How long the same traffic has gone before: it is drawn, and what it would have left in the caches is put there.
    pub history: Duration,
    /// How long it runs before anything counts: caches are filled meanwhile.
    pub warm_up: Duration,
    /// How long it runs after that.
    pub measured: Duration,
}

impl Scale {
    /// How much of its traffic there is so long after the beginning: nobody sends all readers to empty caches at once.
    #[must_use]
    pub fn rise(&self, after: Duration) -> f64 {
        let risen = after.as_secs_f64() / (self.warm_up.as_secs_f64() / 2.0);
        if risen.is_nan() { 1.0 } else { risen.clamp(0.05, 1.0) }
    }

    /// Contacts of one board.
    #[must_use]
    pub fn contacts_of(&self, board: usize) -> usize {
        let share = BOARD_OF.iter().filter(|of| **of == board).count();
        self.contacts / BOARD_OF.len() * share
    }
}

/// The column that a contact was in at first.
#[must_use]
pub const fn column_of(contact: usize) -> usize {
    contact / BOARD_OF.len() % COLUMNS
}

/// The id of a workspace.
#[must_use]
pub fn workspace_id(workspace: usize) -> String {
    format!("replay_{workspace}")
}

/// The id of a board.
#[must_use]
pub fn board_id(workspace: usize, board: usize) -> String {
    format!("replay_{workspace}_{board}")
}

/// The id of a column.
#[must_use]
pub fn column_id(workspace: usize, board: usize, column: usize) -> String {
    format!("replay_{workspace}_{board}_{column}")
}

/// The id of a user.
#[must_use]
pub fn user_id(workspace: usize, user: usize) -> String {
    format!("replay_user_{workspace}_{user}")
}

/// The id of a contact.
#[must_use]
pub fn contact_id(workspace: usize, contact: usize) -> String {
    format!("replay_contact_{workspace}_{contact}")
}

/// The board that a contact is on.
#[must_use]
pub const fn board_of(contact: usize) -> usize {
    BOARD_OF[contact % BOARD_OF.len()]
}

/// [`board_of`], for SQL: an array whose place `1 + contact % 20` has the board.
pub(crate) fn boards_in_sql() -> String {
    format!("array{BOARD_OF:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_has_risen_half_way_through_the_warm_up() {
        let slow = Scale { warm_up: Duration::from_secs(200), ..scale() };
        assert!((slow.rise(Duration::ZERO) - 0.05).abs() < 1e-9);
        assert!((slow.rise(Duration::from_secs(50)) - 0.5).abs() < 1e-9);
        assert!((slow.rise(Duration::from_secs(150)) - 1.0).abs() < 1e-9);
        assert!((scale().rise(Duration::ZERO) - 1.0).abs() < 1e-9, "without a warm-up all of it at once");
    }

    fn scale() -> Scale {
        Scale {
            workspaces: 1,
            contacts: 20_000,
            reads_per_second: 1.0,
            reads_per_move: 1.0,
            ttl_secs: None,
            spares_untouched: false,
            history: Duration::ZERO,
            warm_up: Duration::ZERO,
            measured: Duration::ZERO,
        }
    }

    #[test]
    fn the_boards_of_a_workspace_have_all_its_contacts() {
        let scale = scale();
        for board in 0..BOARDS {
            let there = (0..scale.contacts).filter(|contact| board_of(*contact) == board).count();
            assert_eq!(scale.contacts_of(board), there);
        }
        assert_eq!(scale.contacts_of(0), 10_000);
    }
}
