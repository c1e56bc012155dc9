//! Forward decay: how much a request counts that came at some time.
//!
//! A request at `t` weighs `2^((t - landmark) / half_life)`. What is older weighs less beside it, so nothing that is kept has to be
//! rewritten as time goes by: scores under one landmark compare as they are. (Cormode, Shkapenyuk, Srivastava and Xu: "Forward
//! Decay: A Practical Time Decay Model for Streaming Systems", ICDE 2009.) Weights grow, so the landmark is moved once
//! in [`HALF_LIVES_A_LANDMARK`] half-lives, and what is kept is scaled down with it.

/// How many half-lives a landmark serves: weights stay below 17 million, and a day passes between two rewrites.
pub const HALF_LIVES_A_LANDMARK: u64 = 24;

/// How fast what was counted loses weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decay {
    half_life_ms: u64,
}

impl Decay {
    /// Half of its weight is lost in this time, in milliseconds; 1 at least.
    #[must_use]
    pub const fn new(half_life_ms: u64) -> Self {
        Self { half_life_ms: if half_life_ms == 0 { 1 } else { half_life_ms } }
    }

    /// In what time half of the weight is lost, in milliseconds.
    #[must_use]
    pub const fn half_life_ms(self) -> u64 {
        self.half_life_ms
    }

    /// For how long a landmark serves, in milliseconds.
    #[must_use]
    pub const fn landmark_ms(self) -> u64 {
        self.half_life_ms.saturating_mul(HALF_LIVES_A_LANDMARK)
    }

    /// What a request weighs that comes this long after the landmark.
    #[must_use]
    pub fn weight(self, since_landmark_ms: u64) -> f64 {
        (since_landmark_ms as f64 / self.half_life_ms as f64).exp2()
    }
}
