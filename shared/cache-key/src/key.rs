//! Cache keys.

use std::fmt;
use std::sync::Arc;

use coherence::{KeyDigest, LifetimeClass, Tag};
use ids::{UserId, WorkspaceId};
use sha2::{Digest as _, Sha256};

/// What kind of thing is cached under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A page of a board's contacts.
    ContactList,
    /// A page of a board's contacts that contain a term.
    Search,
    /// The counts of a workspace's contacts.
    ContactCounts,
    /// One contact.
    ContactDetails,
    /// A page of a contact's messages.
    MessageHistory,
    /// The cache settings of a workspace.
    WorkspaceConfig,
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 6] = [
        Self::ContactList,
        Self::Search,
        Self::ContactCounts,
        Self::ContactDetails,
        Self::MessageHistory,
        Self::WorkspaceConfig,
    ];

    /// The name used in metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContactList => "contact_list",
            Self::Search => "search",
            Self::ContactCounts => "contact_counts",
            Self::ContactDetails => "contact_details",
            Self::MessageHistory => "message_history",
            Self::WorkspaceConfig => "workspace_config",
        }
    }

    /// The lifetime class.
    #[must_use]
    pub const fn lifetime_class(self) -> LifetimeClass {
        match self {
            Self::ContactList => LifetimeClass::ContactLists,
            Self::Search => LifetimeClass::SearchResults,
            Self::ContactCounts => LifetimeClass::ContactCounts,
            Self::ContactDetails => LifetimeClass::ContactDetails,
            Self::MessageHistory => LifetimeClass::MessageHistory,
            Self::WorkspaceConfig => LifetimeClass::WorkspaceConfig,
        }
    }
}

/// The key of one cached answer, with the tags that invalidate it. Cheap to clone.
#[derive(Clone)]
pub struct CacheKey(Arc<Parts>);

struct Parts {
    resource: Resource,
    workspace: WorkspaceId,
    text: String,
    tags: Vec<Tag>,
    digest: KeyDigest,
}

impl CacheKey {
    pub(crate) fn new(resource: Resource, workspace: WorkspaceId, text: String, tags: Vec<Tag>) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
        Self(Arc::new(Parts { resource, workspace, text, tags, digest: KeyDigest(digest) }))
    }

    /// The key of what a member sees, of which `text` is all but whom it depends on: `user`, for all who share answers, or `owner`, whose own it is where
    /// nobody does. What is one's own shows what one's role may see: it has the tag of memberships as well, and does not outlive a change of them.
    pub(crate) fn of_member<const N: usize>(
        resource: Resource,
        workspace: &WorkspaceId,
        mut text: String,
        (owner, user): (Option<&UserId>, Option<&UserId>),
        narrower: [Tag; N],
    ) -> Self {
        let whose = owner.map(|owner| (":o=", owner)).or_else(|| user.map(|user| (":u=", user)));
        if let Some((mark, user)) = whose {
            text.push_str(mark);
            text.push_str(user.as_str());
        }
        let mut tags = Vec::with_capacity(2 + N);
        tags.push(Tag::Workspace);
        tags.extend(owner.map(|_| Tag::Members));
        tags.extend(narrower);
        Self::new(resource, workspace.clone(), text, tags)
    }

    /// The kind of thing under the key.
    #[must_use]
    pub fn resource(&self) -> Resource {
        self.0.resource
    }

    /// The workspace whose data is under the key.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.0.workspace
    }

    /// The key as text: `contacts:15213:board_123:…`. At most 512 bytes, the limit of Workers KV.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The tags that every entry under this key carries, from the widest to the narrowest.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.0.tags
    }

    /// The narrowest of its tags, the last one: where an entry is counted, so that it is counted once.
    #[must_use]
    pub fn narrowest_tag(&self) -> &Tag {
        self.0.tags.last().unwrap_or(&Tag::Workspace)
    }

    /// The digest that seals entries under this key.
    #[must_use]
    pub fn digest(&self) -> KeyDigest {
        self.0.digest
    }

    /// A number that is spread evenly over keys and the same everywhere: for jitter.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.digest.0.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }
}

impl PartialEq for CacheKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for CacheKey {}

impl std::hash::Hash for CacheKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // The digest is uniform already; hashing sixteen bytes is cheaper than the text.
        self.0.digest.hash(state);
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({})", self.0.text)
    }
}
