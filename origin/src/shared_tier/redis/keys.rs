//! Redis key names. Everything of one workspace carries the hash tag `{workspace}` and so lives in one cluster slot.

use cache_key::CacheKey;
use coherence::Tag;
use ids::WorkspaceId;

/// The field of a hash of generations that says of which incarnation of the store they are. It is no tag.
pub const INCARNATION: &str = "incarnation";

/// The channel on which every process is told of generations: `workspace SP token`.
pub const CHANNEL: &str = "boardcache:generations";

/// `contacts:{15213}:board_123:…`: the cache key, its workspace in braces.
pub fn entry(key: &CacheKey) -> String {
    let workspace = key.workspace().as_str();
    match key.as_str().split_once(':') {
        Some((head, rest)) => {
            format!("{head}:{{{workspace}}}{}", rest.strip_prefix(workspace).unwrap_or(rest))
        }
        None => format!("{{{workspace}}}:{}", key.as_str()),
    }
}

/// The lease of a key.
pub fn lease(key: &CacheKey) -> String {
    format!("lease:{}", entry(key))
}

/// The hash of a workspace's generations, by tag, and of which incarnation they are, under [`INCARNATION`].
pub fn generations(workspace: &WorkspaceId) -> String {
    format!("generations:{{{workspace}}}")
}

/// The hash that counts a tag's entries by when they expire, in a hundred steps or two: what an invalidation adds up. An entry is counted under
/// its narrowest tag alone; what a wider tag has is the sum of those that it includes.
pub fn census(workspace: &WorkspaceId, tag: &Tag) -> String {
    format!("census:{{{workspace}}}:{tag}")
}

/// The list of what was written under the last generations of a tag.
pub fn changes(workspace: &WorkspaceId, tag: &Tag) -> String {
    format!("changes:{{{workspace}}}:{tag}")
}

/// The sorted set of a workspace's pages that are asked for most.
pub fn popular(workspace: &WorkspaceId) -> String {
    format!("popular:{{{workspace}}}")
}

/// The time from which the weights in [`popular`] are reckoned.
pub fn popular_landmark(workspace: &WorkspaceId) -> String {
    format!("popular-landmark:{{{workspace}}}")
}
