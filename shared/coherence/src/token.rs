//! The text form of generations: the value of `X-Cache-Generation`, and a reader's floor.
//!
//! Grammar: `member *( "," member )`, where a member is `tag "=" generation` or a bare `generation`, with optional
//! spaces around a member. A bare generation is a floor for every tag. Header lines may be joined by a comma, so a
//! client that holds several tokens sends them all.

use std::fmt::Write as _;

use crate::{Generation, Stamp, Tag, View};

/// The longest accepted value from a reader, in bytes.
pub const MAX_TOKEN_LEN: usize = 4096;
/// The most members of a value from a reader.
const MAX_MEMBERS: usize = 64;
/// The most members of a token that is handed to a reader, who may send it together with others.
const MAX_MEMBERS_HANDED_OUT: usize = 32;
/// The most bytes and members of a value from a trusted tier: a ledger's whole view, or a bulk invalidation.
const MAX_TRUSTED_LEN: usize = 1024 * 1024;
const MAX_TRUSTED_MEMBERS: usize = 16 * 1024;

/// Why a value of `X-Cache-Generation` was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// More than [`MAX_TOKEN_LEN`] bytes or more than 64 members from a reader; far more from a trusted tier.
    #[error("is too long")]
    TooLong,
    /// Not of the grammar.
    #[error("is not a generation token")]
    Malformed,
    /// A generation that cannot have been minted yet.
    #[error("is from the future")]
    FromTheFuture,
}

/// What a reader has seen, and will not go behind: a floor for its own request, and nothing else. It comes from
/// an untrusted caller, so it is never merged into a [`View`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Floor {
    every_tag: Generation,
    tags: View,
}

impl Floor {
    /// No floor.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A floor that no cached entry meets.
    #[must_use]
    pub fn above_all() -> Self {
        Self { every_tag: Generation::MAX, tags: View::new() }
    }

    /// Reads a header value from an untrusted caller, at the time `now_ms`.
    pub fn parse(text: &str, now_ms: u64) -> Result<Self, TokenError> {
        let mut floor = Self::none();
        for_each_member(text, (MAX_TOKEN_LEN, MAX_MEMBERS), |tag, generation| {
            if generation.is_from_the_future(now_ms) {
                return Err(TokenError::FromTheFuture);
            }
            match tag {
                Some(tag) => drop(floor.tags.merge(&tag, generation)),
                None => floor.every_tag = floor.every_tag.max(generation),
            }
            Ok(())
        })?;
        Ok(floor)
    }

    /// The header value for a reader who is to see all of these invalidations. Of too many tags it is one number above all of them: what has not changed
    /// since is behind it as well, so that for this reader everything is read from the source.
    #[must_use]
    pub fn token_of<'a>(invalidated: impl IntoIterator<Item = &'a View>) -> String {
        let mut floor = Self::none();
        for view in invalidated {
            floor.tags.merge_view(view);
        }
        let token = floor.to_token();
        if floor.tags.len() <= MAX_MEMBERS_HANDED_OUT && token.len() <= MAX_TOKEN_LEN {
            return token;
        }
        let every_tag = floor.tags.iter().map(|(_, generation)| generation).max().unwrap_or_default();
        Self { every_tag, tags: View::new() }.to_token()
    }

    /// Whether an entry with this stamp is not older than what the reader has seen.
    #[must_use]
    pub fn is_met_by(&self, stamp: &Stamp) -> bool {
        if self.is_none() {
            return true;
        }
        stamp.iter().all(|(tag, generation)| generation >= self.every_tag.max(self.tags.get(tag)))
    }

    /// Whether there is no floor at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.every_tag == Generation::ZERO && self.tags.is_empty()
    }

    /// The header value that says the same.
    #[must_use]
    pub fn to_token(&self) -> String {
        let mut token = self.tags.to_token();
        if self.every_tag > Generation::ZERO {
            if !token.is_empty() {
                token.push(',');
            }
            let _ = write!(token, "{}", self.every_tag);
        }
        token
    }
}

impl View {
    /// Reads a header value from a trusted tier. Bare generations are refused: a tier names its tags.
    pub fn from_token(text: &str) -> Result<Self, TokenError> {
        let mut view = Self::new();
        for_each_member(text, (MAX_TRUSTED_LEN, MAX_TRUSTED_MEMBERS), |tag, generation| {
            view.merge(&tag.ok_or(TokenError::Malformed)?, generation);
            Ok(())
        })?;
        Ok(view)
    }

    /// The header value, sorted by tag.
    #[must_use]
    pub fn to_token(&self) -> String {
        let mut members: Vec<_> = self.iter().collect();
        members.sort();
        write_members(members.into_iter())
    }
}

impl Stamp {
    /// The header value.
    #[must_use]
    pub fn to_token(&self) -> String {
        write_members(self.iter())
    }
}

fn write_members<'a>(members: impl Iterator<Item = (&'a Tag, Generation)>) -> String {
    let mut token = String::with_capacity(64);
    for (tag, generation) in members {
        if !token.is_empty() {
            token.push(',');
        }
        let _ = write!(token, "{tag}={generation}");
    }
    token
}

fn for_each_member(
    text: &str,
    (max_len, max_members): (usize, usize),
    mut take: impl FnMut(Option<Tag>, Generation) -> Result<(), TokenError>,
) -> Result<(), TokenError> {
    if text.len() > max_len {
        return Err(TokenError::TooLong);
    }
    if text.trim_matches([' ', '\t']).is_empty() {
        return Ok(());
    }
    for (index, member) in text.split(',').enumerate() {
        if index >= max_members {
            return Err(TokenError::TooLong);
        }
        let member = member.trim_matches([' ', '\t']);
        let (tag, generation) = match member.split_once('=') {
            Some((tag, generation)) => {
                (Some(Tag::parse(tag).map_err(|_| TokenError::Malformed)?), generation)
            }
            None => (None, member),
        };
        take(tag, Generation::parse(generation).ok_or(TokenError::Malformed)?)?;
    }
    Ok(())
}
