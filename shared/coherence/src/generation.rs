//! Generations: a hybrid logical clock per tag.

use std::fmt;

/// How far ahead of a tier's clock a generation from an untrusted caller may be before it is refused, in
/// milliseconds. It covers honest clock skew and a tag that is invalidated more than once a millisecond.
///
/// 20 s: an authority that lost a generation mints 5 s ahead, one that is cut off mints 10 s ahead (so as to be above that by
/// clocks that differ by up to 5 s), and the reader's own tier may be 5 s behind.
pub const MAX_CLOCK_LEAD_MS: u64 = 20_000;

/// The generation of a tag: `max(now_ms, last + 1)` at each invalidation.
///
/// Being close to wall time makes generations minted by different machines comparable, and lets an authority that
/// forgot a generation mint a later one. Being at least `last + 1` makes them strictly increasing where the clock is
/// not. (Hybrid logical clocks: Kulkarni et al., "Logical Physical Clocks", OPODIS 2014.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(u64);

impl Generation {
    /// Before every invalidation: the generation of a tag that was never invalidated.
    pub const ZERO: Self = Self(0);

    /// The largest generation: 2^53 − 1, so that every generation is exact in a JavaScript or Lua number.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Takes a number as a generation; numbers above [`Generation::MAX`] become it.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        if value > Self::MAX.0 { Self::MAX } else { Self(value) }
    }

    /// The generation after `last` at the time `now_ms`.
    #[must_use]
    pub const fn mint(last: Self, now_ms: u64) -> Self {
        let next = last.0 + 1;
        if now_ms > next { Self::new(now_ms) } else { Self::new(next) }
    }

    /// The generation as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether this generation cannot have been minted yet, by a clock that says `now_ms`.
    #[must_use]
    pub const fn is_from_the_future(self, now_ms: u64) -> bool {
        self.0 > now_ms.saturating_add(MAX_CLOCK_LEAD_MS)
    }

    /// Reads a decimal number without sign or leading `+`; `None` for anything else or above [`Generation::MAX`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 16 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().filter(|value| *value <= Self::MAX.0).map(Self)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_generation_is_later_than_the_last_even_when_the_clock_is_not() {
        assert_eq!(Generation::mint(Generation::new(5), 100).get(), 100);
        assert_eq!(Generation::mint(Generation::new(100), 100).get(), 101);
        assert_eq!(Generation::mint(Generation::new(500), 100).get(), 501);
    }

    #[test]
    fn only_plain_decimal_numbers_are_generations() {
        assert_eq!(Generation::parse("1785000000000"), Some(Generation::new(1_785_000_000_000)));
        for text in ["", "-1", "+1", " 1", "1e3", "9007199254740992", "99999999999999999999", "٣"] {
            assert_eq!(Generation::parse(text), None, "{text:?}");
        }
    }
}
