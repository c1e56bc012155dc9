//! Mutations of seeds, from a number: the same number is the same input. Blind to coverage.

use crate::Target;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound.max(1)
    }
}

/// The longest input that is made, in bytes.
const MAX_LEN: usize = 4096;

/// The input of that number.
#[must_use]
pub fn input(target: &Target, seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut random = Random(number.wrapping_mul(0xd134_2543_de82_ef95));
    let mut bytes = seeds.get(random.below(seeds.len())).cloned().unwrap_or_default();
    for _ in 0..=random.below(6) {
        let (at, other) = (random.below(bytes.len() + 1), random.below(bytes.len() + 1));
        let (from, to) = (at.min(other), at.max(other));
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.next() as u8,
            2 => bytes.insert(at, random.next() as u8),
            3 => drop(bytes.drain(from..to)),
            4 => {
                let copy = bytes[from..to].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                let tail = seeds
                    .get(random.below(seeds.len()))
                    .map(|seed| seed[random.below(seed.len())..].to_vec());
                bytes.splice(at.., tail.unwrap_or_default());
            }
            6 => bytes.truncate(at),
            _ => {
                let word = target.words.get(random.below(target.words.len())).copied().unwrap_or_default();
                bytes.splice(at..at, word.bytes());
            }
        }
        bytes.truncate(MAX_LEN);
    }
    bytes
}
