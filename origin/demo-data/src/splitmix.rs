//! A small deterministic generator (`SplitMix64`, Steele, Lea and Flood 2014): fast, and good enough for demo rows.

/// A stream of numbers that follows from its seed.
pub(crate) struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The stream of row `number` of a table told apart by `salt`.
    pub(crate) fn for_row(salt: u64, number: u64) -> Self {
        let mut stream = Self { state: salt.rotate_left(32) ^ number };
        stream.state = stream.next_u64();
        stream
    }

    /// The next 64 bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound` (which must not be 0). The bias of the remainder is far below what a demo could show.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next_u64() % bound
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the values, all equally likely. `values` must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    /// A time between two others, whole minutes after the first (so that ties occur).
    pub(crate) fn minute_between(&mut self, from_unix_secs: i64, to_unix_secs: i64) -> i64 {
        let minutes = (to_unix_secs - from_unix_secs).max(0) / 60 + 1;
        from_unix_secs + self.below(minutes as u64).cast_signed() * 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gets_the_same_numbers_each_time_and_others_than_its_neighbour() {
        let of = |number| SplitMix64::for_row(7, number).next_u64();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn a_minute_between_stays_within() {
        let mut stream = SplitMix64::for_row(1, 1);
        for _ in 0..1_000 {
            let time = stream.minute_between(100, 400);
            assert!((100..=400).contains(&time));
        }
        assert_eq!(stream.minute_between(400, 100), 400);
    }
}
