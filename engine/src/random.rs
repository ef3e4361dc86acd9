//! `Math.random`, from the block's seed.
//!
//! SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
//! Whoever knows the block knows the numbers: they are no secret, on NEAR nothing is.

/// A sequence of numbers that its seed decides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequence(u64);

impl Sequence {
    /// The sequence of a block's seed, one for each frame of an execution.
    pub(crate) fn of_seed(seed: &[u8], frame: u64) -> Self {
        let fold = |state: u64, byte: &u8| state.rotate_left(8) ^ u64::from(*byte);
        Self(seed.iter().fold(0, fold) ^ frame.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// The next number, at least 0 and less than 1, with 53 random bits.
    pub(crate) fn next_fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a number exactly")]
        let fraction = (mixed >> 11) as f64 / 9_007_199_254_740_992.0;
        fraction
    }
}
