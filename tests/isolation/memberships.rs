//! Who is a member of what, as far as an onlooker can say: a membership that is being changed may be either.

use std::sync::Mutex;
use std::time::Instant;

use crate::users::{USERS, Users, WORKSPACES, is_member_at_first};

/// One user's membership of one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub is_member: bool,
    /// When the last change was acknowledged; `None` while one is under way.
    pub since: Option<Instant>,
}

pub struct Memberships(Vec<[Mutex<State>; 2]>);

impl Memberships {
    pub fn of(_: &Users) -> Self {
        let began = Instant::now();
        let state = |user, place| {
            Mutex::new(State { is_member: is_member_at_first(user, place), since: Some(began) })
        };
        Self((0..USERS).map(|user| std::array::from_fn(|place| state(user, place))).collect())
    }

    pub fn get(&self, user: usize, place: usize) -> State {
        *self.0[user][place].lock().unwrap()
    }

    /// Begins a change, unless one is under way. Returns what it will be.
    pub fn begin(&self, user: usize, place: usize) -> Option<bool> {
        let mut state = self.0[user][place].lock().unwrap();
        state.since.take()?;
        Some(!state.is_member)
    }

    /// The change was acknowledged.
    pub fn end(&self, user: usize, place: usize, is_member: bool) {
        *self.0[user][place].lock().unwrap() = State { is_member, since: Some(Instant::now()) };
    }
}

const _: () = assert!(WORKSPACES.len() == 2);
