//! What a change makes unservable.

use coherence::{ContactBucket, ItemSet, Tag};
use ids::{BoardId, ContactId, WorkspaceId};

use crate::items;

/// With more single contacts than this in one invalidation, those of all contacts go: its token would be too long for a header.
const MAX_CONTACT_TAGS: usize = 16;

/// Something that changed in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A contact of a board: created, updated, moved, deleted, assigned, or something not known, which is treated
    /// like any of them.
    Contact {
        /// The board.
        board: BoardId,
        /// The contact, if it is known to be the only one.
        contact: Option<ContactId>,
    },
    /// One contact of a board, of which it is known what has changed: see [`crate::written`].
    Columns {
        /// The board, on which the contact was and is.
        board: BoardId,
        /// The contact.
        contact: ContactId,
        /// What was written.
        written: ItemSet,
    },
    /// Messages: sent, received, or something not known.
    Messages {
        /// The contact, if it is known to be the only one.
        contact: Option<ContactId>,
    },
    /// Who is a member.
    Members,
    /// The cache settings.
    Settings,
    /// Anything else: everything is invalidated rather than too little.
    Workspace,
}

/// The tags to mint a generation for, and the patterns of the keys that become unservable, of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalidation {
    workspace: WorkspaceId,
    tags: Vec<Tag>,
    patterns: Vec<String>,
    /// What was written on each board; `None` where that is not known.
    written: Vec<(BoardId, Option<ItemSet>)>,
}

impl Invalidation {
    /// What these changes of a workspace make unservable.
    ///
    /// The patterns name the readable heads of keys for people and clients that know them; what counts are the tags.
    /// A board's searches carry the board's tag, so they go with it and are not listed apart; likewise the details and messages of a
    /// contact that changes.
    #[must_use]
    pub fn of(workspace: WorkspaceId, changes: &[Change]) -> Self {
        let mut plan = Self { workspace, tags: Vec::new(), patterns: Vec::new(), written: Vec::new() };
        for change in changes {
            plan.add(change);
        }
        if plan.tags.contains(&Tag::Workspace) {
            plan.tags = vec![Tag::Workspace];
            plan.written.clear();
        }
        let contacts = plan.tags.iter().filter(|tag| matches!(tag, Tag::Contact(_))).count();
        if contacts > MAX_CONTACT_TAGS {
            plan.tags.push(Tag::Contacts);
        }
        if plan.tags.contains(&Tag::Contacts) {
            plan.tags.retain(|tag| !matches!(tag, Tag::Contact(_)));
        }
        plan.tags.sort();
        plan
    }

    fn add(&mut self, change: &Change) {
        let workspace = self.workspace.clone();
        match change {
            Change::Contact { board, contact } => self.contact(board, contact.as_ref(), None),
            Change::Columns { board, contact, written } => self.contact(board, Some(contact), Some(written)),
            Change::Messages { contact } => {
                let pattern = match contact {
                    Some(contact) => format!("messages:{workspace}:{contact}:*"),
                    None => format!("messages:{workspace}:*"),
                };
                self.tag(of_contact(contact.as_ref()), pattern);
            }
            Change::Members => self.tag(Tag::Members, format!("members:{workspace}:*")),
            Change::Settings => self.tag(Tag::Settings, format!("settings:{workspace}")),
            Change::Workspace => {
                self.tag(Tag::Workspace, format!("counts:{workspace}:*"));
                for head in ["contacts", "search"] {
                    self.pattern(format!("{head}:{workspace}:*"));
                }
            }
        }
    }

    fn contact(&mut self, board: &BoardId, contact: Option<&ContactId>, written: Option<&ItemSet>) {
        let workspace = self.workspace.clone();
        self.tag(Tag::Board(board.clone()), format!("contacts:{workspace}:{board}:*"));
        self.tag(Tag::Counts, format!("counts:{workspace}:*"));
        self.tag_alone(of_contact(contact));
        match self.written.iter_mut().find(|(known, _)| known == board) {
            Some((_, all)) => {
                *all = all.as_ref().zip(written).and_then(|(all, written)| items::union(all, written));
            }
            None => self.written.push((board.clone(), written.cloned())),
        }
    }

    fn tag(&mut self, tag: Tag, pattern: String) {
        self.tag_alone(tag);
        self.pattern(pattern);
    }

    fn tag_alone(&mut self, tag: Tag) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    fn pattern(&mut self, pattern: String) {
        if !self.patterns.contains(&pattern) {
            self.patterns.push(pattern);
        }
    }

    /// The workspace.
    #[must_use]
    pub const fn workspace(&self) -> &WorkspaceId {
        &self.workspace
    }

    /// The tags to mint a generation for, sorted, each once. A whole workspace is one tag, and so are all contacts.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// What was written under the boards' tags of which that is known: pages that were read from none of it are as they were.
    pub fn written(&self) -> impl Iterator<Item = (Tag, &ItemSet)> {
        self.written
            .iter()
            .filter_map(|(board, written)| Some((Tag::Board(board.clone()), written.as_ref()?)))
    }

