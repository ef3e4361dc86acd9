//! The powers of five by which decimals become floats, from every 26th of them.
//!
//! In: an exponent. Out: the 128 highest bits of that power of five, the same as in the published table of
//! 10 KB: what lies between is multiplied, and too small by at most two in the last place, by how much is kept.

use crate::table::{LARGEST_POWER_OF_FIVE, SMALLEST_POWER_OF_FIVE};

/// Exponents between two powers that are kept. Reason: the powers up to there fit into 64 bits.
const STEP: i32 = 26;
/// The lowest exponent that is kept, in steps.
const LOWEST: i32 = SMALLEST_POWER_OF_FIVE.div_euclid(STEP);
/// How many are kept.
const KEPT: usize = (LARGEST_POWER_OF_FIVE.div_euclid(STEP) - LOWEST + 1) as usize;
/// Corrections in one word, of two bits each.
const IN_WORD: usize = 32;

/// The 128 highest bits of a power of five, the upper half first.
///
/// # Panics
/// When the exponent is out of the range of floats.
pub(crate) fn power_of_five(exponent: i32) -> (u64, u64) {
    assert!((SMALLEST_POWER_OF_FIVE..=LARGEST_POWER_OF_FIVE).contains(&exponent));
    let (high, low) = POWERS[(exponent.div_euclid(STEP) - LOWEST) as usize];
    let factor = u128::from(5_u64.pow(exponent.rem_euclid(STEP) as u32));
    // The product has 128 bits at least, so what is above its lower 64 has as many.
    let lower = u128::from(low) * factor;
    let upper = u128::from(high) * factor + (lower >> 64);
    let shift = upper.leading_zeros();
    let power = match shift {
        0 => upper,
        1..64 => upper << shift | u128::from(lower as u64) >> (64 - shift),
        _ => upper << 64 | u128::from(lower as u64),
    };
    let index = (exponent - SMALLEST_POWER_OF_FIVE) as usize;
    let correction = CORRECTIONS[index / IN_WORD] >> (index % IN_WORD * 2) & 3;
    let power = power + u128::from(correction);
    ((power >> 64) as u64, power as u64)
}

/// Every 26th power, the upper half first.
static POWERS: [(u64, u64); KEPT] = [
    (0xe1af_a13a_fbd1_4d6d, 0x8218_9c09_a3a1_ec21),
    (0x91d8_a02b_b6c1_0594, 0x7907_1b9b_8a4b_e869),
    (0xbc80_7527_ed3e_12bc, 0xc605_0837_04f5_ecf2),
    (0xf3a2_0279_ed56_d48a, 0x6b43_5275_78c1_110f),
    (0x9d71_ac8f_ada6_c9b5, 0x6f77_3fc3_603d_b4a9),
    (0xcb7d_dcdd_a26d_a268, 0xa994_2f5d_cf7d_fd09),
    (0x8380_dea9_3da4_bc60, 0x4247_cb9e_59f7_1e6d),
    (0xa9f6_d30a_038d_1dbc, 0x5e9f_cf4c_cd21_1f4c),
    (0xdbac_6c24_7d62_a583, 0xdf45_f746_b74a_bf39),
    (0x8df5_efab_c597_9c8f, 0xca8d_3ffa_1ef4_63c1),
    (0xb77a_da06_17e3_bbcb, 0x09ce_6ebb_4017_3744),
    (0xed24_6723_473e_3813, 0x2901_23e9_aab2_3b68),
    (0x993f_e2c6_d07b_7fab, 0xe546_a803_8efe_4029),
    (0xc612_0625_7658_9dda, 0x9536_4afe_032a_819e),
    (0x8000_0000_0000_0000, 0x0000_0000_0000_0000),
    (0xa56f_a5b9_9019_a5c8, 0x0000_0000_0000_0000),
    (0xd5d2_38a4_abe9_8068, 0x72a4_9045_98d6_d880),
    (0x8a2d_bf14_2dfc_c7ab, 0x6e35_6932_6c78_4337),
    (0xb297_7ee3_00c5_0fe7, 0x58ed_ec91_ec2c_b657),
    (0xe6d3_102a_d96c_ec1d, 0xa60d_c059_1574_91e5),
    (0x952a_b45c_fa97_a0b2, 0xdd94_5a74_7bf2_6183),
    (0xc0cb_28a9_8fcf_3c7f, 0x8457_6a1b_b416_a7dd),
    (0xf92e_0c35_3782_6145, 0xa770_9a56_ccdf_8a82),
    (0xa107_5a24_e442_1730, 0xb24c_f65b_8612_f81f),
    (0xd01f_ef10_a657_842c, 0x2d2b_7569_b043_2d85),
    (0x867f_59a9_d4be_d6c0, 0x49ed_8eab_cccc_485d),
];

/// What is to be added to each product, from the lowest bits of the first word on.
static CORRECTIONS: [u64; (LARGEST_POWER_OF_FIVE - SMALLEST_POWER_OF_FIVE) as usize / IN_WORD + 1] = [
    0x0655_1514_5555_5440,
    0x0000_0000_0145_0500,
    0x4010_0000_0000_1001,
    0x0105_5405_4450_4101,
    0x5055_1514_4101_0050,
    0x0000_0040_0104_0000,
    0x5555_5400_5000_0000,
    0x4040_5514_0545_5555,
    0x1555_5100_5440_5455,
    0x0041_1001_0000_0004,
    0x0000_0040_1000_4114,
    0x0000_0000_0000_0000,
    0x0000_0000_0000_0000,
    0x4140_1050_0014_1000,
    0x5050_1555_0544_0505,
    0x0511_5545_1454_5511,
    0x5555_6455_5451_4545,
    0x0404_0504_4014_0595,
    0x0005_5115_5015_5514,
    0x5014_4000_0000_0000,
    0x0000_0000_0011_1055,
];
