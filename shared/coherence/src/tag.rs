//! Tags: what is invalidated together, within one workspace.

use std::fmt;

use ids::{BoardId, ContactId};

use crate::fnv::fnv1a;

/// A set of entries of one workspace that are invalidated together. Tags never cross a workspace, so a tag does not
/// name it: views, ledgers and Redis hashes are kept per workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// Everything the workspace has cached. Every entry carries it.
    Workspace,
    /// Counts over the workspace's contacts.
    Counts,
    /// Who is a member of the workspace.
    Members,
    /// The workspace's cache settings.
    Settings,
    /// The pages of one board.
    Board(BoardId),
    /// Details and messages of every contact.
    Contacts,
    /// Details and messages of the contacts of one bucket.
    Contact(ContactBucket),
}

/// One of 256 sets into which a workspace's contacts are divided by a hash of their ids.
///
/// A tag for each contact would be exact, but views, ledgers and Redis hashes keep a generation for every tag that was ever
/// invalidated: a workspace of 100,000 contacts would fill them, and the boards would be forgotten in favour of contacts. With
/// buckets the number of generations is bounded whatever the workspace does; the price is that a change of one contact makes one
/// in 256 of the others' entries unservable as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactBucket(u8);

impl ContactBucket {
    /// The bucket of a contact: the same everywhere and for ever, because tiers of different versions must agree on it.
    ///
    /// 64-bit FNV-1a, folded to a byte. It is spread evenly over ids that count up, needs no dependency, and nothing is to be won by
    /// making ids collide: what shares a bucket is invalidated more often than it need be, and that is all.
    #[must_use]
    pub fn of(contact: &ContactId) -> Self {
        let hash = fnv1a(contact.as_str().bytes());
        Self(hash.to_be_bytes().into_iter().fold(0, |bucket, byte| bucket ^ byte))
    }

    /// Reads two hexadecimal digits in lower case.
    fn parse(text: &str) -> Result<Self, TagError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 2 || !text.bytes().all(is_digit) {
            return Err(TagError);
        }
        u8::from_str_radix(text, 16).map(Self).map_err(|_| TagError)
    }
}

/// A text is not a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a tag")]
pub struct TagError;

impl Tag {
    /// Whether an invalidation of this tag makes every entry of `narrower` unservable, because entries of that tag carry this one
    /// too.
    #[must_use]
    pub fn includes(&self, narrower: &Self) -> bool {
        match self {
            Self::Workspace => true,
            Self::Contacts => matches!(narrower, Self::Contacts | Self::Contact(_)),
            Self::Counts | Self::Members | Self::Settings | Self::Board(_) | Self::Contact(_) => {
                self == narrower
            }
        }
    }

    /// Whether what the edge keeps carries it: lists carry the workspace's tag and their board's, memberships the members'. Of all others the authority
    /// below is the only one to judge by.
    #[must_use]
    pub const fn is_kept_at_edge(&self) -> bool {
        match self {
            Self::Workspace | Self::Board(_) | Self::Members => true,
            Self::Counts | Self::Settings | Self::Contacts | Self::Contact(_) => false,
        }
    }

    /// Reads the form that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        Ok(match text {
            "workspace" => Self::Workspace,
            "counts" => Self::Counts,
            "members" => Self::Members,
            "settings" => Self::Settings,
            "contacts" => Self::Contacts,
            _ => match text.split_once(':') {
                Some(("board", id)) => Self::Board(BoardId::parse(id).map_err(|_| TagError)?),
                Some(("contact", bucket)) => Self::Contact(ContactBucket::parse(bucket)?),
                _ => return Err(TagError),
            },
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace => f.write_str("workspace"),
            Self::Counts => f.write_str("counts"),
            Self::Members => f.write_str("members"),
            Self::Settings => f.write_str("settings"),
            Self::Board(id) => write!(f, "board:{id}"),
            Self::Contacts => f.write_str("contacts"),
            Self::Contact(ContactBucket(bucket)) => write!(f, "contact:{bucket:02x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(id: &str) -> ContactBucket {
        ContactBucket::of(&ContactId::parse(id).unwrap())
    }

    #[test]
    fn a_contact_has_the_same_bucket_for_ever() {
        for (id, text) in [("contact_123", "contact:e2"), ("contact_456", "contact:a7"), ("a", "contact:bb")]
        {
            assert_eq!(Tag::Contact(bucket(id)).to_string(), text);
        }
    }

    #[test]
    fn a_workspace_includes_everything_and_all_contacts_each_bucket() {
        let one = Tag::Contact(ContactBucket(1));
        let board = Tag::Board(BoardId::parse("b").unwrap());
        let all =
            [Tag::Workspace, Tag::Counts, Tag::Members, Tag::Settings, board, Tag::Contacts, one.clone()];
        for tag in &all {
            assert!(Tag::Workspace.includes(tag) && tag.includes(tag));
            let is_of_contacts = matches!(tag, Tag::Contacts | Tag::Contact(_));
            assert_eq!(Tag::Contacts.includes(tag), is_of_contacts, "{tag}");
            assert_eq!(one.includes(tag), *tag == one, "{tag}");
        }
        assert!(!one.includes(&Tag::Contact(ContactBucket(2))));
    }

    #[test]
    fn contacts_whose_ids_count_up_are_spread_over_all_buckets() {
        let mut sizes = [0_u32; 256];
        for number in 0..100_000 {
            sizes[usize::from(bucket(&format!("contact_15213_{number:06}")).0)] += 1;
        }
        // 391 on average; four standard deviations are 79.
        assert!(sizes.iter().all(|size| (300..480).contains(size)), "{sizes:?}");
    }

    #[test]
    fn every_bucket_is_read_as_it_is_written_and_nothing_else_is_one() {
        for number in 0..=u8::MAX {
            let tag = Tag::Contact(ContactBucket(number));
            assert_eq!(Tag::parse(&tag.to_string()), Ok(tag));
        }
        for text in [
            "contact:",
            "contact:0",
            "contact:000",
            "contact:0G",
            "contact:FF",
            "contact:+1",
            "contact:ä",
            "contact",
        ] {
            assert_eq!(Tag::parse(text), Err(TagError), "{text}");
        }
    }
}
