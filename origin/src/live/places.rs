//! The places of watched workspaces. There are few, so that what is counted and kept is bounded, and nobody may hold more than a share.
//!
//! A place is kept for a while after its last watcher has gone, to be come back to. Such places are the first to be given away: where a
//! watcher would have more than their share, the idlest of those that they left; where all are taken, the idlest of all. A place that
//! somebody watches is never taken from them.

use std::collections::HashMap;

use ids::WorkspaceId;

use super::{Channel, MAX_STREAMS_OF_ONE, Watcher};

/// How many workspaces are watched at once.
pub(super) const MAX_WATCHED: usize = 64;
/// How many of them may be kept for one watcher: as many as they may watch, whether they do at the moment or have left.
const MAX_KEPT_FOR_ONE: usize = MAX_STREAMS_OF_ONE;

/// The watched workspaces.
#[derive(Default)]
pub(super) struct Places {
    places: HashMap<WorkspaceId, Place>,
    /// How often a place was left, which says in what order they were.
    departures: u64,
}

struct Place {
    channel: Channel,
    /// Who has left it last; none while somebody watches.
    left: Option<Departure>,
}

struct Departure {
    by: Watcher,
    order: u64,
}

impl Places {
    /// The place of a workspace, for a `watcher` who has so many other streams open; none when all are watched.
    pub(super) fn take(
        &mut self,
        workspace: &WorkspaceId,
        watcher: &Watcher,
        open_of_one: usize,
    ) -> Option<&mut Channel> {
        let left_by_one = |other: &WorkspaceId, by: &Watcher| by == watcher && other != workspace;
        while open_of_one + self.left(left_by_one).count() >= MAX_KEPT_FOR_ONE {
            if !self.give_away(left_by_one) {
                break;
            }
        }
        let is_new = !self.places.contains_key(workspace);
        if is_new && self.places.len() >= MAX_WATCHED && !self.give_away(|_, _| true) {
            return None;
        }
        let place = self
            .places
            .entry(workspace.clone())
            .or_insert_with(|| Place { channel: Channel::new(), left: None });
        place.left = None;
        Some(&mut place.channel)
    }

    /// One of the streams of a workspace has ended.
    pub(super) fn leave(&mut self, workspace: &WorkspaceId, watcher: &Watcher) {
        let Some(place) = self.places.get_mut(workspace) else { return };
        place.channel.streams = place.channel.streams.saturating_sub(1);
        if place.channel.streams == 0 {
            self.departures += 1;
            place.left = Some(Departure { by: watcher.clone(), order: self.departures });
        }
    }

    pub(super) fn get_mut(&mut self, workspace: &WorkspaceId) -> Option<&mut Channel> {
        Some(&mut self.places.get_mut(workspace)?.channel)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn channels(&mut self) -> impl Iterator<Item = &mut Channel> {
        self.places.values_mut().map(|place| &mut place.channel)
    }

    pub(super) fn retain(&mut self, is_wanted: impl Fn(&mut Channel) -> bool) {
        self.places.retain(|_, place| is_wanted(&mut place.channel));
    }

    /// The places that were left, of those that are meant.
    fn left(
        &self,
        is_meant: impl Fn(&WorkspaceId, &Watcher) -> bool,
    ) -> impl Iterator<Item = (&WorkspaceId, u64)> {
        self.places.iter().filter_map(move |(workspace, place)| {
            let left = place.left.as_ref().filter(|left| is_meant(workspace, &left.by))?;
            Some((workspace, left.order))
        })
    }

    /// Gives up the idlest of the places that were left and are meant; whether there was one.
    fn give_away(&mut self, is_meant: impl Fn(&WorkspaceId, &Watcher) -> bool) -> bool {
        let idlest = self.left(is_meant).min_by_key(|(_, order)| *order);
        let Some(workspace) = idlest.map(|(workspace, _)| workspace.clone()) else { return false };
        self.places.remove(&workspace).is_some()
    }
}

#[cfg(test)]
mod tests {
    use ids::UserId;

    use super::*;

    fn workspace(name: impl std::fmt::Display) -> WorkspaceId {
        WorkspaceId::parse(&format!("w{name}")).unwrap()
    }

    fn user(name: &str) -> Watcher {
        Watcher::User(UserId::parse(name).unwrap())
    }

    /// Watches as somebody who has `open` other streams; whether there was a place.
    fn watch(places: &mut Places, workspace: &WorkspaceId, watcher: &Watcher, open: usize) -> bool {
        places.take(workspace, watcher, open).map(|channel| channel.streams += 1).is_some()
    }

    fn visit(places: &mut Places, workspace: &WorkspaceId, watcher: &Watcher) -> bool {
        let had_place = watch(places, workspace, watcher, 0);
        places.leave(workspace, watcher);
        had_place
    }

    /// Has every place watched, by as many users as that takes.
    fn full() -> Places {
        let mut places = Places::default();
        for n in 0..MAX_WATCHED {
            let (of_one, one) = (n % MAX_STREAMS_OF_ONE, user(&format!("u{}", n / MAX_STREAMS_OF_ONE)));
            assert!(watch(&mut places, &workspace(n), &one, of_one));
        }
        places
    }

    #[test]
    fn one_watcher_who_visits_every_workspace_keeps_only_a_share() {
        let (mut places, one) = (Places::default(), user("one"));
        for n in 0..10 * MAX_WATCHED {
            assert!(visit(&mut places, &workspace(n), &one));
        }
        assert_eq!(places.places.len(), MAX_KEPT_FOR_ONE);
        let last = workspace(10 * MAX_WATCHED - 1);
        assert!(places.get_mut(&last).is_some(), "the idlest were given away");
    }

    #[test]
    fn what_a_watcher_has_open_counts_among_their_share() {
        let (mut places, one) = (Places::default(), user("one"));
        for n in 0..MAX_STREAMS_OF_ONE {
            assert!(visit(&mut places, &workspace(n), &one));
        }
        for open in 0..MAX_STREAMS_OF_ONE {
            assert!(watch(&mut places, &workspace(100 + open), &one, open));
            assert_eq!(places.places.len(), MAX_KEPT_FOR_ONE);
        }
    }

    #[test]
    fn when_all_are_taken_the_idlest_is_given_away_and_none_that_is_watched() {
        let mut places = full();
        assert!(!watch(&mut places, &workspace("new"), &user("new"), 0), "all are watched");
        places.leave(&workspace(9), &user("u1"));
        places.leave(&workspace(3), &user("u0"));
        assert!(watch(&mut places, &workspace("new"), &user("new"), 0));
        assert!(places.get_mut(&workspace(9)).is_none(), "it was left first");
        assert!(places.get_mut(&workspace(3)).is_some());
    }

    #[test]
    fn a_place_that_was_come_back_to_is_not_idle() {
        let mut places = full();
        places.leave(&workspace(9), &user("u1"));
        assert!(watch(&mut places, &workspace(9), &user("another"), 0));
        assert!(!watch(&mut places, &workspace("new"), &user("new"), 0));
    }
}
