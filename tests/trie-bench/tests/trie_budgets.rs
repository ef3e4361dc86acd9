//! What the trie may cost beside plain keys without somebody deciding it; needs `cargo xtask build`.
#![allow(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

use conclave_trie_bench::measure::{HASHED_BYTES, Row, SIZES, hash_rows, prices, rows};
use conclave_trie_bench::report::{objects, profile, table};
use conclave_trie_bench::world::artefact;

/// The most that a row may cost, in percent of plain keys. Reason: the trie has to pay for itself
/// (docs/adr/0061); rows that have no bar of their own may cost what was measured and 3 % more.
const PERCENT_OF_FLAT_MAX: [(&str, u64); 11] = [
    ("trie_rw_1", 250),
    ("trie_rw_3", 100),
    ("trie_rw_10", 40),
    ("trie_scan_100", 15),
    ("trie_new_1", 551),
    ("trie_new_10", 227),
    ("trie_rw_1_of_10", 250),
    ("trie_rw_1_of_100", 250),
    ("trie_rw_1_of_1000", 250),
    ("trie_rw_1_of_10000", 350),
    ("trie_rw_1_of_100000", 350),
];

/// Bytes up to which sha256 costs less in the contract than by the host, whatever the level of `sha2`.
/// Reason: whoever hashes chooses by this; between the two bars it depends on the level.
const WASM_SHA256_BYTES_MAX: usize = 64;

/// Bytes from which the host's sha256 costs less, whatever the level of `sha2`.
const HOST_SHA256_BYTES_MIN: usize = 512;

fn code() -> Vec<u8> {
    artefact("trie-bench.wasm").unwrap()
}

fn percent_of_flat(row: &Row) -> u64 {
    (row.trie.gas() * 100).div_ceil(row.flat.gas())
}

#[test]
fn every_row_of_the_trie_stays_under_its_bar() {
    let rows = rows(&code(), &SIZES).unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, PERCENT_OF_FLAT_MAX.map(|(name, _)| name));
    let mut above = Vec::new();
    for (row, (name, percent_max)) in rows.iter().zip(PERCENT_OF_FLAT_MAX) {
        let percent = percent_of_flat(row);
        println!("(\"{name}\", {percent}),");
        if percent > percent_max {
            above.push(format!(
                "{name}: {percent} % of flat, at most {percent_max}"
            ));
        }
    }
    assert!(above.is_empty(), "{above:#?}");
}

#[test]
fn two_runs_give_the_same_gas_and_the_report_shows_it() {
    let (code, sizes) = (code(), [100]);
    let (first, second) = (rows(&code, &sizes).unwrap(), rows(&code, &sizes).unwrap());
    let prices = prices(&code).unwrap();
    let object = &objects(&first, &prices)[0];
    assert_eq!(object, &objects(&second, &prices)[0]);
    assert_eq!(object["name"], "trie_rw_1_of_100");
    assert_eq!(object["gas"], first[0].trie.gas());
    assert_eq!(object["flat_gas"], first[0].flat.gas());
    assert!(object["host_writes"].as_f64().unwrap() >= 1.0);
    assert!(table(&first, &prices).contains("trie_rw_1_of_100 "));
    let profile = profile(&first, &prices);
    assert!(
        profile.contains("storage write") && !profile.contains("other"),
        "{profile}"
    );
}

#[test]
fn small_inputs_are_hashed_cheaper_in_the_contract_and_large_ones_by_the_host() {
    let level_3 = artefact("trie-bench.sha2-level-3.wasm").unwrap();
    let rows = hash_rows(&code(), &level_3).unwrap();
    assert_eq!(rows.len(), HASHED_BYTES.len());
    for row in rows {
        println!("{row:?}");
        assert!(row.wasm_level_3 < row.wasm, "{row:?}");
        if row.bytes <= WASM_SHA256_BYTES_MAX {
            assert!(row.wasm < row.host, "{row:?}");
        }
        if row.bytes >= HOST_SHA256_BYTES_MIN {
            assert!(row.host < row.wasm_level_3, "{row:?}");
        }
    }
}