    /// The patterns, in the order of the changes.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

/// The tag of the details and messages of this contact; of all contacts where it is not known which.
fn of_contact(contact: Option<&ContactId>) -> Tag {
    contact.map_or(Tag::Contacts, |contact| Tag::Contact(ContactBucket::of(contact)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(board: &str, contact: Option<&str>) -> Change {
        Change::Contact {
            board: BoardId::parse(board).unwrap(),
            contact: contact.map(|id| ContactId::parse(id).unwrap()),
        }
    }

    fn tags(changes: &[Change]) -> Vec<String> {
        Invalidation::of(workspace(), changes).tags().iter().map(ToString::to_string).collect()
    }

    fn workspace() -> WorkspaceId {
        WorkspaceId::parse("15213").unwrap()
    }

    #[test]
    fn a_contact_takes_its_board_the_counts_and_its_bucket_with_it() {
        let change = contact("board_123", Some("contact_456"));
        let plan = Invalidation::of(workspace(), &[change.clone(), change.clone()]);
        assert_eq!(plan.patterns(), ["contacts:15213:board_123:*", "counts:15213:*"]);
        assert_eq!(tags(&[change]), ["counts", "board:board_123", "contact:a7"]);
    }

    #[test]
    fn a_contact_that_is_not_named_may_be_any() {
        let named = contact("b1", Some("contact_456"));
        assert_eq!(tags(&[contact("b1", None)]), ["counts", "board:b1", "contacts"]);
        assert_eq!(tags(&[named, contact("b2", None)]), ["counts", "board:b1", "board:b2", "contacts"]);
    }

    #[test]
    fn messages_take_their_contact_with_them_and_no_board() {
        let contact = ContactId::parse("contact_456").ok();
        let plan = Invalidation::of(workspace(), &[Change::Messages { contact: contact.clone() }]);
        assert_eq!(plan.patterns(), ["messages:15213:contact_456:*"]);
        assert_eq!(tags(&[Change::Messages { contact }]), ["contact:a7"]);
        let plan = Invalidation::of(workspace(), &[Change::Messages { contact: None }]);
        assert_eq!(
            (plan.tags(), plan.patterns()),
            (&[Tag::Contacts][..], &["messages:15213:*".to_owned()][..])
        );
    }

    #[test]
    fn many_contacts_are_all_contacts() {
        let board = BoardId::parse("board_123").unwrap();
        let changes: Vec<Change> = (0..100)
            .map(|n| Change::Contact {
                board: board.clone(),
                contact: ContactId::parse(&format!("c{n}")).ok(),
            })
            .collect();
        let plan = Invalidation::of(workspace(), &changes);
        assert_eq!(plan.tags(), [Tag::Counts, Tag::Board(board), Tag::Contacts]);
        let few = Invalidation::of(workspace(), &changes[..2]);
        assert!(!few.tags().contains(&Tag::Contacts));
    }

    #[test]
    fn what_was_written_on_a_board_is_known_where_every_change_tells() {
        let columns = |board: &str, contact: &str| Change::Columns {
            board: BoardId::parse(board).unwrap(),
            contact: ContactId::parse(contact).unwrap(),
            written: crate::written(&ContactId::parse(contact).unwrap(), ["priority"], None).unwrap(),
        };
        let written = |changes: &[Change]| -> Vec<(String, usize)> {
            let plan = Invalidation::of(workspace(), changes);
            plan.written().map(|(tag, items)| (tag.to_string(), items.as_slice().len())).collect()
        };
        let one = columns("b1", "c1");
        assert_eq!(written(std::slice::from_ref(&one)), [("board:b1".to_owned(), 2)]);
        assert_eq!(tags(std::slice::from_ref(&one)), tags(&[contact("b1", Some("c1"))]));
        let two = [one.clone(), columns("b1", "c2"), columns("b2", "c3")];
        assert_eq!(written(&two), [("board:b1".to_owned(), 3), ("board:b2".to_owned(), 2)]);
        assert_eq!(written(&[one.clone(), contact("b1", Some("c1"))]), []);
        assert_eq!(written(&[contact("b1", None), one.clone()]), []);
        assert_eq!(written(&[one, Change::Workspace]), []);
        // More than is put on record.
        let many: Vec<Change> = (0..40).map(|n| columns("b1", &format!("c{n}"))).collect();
        assert_eq!(written(&many), []);
    }

    #[test]
    fn a_whole_workspace_is_one_tag() {
        let plan = Invalidation::of(workspace(), &[contact("board_123", Some("c")), Change::Workspace]);
        assert_eq!(plan.tags(), [Tag::Workspace]);
    }

    #[test]
    fn the_patterns_of_a_workspace_are_its_counts_contacts_and_searches() {
        let plan = Invalidation::of(workspace(), &[Change::Workspace]);
        assert_eq!(plan.patterns(), ["counts:15213:*", "contacts:15213:*", "search:15213:*"]);
    }
}
